from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('clinic_pages', '0004_content_version'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='clinicsettings',
            name='booking_consent',
        ),
        migrations.RemoveField(
            model_name='clinicsettings',
            name='message_consent',
        ),
    ]
