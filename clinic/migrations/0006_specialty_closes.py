from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0005_credentials'),
    ]

    operations = [
        migrations.AddField(
            model_name='specialty',
            name='is_active',
            field=models.BooleanField(default=True, help_text='Doctors can be given it.'),
        ),
    ]
