"""Merges of two records, and the guard that nothing comes to one that was merged."""

import django.db.models.deletion
import foundation.encryption.fields
import uuid
from django.conf import settings
from django.db import migrations, models

# Whoever writes a row about a patient waits for a merge that is under way, and then sees
# it: a record that went into another one takes nothing more. Services look before; this
# makes it true.
GUARD = """
CREATE FUNCTION patients_refuse_merged() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  target bigint;
BEGIN
  SELECT merged_into_id INTO target FROM accounts_patient
   WHERE id = NEW.patient_id FOR KEY SHARE;
  IF target IS NOT NULL THEN
    RAISE EXCEPTION 'Record % was merged into %: % of % is refused.',
      NEW.patient_id, target, TG_OP, TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
"""
NO_GUARD = "DROP FUNCTION patients_refuse_merged();"
TABLES = (
    "accounts_carerelation",
    "accounts_consent",
    "accounts_emergencyaccess",
    "accounts_restriction",
    "billing_payment",
    "booking_appointment",
    "booking_waitlistentry",
    "notifications_delivery",
    "notifications_preference",
    "portal_erasure",
    "portal_legalhold",
    "records_amendment",
    "records_document",
    "records_prescription",
    "records_questionnaireresponse",
    "records_upload",
)


def _guard(table):
    return migrations.RunSQL(
        f"CREATE TRIGGER patient_is_not_merged"
        f" BEFORE INSERT OR UPDATE OF patient_id ON {table}"
        f" FOR EACH ROW WHEN (NEW.patient_id IS NOT NULL)"
        f" EXECUTE FUNCTION patients_refuse_merged();",
        f"DROP TRIGGER patient_is_not_merged ON {table};",
    )


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0017_count_wrong_proofs'),
        ('billing', '0001_initial'),
        ('booking', '0014_feeds'),
        ('notifications', '0004_news'),
        ('portal', '0008_export_parts'),
        ('records', '0007_questionnaires'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('merged_at', models.DateTimeField()),
                ('reason', foundation.encryption.fields.EncryptedTextField(max_length=500)),
                ('facts', foundation.encryption.fields.EncryptedTextField(blank=True, help_text="JSON: the identity's values before and after.")),
                ('marks', models.JSONField(default=dict, help_text='The highest key of each table when it was done.')),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('undo_reason', foundation.encryption.fields.EncryptedTextField(blank=True, max_length=500)),
                ('kept', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.patient')),
                ('kept_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('merged', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.patient')),
                ('merged_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('merged_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('undone_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('unused_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='MovedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('table', models.CharField(help_text='Such as booking.Appointment.', max_length=60)),
                ('key', models.BigIntegerField()),
                ('before', models.JSONField(default=dict)),
                ('after', models.JSONField(default=dict)),
                ('digest', models.CharField(max_length=64)),
                ('given_back_at', models.DateTimeField(blank=True, null=True)),
                ('merge', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='moved_rows', to='portal.merge')),
            ],
        ),
        migrations.CreateModel(
            name='DifferentPeople',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('one', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.patient')),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.patient')),
                ('said_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'different people',
                'constraints': [models.UniqueConstraint(fields=('one', 'other'), name='different_once'), models.CheckConstraint(condition=models.Q(('one__lt', models.F('other'))), name='different_in_order')],
            },
        ),
        migrations.AddIndex(
            model_name='merge',
            index=models.Index(fields=['-merged_at'], name='merge_by_time'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.CheckConstraint(condition=models.Q(('kept', models.F('merged')), _negated=True), name='merge_of_two_records'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at', None)), fields=('merged',), name='merged_into_one_only'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('undone_at', None), ('undone_by', None)), models.Q(('undone_at__isnull', False), ('undone_by__isnull', False)), _connector='OR'), name='merge_undone_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='movedrow',
            constraint=models.UniqueConstraint(fields=('merge', 'table', 'key'), name='moved_row_once'),
        ),
        migrations.RunSQL(GUARD, NO_GUARD),
        *(_guard(table) for table in TABLES),
    ]
