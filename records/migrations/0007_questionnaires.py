"""Forms before visits: versions, their parts, and what was answered."""

import django.contrib.postgres.fields
import django.db.models.constraints
import django.db.models.deletion
import foundation.encryption.fields
import uuid
from django.conf import settings
from django.db import migrations, models

# What is published stays, and so does what was sent; raw SQL meets it too. Answers are
# sealed, and only a change of keys writes them anew. A merge of two records alone moves
# a response to the record that stays.
GUARDS = """
CREATE FUNCTION questionnaires_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'What was published or sent stays: % is refused.', TG_OP
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE FUNCTION questionnaire_items_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  form bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.questionnaire_id
                      ELSE OLD.questionnaire_id END;
BEGIN
  IF EXISTS (SELECT FROM records_questionnaire
              WHERE id = form AND status <> 'DRAFT') THEN
    RAISE EXCEPTION 'A part of a published form stays: % is refused.', TG_OP
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER questionnaire_items_stay
  BEFORE INSERT OR UPDATE OR DELETE ON records_questionnaireitem
  FOR EACH ROW EXECUTE FUNCTION questionnaire_items_stay();
CREATE TRIGGER questionnaire_stays BEFORE UPDATE ON records_questionnaire
  FOR EACH ROW WHEN (
    OLD.status <> 'DRAFT' AND (
    NEW.status = 'DRAFT' OR
    (OLD.status = 'RETIRED' AND NEW.status <> 'RETIRED') OR
    (OLD.key, OLD.version, OLD.title, OLD.introduction, OLD.valid_days,
     OLD.counts_from, OLD.published_at, OLD.published_by_id)
    IS DISTINCT FROM
    (NEW.key, NEW.version, NEW.title, NEW.introduction, NEW.valid_days,
     NEW.counts_from, NEW.published_at, NEW.published_by_id)))
  EXECUTE FUNCTION questionnaires_refuse();
CREATE TRIGGER questionnaire_not_deleted BEFORE DELETE ON records_questionnaire
  FOR EACH ROW WHEN (OLD.status <> 'DRAFT') EXECUTE FUNCTION questionnaires_refuse();
CREATE TRIGGER response_stays BEFORE UPDATE ON records_questionnaireresponse
  FOR EACH ROW WHEN (
    OLD.status = 'COMPLETED' AND
    (OLD.status, OLD.questionnaire_id, OLD.key, OLD.appointment_id, OLD.is_confirmed,
     OLD.started_by_id, OLD.completed_by_id, OLD.completed_at)
    IS DISTINCT FROM
    (NEW.status, NEW.questionnaire_id, NEW.key, NEW.appointment_id, NEW.is_confirmed,
     NEW.started_by_id, NEW.completed_by_id, NEW.completed_at))
  EXECUTE FUNCTION questionnaires_refuse();
"""
NO_GUARDS = """
DROP TRIGGER response_stays ON records_questionnaireresponse;
DROP TRIGGER questionnaire_not_deleted ON records_questionnaire;
DROP TRIGGER questionnaire_stays ON records_questionnaire;
DROP TRIGGER questionnaire_items_stay ON records_questionnaireitem;
DROP FUNCTION questionnaire_items_stay();
DROP FUNCTION questionnaires_refuse();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0017_count_wrong_proofs'),
        ('booking', '0014_feeds'),
        ('clinic', '0010_most_a_day'),
        ('records', '0006_uploads'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Questionnaire',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('status', models.CharField(choices=[('DRAFT', 'Draft'), ('ACTIVE', 'In use'), ('RETIRED', 'No longer in use')], default='DRAFT', max_length=8)),
                ('title', models.CharField(max_length=80)),
                ('introduction', models.CharField(blank=True, max_length=500)),
                ('valid_days', models.PositiveSmallIntegerField(default=0, help_text='How long answers count; 0: each visit is asked anew.')),
                ('counts_from', models.PositiveSmallIntegerField(default=1, help_text='The oldest version whose answers still count.')),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('visit_types', models.ManyToManyField(blank=True, related_name='questionnaires', to='clinic.visittype')),
            ],
        ),
        migrations.CreateModel(
            name='QuestionnaireItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('link_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('position', models.PositiveSmallIntegerField(help_text='From 0, without gaps.')),
                ('kind', models.CharField(choices=[('PAGE', 'A new page'), ('INFORMATION', 'A text to read'), ('SHORT', 'A short text'), ('LONG', 'A long text'), ('YES_NO', 'Yes or no'), ('ONE_OF', 'One of several answers'), ('SEVERAL_OF', 'Any of several answers'), ('NUMBER', 'A number'), ('DATE', 'A date'), ('SCALE', 'A scale'), ('CONSENT', 'A consent, signed by name')], max_length=12)),
                ('text', models.CharField(max_length=2000)),
                ('help_text', models.CharField(blank=True, max_length=300)),
                ('is_required', models.BooleanField(default=False)),
                ('choices', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, default=list, help_text='Of ONE_OF and SEVERAL_OF.', size=None)),
                ('unit', models.CharField(blank=True, help_text='Of NUMBER.', max_length=20)),
                ('lowest', models.DecimalField(blank=True, decimal_places=2, help_text='Included.', max_digits=9, null=True)),
                ('highest', models.DecimalField(blank=True, decimal_places=2, help_text='Included.', max_digits=9, null=True)),
                ('lowest_words', models.CharField(blank=True, help_text='Of SCALE.', max_length=60)),
                ('highest_words', models.CharField(blank=True, help_text='Of SCALE.', max_length=60)),
                ('shown_when', models.UUIDField(blank=True, help_text='The `link_id` of an earlier question.', null=True)),
                ('shown_answer', models.CharField(blank=True, help_text='The answer to it that shows this one.', max_length=120)),
                ('tells_answers', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, default=list, help_text='Answers that the doctor is told of first.', size=None)),
                ('tells_below', models.DecimalField(blank=True, decimal_places=2, max_digits=9, null=True)),
                ('tells_above', models.DecimalField(blank=True, decimal_places=2, max_digits=9, null=True)),
                ('questionnaire', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='records.questionnaire')),
            ],
        ),
        migrations.CreateModel(
            name='QuestionnaireResponse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, help_text="The questionnaire's.")),
                ('status', models.CharField(choices=[('IN_PROGRESS', 'Begun'), ('COMPLETED', 'Sent')], default='IN_PROGRESS', max_length=12)),
                ('answers', foundation.encryption.fields.EncryptedJSONField(default=dict)),
                ('is_confirmed', models.BooleanField(default=False, help_text='The earlier answers were said to be right still.')),
                ('completed_at', models.DateTimeField(blank=True, null=True)),
                ('appointment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='responses', to='booking.appointment')),
                ('based_on', models.ForeignKey(blank=True, help_text='The response whose answers it began with.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='records.questionnaireresponse')),
                ('completed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='responses', to='accounts.patient')),
                ('questionnaire', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='responses', to='records.questionnaire')),
                ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddConstraint(
            model_name='questionnaire',
            constraint=models.UniqueConstraint(fields=('key', 'version'), name='questionnaire_version_once'),
        ),
        migrations.AddConstraint(
            model_name='questionnaire',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'DRAFT')), fields=('key',), name='questionnaire_one_draft'),
        ),
        migrations.AddConstraint(
            model_name='questionnaire',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'ACTIVE')), fields=('key',), name='questionnaire_one_active'),
        ),
        migrations.AddConstraint(
            model_name='questionnaire',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('published_at', None), ('published_by', None), ('status', 'DRAFT')), models.Q(('status__in', ['ACTIVE', 'RETIRED']), ('published_at__isnull', False), ('published_by__isnull', False)), _connector='OR'), name='questionnaire_published_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='questionnaire',
            constraint=models.CheckConstraint(condition=models.Q(('counts_from__gte', 1), ('counts_from__lte', models.F('version'))), name='questionnaire_counts_from_a_version'),
        ),
        migrations.AddConstraint(
            model_name='questionnaireitem',
            constraint=models.UniqueConstraint(fields=('questionnaire', 'link_id'), name='questionnaire_link_once'),
        ),
        migrations.AddConstraint(
            model_name='questionnaireitem',
            constraint=models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('questionnaire', 'position'), name='questionnaire_position_once'),
        ),
        migrations.AddConstraint(
            model_name='questionnaireitem',
            constraint=models.CheckConstraint(condition=models.Q(('lowest', None), ('highest', None), ('lowest__lte', models.F('highest')), _connector='OR'), name='questionnaire_bounds_in_order'),
        ),
        migrations.AddIndex(
            model_name='questionnaireresponse',
            index=models.Index(fields=['patient', 'key', '-completed_at'], name='response_by_patient'),
        ),
        migrations.AddConstraint(
            model_name='questionnaireresponse',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'IN_PROGRESS')), fields=('appointment', 'key'), name='response_one_begun'),
        ),
        migrations.AddConstraint(
            model_name='questionnaireresponse',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('completed_at', None), ('completed_by', None), ('status', 'IN_PROGRESS')), models.Q(('completed_at__isnull', False), ('completed_by__isnull', False), ('status', 'COMPLETED')), _connector='OR'), name='response_completed_by_somebody'),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
