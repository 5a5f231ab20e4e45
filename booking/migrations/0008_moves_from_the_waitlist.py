from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('booking', '0007_clock_offset'),
    ]

    operations = [
        migrations.AddField(
            model_name='move',
            name='is_from_waitlist',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name='move',
            index=models.Index(condition=models.Q(('status', 'DONE')), fields=['from_starts_at'], name='move_left'),
        ),
        migrations.AddIndex(
            model_name='move',
            index=models.Index(condition=models.Q(('is_from_waitlist', True), ('status__in', ['DECLINED', 'EXPIRED', 'WITHDRAWN'])), fields=['to_starts_at'], name='move_not_taken'),
        ),
    ]
