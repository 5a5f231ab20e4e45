from django.db import migrations

from foundation.encryption.sealing import Column, open_columns, seal_columns

COLUMNS = [
    Column("notifications_delivery", "subject"),
    Column("notifications_delivery", "body_text"),
    Column("notifications_delivery", "body_html"),
    Column("notifications_delivery", "attachments"),
]


class Migration(migrations.Migration):
    # Batch by batch: a long table is not held while it is sealed.
    atomic = False

    dependencies = [
        ('notifications', '0002_sealed'),
    ]

    operations = [
        migrations.RunPython(seal_columns(*COLUMNS), open_columns(*COLUMNS)),
    ]
