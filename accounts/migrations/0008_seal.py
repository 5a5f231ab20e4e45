from django.db import migrations

from foundation.encryption.sealing import Column, open_columns, open_files, seal_columns, seal_files

COLUMNS = [
    Column("accounts_patient", "address"),
]


class Migration(migrations.Migration):
    # Batch by batch: a long table is not held while it is sealed.
    atomic = False

    dependencies = [
        ('accounts', '0007_sealed'),
    ]

    operations = [
        migrations.RunPython(seal_files("accounts_patient", "picture"), open_files("accounts_patient", "picture")),
        migrations.RunPython(seal_columns(*COLUMNS), open_columns(*COLUMNS)),
    ]
