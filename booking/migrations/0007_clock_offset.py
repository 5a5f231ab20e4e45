"""What the clocks said when visits that are still to come were agreed, as far as the
rules of today know it."""

from typing import Any

from django.db import migrations, models
from django.utils import timezone

from foundation.zones import offset_minutes


def note(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("booking", "Appointment").objects
    coming = rows.filter(starts_at__gt=timezone.now(), clock_offset=None)
    by_offset: dict[int, list[int]] = {}
    for pk, starts_at, zone in coming.values_list(
        "pk", "starts_at", "location__time_zone"
    ).iterator():
        by_offset.setdefault(offset_minutes(starts_at, zone), []).append(pk)
    for offset, keys in by_offset.items():
        rows.filter(pk__in=keys).update(clock_offset=offset)


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0006_waitlist"),
    ]

    operations = [
        migrations.AddField(
            model_name="appointment",
            name="clock_offset",
            field=models.SmallIntegerField(
                blank=True,
                help_text="Minutes of the location's clock ahead of UTC, as it was agreed.",
                null=True,
            ),
        ),
        migrations.RunPython(note, migrations.RunPython.noop),
    ]
