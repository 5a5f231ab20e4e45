"""Requests for corrections, with the answers."""

import django.db.models.deletion
import foundation.encryption.fields
import uuid
from django.conf import settings
from django.db import migrations, models

# Who asked, when and about what stays, and so does an answer once it is given; raw SQL
# meets it too. The words are sealed, and only a change of keys writes them anew. A merge
# of two records alone moves a request to the record that stays.
GUARDS = """
CREATE FUNCTION amendments_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'A request for a correction and its answer stay: % is refused.', TG_OP
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER amendment_request_stays BEFORE UPDATE ON records_amendment
  FOR EACH ROW WHEN (
    (OLD.asked_by_id, OLD.part, OLD.appointment_id, OLD.document_id,
     OLD.prescription_id, OLD.asked_at, OLD.due_at)
    IS DISTINCT FROM
    (NEW.asked_by_id, NEW.part, NEW.appointment_id, NEW.document_id,
     NEW.prescription_id, NEW.asked_at, NEW.due_at))
  EXECUTE FUNCTION amendments_refuse();
CREATE TRIGGER amendment_answer_stays BEFORE UPDATE ON records_amendment
  FOR EACH ROW WHEN (
    OLD.status <> 'ASKED' AND
    (OLD.status, OLD.decided_by_id, OLD.decided_at)
    IS DISTINCT FROM (NEW.status, NEW.decided_by_id, NEW.decided_at))
  EXECUTE FUNCTION amendments_refuse();
"""
NO_GUARDS = """
DROP TRIGGER amendment_answer_stays ON records_amendment;
DROP TRIGGER amendment_request_stays ON records_amendment;
DROP FUNCTION amendments_refuse();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0011_consents'),
        ('booking', '0003_seal'),
        ('records', '0004_scanned'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Amendment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('part', models.CharField(choices=[('IDENTITY', 'Name and contacts'), ('VISIT', 'A visit'), ('DOCUMENT', 'A document'), ('PRESCRIPTION', 'A prescription'), ('OTHER', 'Something else')], max_length=12)),
                ('wrong', foundation.encryption.fields.EncryptedTextField(help_text="What it says, in the patient's words.")),
                ('right', foundation.encryption.fields.EncryptedTextField(help_text="What it should say, in the patient's words.")),
                ('asked_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(help_text='The patient must have an answer by then.')),
                ('status', models.CharField(choices=[('ASKED', 'Waits for an answer'), ('ACCEPTED', 'Accepted'), ('DENIED', 'Not accepted')], default='ASKED', max_length=10)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('reason', foundation.encryption.fields.EncryptedTextField(blank=True, help_text="The clinic's, to the patient.")),
                ('disagreement', foundation.encryption.fields.EncryptedTextField(blank=True, help_text='What the patient says to a denial.')),
                ('disagreed_at', models.DateTimeField(blank=True, null=True)),
                ('appointment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='amendments', to='booking.appointment')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='amendments', to='records.document')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='amendments', to='accounts.patient')),
                ('prescription', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='amendments', to='records.prescription')),
            ],
            options={
                'indexes': [models.Index(fields=['patient', '-asked_at'], name='amendment_by_patient'), models.Index(condition=models.Q(('status', 'ASKED')), fields=['due_at'], name='amendment_waiting')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('status', 'ASKED')), models.Q(('status__in', ['ACCEPTED', 'DENIED']), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='amendment_decided_by_somebody'), models.CheckConstraint(condition=models.Q(('decided_by', None), models.Q(('decided_by', models.F('asked_by')), _negated=True), _connector='OR'), name='amendment_decided_by_another'), models.CheckConstraint(condition=models.Q(('disagreed_at', None), ('status', 'DENIED'), _connector='OR'), name='amendment_disagreed_after_denial'), models.CheckConstraint(condition=models.Q(models.Q(('appointment', None), ('document', None), ('part__in', ['IDENTITY', 'OTHER']), ('prescription', None)), models.Q(('appointment__isnull', False), ('part', 'VISIT'), ('document', None), ('prescription', None)), models.Q(('document__isnull', False), ('part', 'DOCUMENT'), ('appointment', None), ('prescription', None)), models.Q(('part', 'PRESCRIPTION'), ('prescription__isnull', False), ('appointment', None), ('document', None)), _connector='OR'), name='amendment_about_one_thing')],
            },
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
