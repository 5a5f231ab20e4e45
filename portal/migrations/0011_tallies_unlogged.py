"""Counting how often something was asked for writes no journal.

Each request that a limit names adds one to a row and waits until that is on disk, and
whoever has the same address waits for the row meanwhile. A count is worth nothing after
its minute or hour: when the database itself crashes, all begin anew at nought.
"""

from django.db import migrations


class Migration(migrations.Migration):
    locks = "a small table, whose rows are deleted when their time is over"

    dependencies = [("portal", "0010_editors_acts")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE portal_tally SET UNLOGGED",
            reverse_sql="ALTER TABLE portal_tally SET LOGGED",
        )
    ]
