"""What waits for its seal lives no longer than its transaction.

Every entry passes through `audit_waiting` on its way to the seal: written, changed and
deleted again before the commit ends. No crash can leave a row there, so none of it has
to be in the journal of the database, where it was the larger part of what an act costs.
"""

from django.db import migrations


class Migration(migrations.Migration):
    locks = "the table is empty between transactions"

    dependencies = [("audit", "0003_coming_months")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE audit_waiting SET UNLOGGED",
            reverse_sql="ALTER TABLE audit_waiting SET LOGGED",
        )
    ]
