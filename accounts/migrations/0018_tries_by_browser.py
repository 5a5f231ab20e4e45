import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def drop_by_device(apps, schema_editor):
    """Going back, a user has one row again: the one for browsers nobody knows."""
    apps.get_model("accounts", "Tries").objects.exclude(device=None).delete()


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0017_count_wrong_proofs"),
    ]

    operations = [
        migrations.AlterField(
            model_name="tries",
            name="user",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="tries", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="tries",
            name="device",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.device"),
        ),
        migrations.AddField(
            model_name="tries",
            name="told_at",
            field=models.DateTimeField(help_text="When the owner was last told of guesses.", null=True),
        ),
        migrations.AddField(
            model_name="tries",
            name="cleared_at",
            field=models.DateTimeField(help_text="When a new password last gave new tries.", null=True),
        ),
        migrations.RunPython(migrations.RunPython.noop, drop_by_device),
        migrations.AddConstraint(
            model_name="tries",
            constraint=models.UniqueConstraint(condition=models.Q(("device", None)), fields=("user",), name="tries_elsewhere_once_per_user"),
        ),
        migrations.AddConstraint(
            model_name="tries",
            constraint=models.UniqueConstraint(fields=("device",), name="tries_once_per_device"),
        ),
    ]
