"""Consents: versioned texts, and what people said to them."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

# What people agreed to, and that they did, must stay as it was: raw SQL meets it too.
# A merge of two records moves what was said to the record that stays, and an erasure
# takes the address away; nothing else changes.
GUARDS = """
CREATE FUNCTION consents_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'What was said and published stays: % of % is refused.',
    TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER consent_text_stays BEFORE UPDATE OR DELETE ON accounts_consenttext
  FOR EACH ROW WHEN (OLD.published_at IS NOT NULL)
  EXECUTE FUNCTION consents_refuse();
CREATE TRIGGER consent_stays BEFORE DELETE ON accounts_consent
  FOR EACH ROW EXECUTE FUNCTION consents_refuse();
CREATE TRIGGER consent_only_moves BEFORE UPDATE ON accounts_consent
  FOR EACH ROW
  WHEN (
    to_jsonb(OLD) - 'patient_id' - 'address'
    IS DISTINCT FROM to_jsonb(NEW) - 'patient_id' - 'address'
    OR (NEW.address IS NOT NULL AND NEW.address IS DISTINCT FROM OLD.address))
  EXECUTE FUNCTION consents_refuse();
"""
NO_GUARDS = """
DROP TRIGGER consent_only_moves ON accounts_consent;
DROP TRIGGER consent_stays ON accounts_consent;
DROP TRIGGER consent_text_stays ON accounts_consenttext;
DROP FUNCTION consents_refuse();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0010_proxies'),
    ]

    operations = [
        migrations.CreateModel(
            name='ConsentText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('purpose', models.CharField(choices=[('CARE', 'Privacy notice and booking terms'), ('MARKETING', 'News and offers'), ('SHARING', 'Sharing with other providers'), ('RECORDING', 'Recording of calls and visits'), ('RESEARCH', 'Research and statistics')], max_length=10)),
                ('version', models.PositiveIntegerField()),
                ('title', models.CharField(max_length=120)),
                ('body', models.TextField(max_length=6000)),
                ('is_material', models.BooleanField(default=True, help_text='Another meaning: who agreed to an earlier version is asked again.')),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('purpose', models.CharField(choices=[('CARE', 'Privacy notice and booking terms'), ('MARKETING', 'News and offers'), ('SHARING', 'Sharing with other providers'), ('RECORDING', 'Recording of calls and visits'), ('RESEARCH', 'Research and statistics')], max_length=10)),
                ('decision', models.CharField(choices=[('GIVEN', 'Agreed'), ('REFUSED', 'Said no'), ('WITHDRAWN', 'Taken back')], max_length=10)),
                ('sha256', models.CharField(help_text='Of the text that was shown.', max_length=64)),
                ('via', models.CharField(choices=[('PORTAL', 'In the account'), ('BOOKING', 'When booking'), ('LINK', 'By a link in a message')], max_length=8)),
                ('address', models.GenericIPAddressField(blank=True, null=True)),
                ('at', models.DateTimeField()),
                ('actor', models.ForeignKey(blank=True, help_text='Empty: a guest, or whoever followed a link in a message.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='accounts.patient')),
                ('text', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='accounts.consenttext')),
            ],
        ),
        migrations.AddConstraint(
            model_name='consenttext',
            constraint=models.UniqueConstraint(fields=('purpose', 'version'), name='consent_text_version_once'),
        ),
        migrations.AddConstraint(
            model_name='consenttext',
            constraint=models.UniqueConstraint(condition=models.Q(('published_at', None)), fields=('purpose',), name='consent_text_one_draft'),
        ),
        migrations.AddConstraint(
            model_name='consenttext',
            constraint=models.CheckConstraint(condition=models.Q(('published_at', None), ('sha256__regex', '^[0-9a-f]{64}$'), _connector='OR'), name='consent_text_published_has_print'),
        ),
        migrations.AddIndex(
            model_name='consent',
            index=models.Index(fields=['patient', 'purpose', '-id'], name='consent_by_patient'),
        ),
        migrations.AddIndex(
            model_name='consent',
            index=models.Index(fields=['purpose', 'patient', '-id'], name='consent_latest'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='consent_has_print'),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
