from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0003_seal'),
    ]

    operations = [
        migrations.AlterField(
            model_name='delivery',
            name='kind',
            field=models.CharField(choices=[('REMINDER', 'Reminder'), ('MARKETING', 'News and offers'), ('NEWS', 'News'), ('URGENT', 'Urgent'), ('CODE', 'Sign-in code')], default='NEWS', max_length=9),
        ),
    ]
