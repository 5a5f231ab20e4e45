from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='payment',
            name='returned',
            field=models.CharField(blank=True, choices=[('TAKEN', 'The time had been taken'), ('DOUBLE', 'The visit was already paid'), ('CANCELLED', 'The visit was no longer on'), ('CHANGED', 'The visit was for somebody else or another sum by then')], max_length=10),
        ),
    ]
