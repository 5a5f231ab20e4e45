"""The head of the chain is found by its index however young the clinic is.

The first commits of a connection plan the seal's statements while its tables are as
good as empty: a look through all of them is cheapest then, and that plan is kept until
the statistics are taken anew. Hundreds of links later each commit still read them all,
while it held the one lock of the chain.
"""

from django.db import migrations

BY_INDEX = """
ALTER FUNCTION audit_turn() SET enable_seqscan = off;
ALTER FUNCTION audit_seal_waiting() SET enable_seqscan = off;
"""
BACK = """
ALTER FUNCTION audit_turn() RESET enable_seqscan;
ALTER FUNCTION audit_seal_waiting() RESET enable_seqscan;
"""


class Migration(migrations.Migration):
    locks = "two functions, for the blink of an eye"
    old_version = "calls the same functions"

    dependencies = [("audit", "0004_waiting_unlogged")]

    operations = [migrations.RunSQL(BY_INDEX, reverse_sql=BACK)]
