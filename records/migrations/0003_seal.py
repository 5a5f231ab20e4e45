from django.db import migrations

from foundation.encryption.sealing import Column, index_column, open_columns, open_files, seal_columns, seal_files

COLUMNS = [
    Column("records_document", "title"),
    Column("records_prescription", "allergies"),
    Column("records_prescription", "note"),
    Column("records_prescription", "withdrawn_reason"),
    Column("records_prescription", "check_code"),
    Column("records_prescriptionitem", "medicine"),
    Column("records_prescriptionitem", "form"),
    Column("records_prescriptionitem", "strength"),
    Column("records_prescriptionitem", "directions"),
]


class Migration(migrations.Migration):
    # Batch by batch: a long table is not held while it is sealed.
    atomic = False

    dependencies = [
        ('records', '0002_sealed'),
    ]

    operations = [
        migrations.RunPython(
            index_column(Column("records_prescription", "check_code"), "check_index"),
            migrations.RunPython.noop,
        ),
        migrations.RunPython(seal_files("records_document", "file"), open_files("records_document", "file")),
        migrations.RunPython(seal_columns(*COLUMNS), open_columns(*COLUMNS)),
    ]
