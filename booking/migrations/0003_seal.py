from django.db import migrations

from foundation.encryption.sealing import Column, open_columns, seal_columns

COLUMNS = [
    Column("booking_appointment", "reason"),
    Column("booking_statuschange", "reason"),
    Column("booking_draft", "answers", "token"),
]


class Migration(migrations.Migration):
    # Batch by batch: a long table is not held while it is sealed.
    atomic = False

    dependencies = [
        ('booking', '0002_sealed'),
    ]

    operations = [
        migrations.RunPython(seal_columns(*COLUMNS), open_columns(*COLUMNS)),
    ]
