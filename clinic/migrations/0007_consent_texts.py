"""What people agree to when they book is no setting of editors any more, but a versioned
text (accounts.consents): the words that were set become its first version."""

from django.db import migrations
from django.utils import timezone

from accounts.consents.models import fingerprint


def keep_the_words(apps, schema_editor):
    identity = apps.get_model("clinic", "ClinicIdentity").objects.filter(pk=1).first()
    texts = apps.get_model("accounts", "ConsentText").objects
    words = identity.booking_consent.strip() if identity else ""
    if not words or texts.filter(purpose="CARE").exists():
        return
    title = words if len(words) <= 120 else "I agree to the terms of the clinic"
    texts.create(
        purpose="CARE",
        version=1,
        title=title,
        body=words,
        sha256=fingerprint("CARE", 1, title, words),
        published_at=timezone.now(),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0006_specialty_closes"),
        ("accounts", "0011_consents"),
    ]
    operations = [
        migrations.RunPython(keep_the_words, migrations.RunPython.noop),
        migrations.RemoveField("clinicidentity", "booking_consent"),
        migrations.RemoveField("clinicidentity", "message_consent"),
    ]
