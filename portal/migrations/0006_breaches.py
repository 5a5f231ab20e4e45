import django.db.models.deletion
import foundation.encryption.fields
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('portal', '0005_retention'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Breach',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('title', models.CharField(max_length=120)),
                ('noticed_at', models.DateTimeField(help_text='When the clinic became aware.')),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(help_text='End exclusive.')),
                ('session_ref', models.CharField(blank=True, max_length=32)),
                ('address', models.GenericIPAddressField(blank=True, null=True)),
                ('is_everything', models.BooleanField(default=False, help_text='Every entry of that time, whoever made it.')),
                ('objects_text', models.TextField(blank=True, help_text='Public ids and patient numbers, one a line.')),
                ('risk', models.CharField(choices=[('NONE', 'Unlikely to harm anybody'), ('SOME', 'May harm people: the authority is told'), ('HIGH', 'Likely to harm people: they are told as well')], default='SOME', max_length=4)),
                ('nature', foundation.encryption.fields.EncryptedTextField(blank=True)),
                ('consequences', foundation.encryption.fields.EncryptedTextField(blank=True)),
                ('measures', foundation.encryption.fields.EncryptedTextField(blank=True)),
                ('contact', foundation.encryption.fields.EncryptedTextField(blank=True)),
                ('delay_reason', foundation.encryption.fields.EncryptedTextField(blank=True)),
                ('authority_told_at', models.DateTimeField(blank=True, null=True)),
                ('people_told_at', models.DateTimeField(blank=True, null=True)),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'breaches',
                'constraints': [models.CheckConstraint(condition=models.Q(('until__gt', models.F('since'))), name='breach_forwards')],
            },
        ),
    ]
