"""Counting waits for no disk: what a crash forgets was counted for a minute at most."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_limits_and_reports")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE portal_tally SET UNLOGGED",
            "ALTER TABLE portal_tally SET LOGGED",
        ),
    ]
