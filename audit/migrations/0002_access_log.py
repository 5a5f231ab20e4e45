"""The log becomes partitioned, append-only in itself, and sealed link by link.

All of it lives in the database, so that raw SQL meets the same rules as the code. The
map, which `docs/decisions/0010-the-access-log.md` explains:

    INSERT INTO audit_entry
      → audit_gather (after the statement): ids and digests into audit_waiting
      → commit, first round: audit_turn hands on to a second round, so that every other
        deferred check of the transaction, which may wait for rows, is done by then
      → commit, second round: audit_seal_waiting takes the one lock, reads the head of
        the chain, adds the next link. Nothing waits while it holds the lock.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now

TABLE = """
ALTER TABLE audit_entry RENAME TO audit_entry_before;
DROP TRIGGER IF EXISTS pgtrigger_append_only_a6b88 ON audit_entry_before;
DROP FUNCTION IF EXISTS pgtrigger_append_only_a6b88();
ALTER TABLE audit_entry_before DROP CONSTRAINT audit_entry_pkey;
ALTER TABLE audit_entry_before ALTER COLUMN id DROP IDENTITY IF EXISTS;
DROP INDEX IF EXISTS audit_by_patient, audit_by_actor;

CREATE SEQUENCE audit_entry_id_seq;
CREATE TABLE audit_entry (
  id bigint NOT NULL DEFAULT nextval('audit_entry_id_seq'),
  at timestamptz NOT NULL DEFAULT statement_timestamp(),
  actor_id bigint,
  role varchar(80) NOT NULL DEFAULT '',
  on_behalf_of_id bigint,
  patient_id bigint,
  verb varchar(80) NOT NULL CHECK (verb !~ '[[:cntrl:]]'),
  action varchar(10) NOT NULL DEFAULT 'CHANGE',
  category varchar(120) NOT NULL DEFAULT '',
  subject_type varchar(80) NOT NULL DEFAULT '',
  subject_id bigint,
  purpose varchar(20) NOT NULL DEFAULT '',
  outcome varchar(8) NOT NULL DEFAULT 'DONE',
  address inet,
  agent varchar(60) NOT NULL DEFAULT '' CHECK (agent !~ '[[:cntrl:]]'),
  request_id varchar(64) NOT NULL DEFAULT '' CHECK (request_id !~ '[[:cntrl:]]'),
  session_ref varchar(32) NOT NULL DEFAULT '',
  view varchar(80) NOT NULL DEFAULT '' CHECK (view !~ '[[:cntrl:]]'),
  detail jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
ALTER SEQUENCE audit_entry_id_seq OWNED BY audit_entry.id;
CREATE INDEX audit_by_patient ON audit_entry (patient_id, at DESC);
CREATE INDEX audit_by_actor ON audit_entry (actor_id, at DESC);
CREATE INDEX audit_by_time ON audit_entry (at DESC);
CREATE INDEX audit_not_done ON audit_entry (at DESC) WHERE outcome <> 'DONE';
CREATE INDEX audit_left_house ON audit_entry (at DESC)
  WHERE action IN ('PRINT', 'DOWNLOAD', 'EXPORT');
CREATE INDEX audit_with_purpose ON audit_entry (at DESC) WHERE purpose <> '';

CREATE TABLE audit_seal (
  position bigint PRIMARY KEY,
  at timestamptz NOT NULL,
  entries bigint[] NOT NULL,
  digests bytea NOT NULL,
  hash bytea NOT NULL
);
-- Rows live for the length of a transaction; what a crash loses was never committed.
CREATE UNLOGGED TABLE audit_waiting (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entries bigint[] NOT NULL,
  digests bytea NOT NULL,
  turn smallint NOT NULL DEFAULT 1
);
"""

FUNCTIONS = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The access log only grows: % of % is refused.', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;

-- Read by audit.seals.queries.digest_of: both must say the same.
CREATE FUNCTION audit_gather() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO audit_waiting (entries, digests)
  SELECT array_agg(id ORDER BY id),
         string_agg(sha256(convert_to(jsonb_build_array(
           id, (extract(epoch FROM at) * 1000000)::bigint, actor_id, role,
           on_behalf_of_id, patient_id, verb, action, category, subject_type, subject_id,
           purpose, outcome, host(address), agent, request_id, session_ref, view,
           detail::text)::text, 'UTF8')), ''::bytea ORDER BY id)
    FROM added
  HAVING count(*) > 0;
  RETURN NULL;
END $$;

CREATE FUNCTION audit_turn() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE audit_waiting SET turn = 2 WHERE id = NEW.id;
  RETURN NULL;
END $$;

CREATE FUNCTION audit_seal_waiting() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  head bytea;
  last bigint;
  now_ timestamptz;
BEGIN
  -- Any number that nobody else uses; held until the commit is on disk.
  PERFORM pg_advisory_xact_lock(7316010);
  SELECT position, hash INTO last, head FROM audit_seal ORDER BY position DESC LIMIT 1;
  last := coalesce(last, 0) + 1;
  now_ := clock_timestamp();
  INSERT INTO audit_seal (position, at, entries, digests, hash)
  VALUES (last, now_, NEW.entries, NEW.digests, sha256(
    coalesce(head, ''::bytea) || convert_to(
      last || '|' || (extract(epoch FROM now_) * 1000000)::bigint || '|'
      || array_to_string(NEW.entries, ',') || '|', 'UTF8') || NEW.digests));
  DELETE FROM audit_waiting WHERE id = NEW.id;
  RETURN NULL;
END $$;

-- The month's partition with its guards. Also for the worker, who may not make tables.
CREATE FUNCTION audit_make_month(month date) RETURNS text LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  first timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
  after timestamptz := (date_trunc('month', month::timestamp) + interval '1 month')
                       AT TIME ZONE 'UTC';
  name text := 'audit_entry_' || to_char(month, 'YYYY_MM');
BEGIN
  IF month < '2000-01-01' OR month > now() + interval '3 years' THEN
    RAISE EXCEPTION 'No partition is made for %.', month;
  END IF;
  PERFORM pg_advisory_xact_lock(7316011);
  IF to_regclass('public.' || name) IS NOT NULL THEN
    RETURN '';
  END IF;
  EXECUTE format('CREATE TABLE %I PARTITION OF audit_entry FOR VALUES FROM (%L) TO (%L)',
                 name, first, after);
  PERFORM audit_guard(name);
  RETURN name;
END $$;

-- Triggers on whole statements are not handed down to partitions.
CREATE FUNCTION audit_guard(name text) RETURNS void LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON %I
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()', name);
  EXECUTE format('CREATE TRIGGER audit_gather AFTER INSERT ON %I
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION audit_gather()', name);
END $$;
REVOKE ALL ON FUNCTION audit_guard(text) FROM PUBLIC;
"""

TRIGGERS = """
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION audit_refuse();
SELECT audit_guard('audit_entry');
CREATE TABLE audit_entry_default PARTITION OF audit_entry DEFAULT;
SELECT audit_guard('audit_entry_default');

CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_seal
  FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_seal
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

CREATE CONSTRAINT TRIGGER audit_first_round AFTER INSERT ON audit_waiting
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION audit_turn();
CREATE CONSTRAINT TRIGGER audit_second_round AFTER UPDATE ON audit_waiting
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION audit_seal_waiting();

-- A year ahead; the months of entries that there are already.
SELECT audit_make_month(month::date)
  FROM generate_series(
    date_trunc('month', least(now(), (SELECT min(at) FROM audit_entry_before))
      AT TIME ZONE 'UTC'),
    date_trunc('month', now() AT TIME ZONE 'UTC') + interval '12 months',
    '1 month') AS month;
"""

COPY = """
INSERT INTO audit_entry (id, at, actor_id, patient_id, verb, subject_type, subject_id,
                         detail, request_id, address)
SELECT id, at, actor_id, patient_id, verb, subject_type, subject_id, detail,
       regexp_replace(request_id, '[[:cntrl:]]', '', 'g'), address
  FROM audit_entry_before ORDER BY id;
SELECT setval('audit_entry_id_seq', coalesce(max(id), 0) + 1, false) FROM audit_entry;
DROP TABLE audit_entry_before;
"""

BACK = """
CREATE TABLE audit_entry_after AS
  SELECT id, at, actor_id, verb, subject_type, subject_id, patient_id, detail,
         request_id, address FROM audit_entry;
DROP TABLE audit_entry, audit_seal, audit_waiting CASCADE;
DROP FUNCTION audit_make_month(date), audit_guard(text), audit_seal_waiting(),
  audit_turn(), audit_gather(), audit_refuse();
ALTER TABLE audit_entry_after RENAME TO audit_entry;
ALTER TABLE audit_entry ALTER COLUMN id SET NOT NULL;
ALTER TABLE audit_entry ADD CONSTRAINT audit_entry_pkey PRIMARY KEY (id);
ALTER TABLE audit_entry ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY;
SELECT setval(pg_get_serial_sequence('audit_entry', 'id'), coalesce(max(id), 0) + 1, false)
  FROM audit_entry;
CREATE INDEX audit_by_patient ON audit_entry (patient_id, at DESC);
CREATE INDEX audit_by_actor ON audit_entry (actor_id, at DESC);
CREATE FUNCTION pgtrigger_append_only_a6b88() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Cannot update or delete rows of the log';
END $$;
CREATE TRIGGER pgtrigger_append_only_a6b88 BEFORE UPDATE OR DELETE ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION pgtrigger_append_only_a6b88();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [TABLE + FUNCTIONS + TRIGGERS + COPY], reverse_sql=[BACK]
                ),
            ],
            state_operations=[
                migrations.CreateModel(
                    name='Seal',
                    fields=[
                        ('position', models.BigIntegerField(primary_key=True, serialize=False)),
                        ('at', models.DateTimeField()),
                        ('entries', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                        ('digests', models.BinaryField()),
                        ('hash', models.BinaryField()),
                    ],
                ),
                pgtrigger.migrations.RemoveTrigger(
                    model_name='entry',
                    name='append_only',
                ),
                migrations.AddField(
                    model_name='entry',
                    name='action',
                    field=models.CharField(choices=[('VIEW', 'Opened'), ('LIST', 'Seen in a list'), ('SEARCH', 'Found in a search'), ('PRINT', 'Printed'), ('DOWNLOAD', 'Downloaded'), ('EXPORT', 'Exported'), ('CHANGE', 'Changed'), ('SIGN_IN', 'Signed in'), ('SIGN_OUT', 'Signed out')], default='CHANGE', max_length=10),
                ),
                migrations.AddField(
                    model_name='entry',
                    name='agent',
                    field=models.CharField(blank=True, max_length=60),
                ),
                migrations.AddField(
                    model_name='entry',
                    name='category',
                    field=models.CharField(blank=True, max_length=120),
                ),
                migrations.AddField(
                    model_name='entry',
                    name='on_behalf_of_id',
                    field=models.BigIntegerField(help_text='The patient for whom the actor acted.', null=True),
                ),
                migrations.AddField(
                    model_name='entry',
                    name='outcome',
                    field=models.CharField(choices=[('DONE', 'Done'), ('REFUSED', 'Refused'), ('FAILED', 'Failed')], default='DONE', max_length=8),
                ),
                migrations.AddField(
                    model_name='entry',
                    name='purpose',
                    field=models.CharField(blank=True, max_length=20),
                ),
                migrations.AddField(
                    model_name='entry',
                    name='role',
                    field=models.CharField(blank=True, help_text='The role acted in; several with commas.', max_length=80),
                ),
                migrations.AddField(
                    model_name='entry',
                    name='session_ref',
                    field=models.CharField(blank=True, max_length=32),
                ),
                migrations.AddField(
                    model_name='entry',
                    name='view',
                    field=models.CharField(blank=True, max_length=80),
                ),
                migrations.AlterField(
                    model_name='entry',
                    name='actor',
                    field=models.ForeignKey(db_constraint=False, db_index=False, help_text="Empty when the clinic's own jobs acted, or an anonymous visitor.", null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AlterField(
                    model_name='entry',
                    name='at',
                    field=models.DateTimeField(db_default=Now(), editable=False),
                ),
                migrations.AlterField(
                    model_name='entry',
                    name='subject_type',
                    field=models.CharField(blank=True, max_length=80),
                ),
                migrations.AddIndex(
                    model_name='entry',
                    index=models.Index(fields=['-at'], name='audit_by_time'),
                ),
                migrations.AddIndex(
                    model_name='entry',
                    index=models.Index(condition=models.Q(('outcome', 'DONE'), _negated=True), fields=['-at'], name='audit_not_done'),
                ),
                migrations.AddIndex(
                    model_name='entry',
                    index=models.Index(condition=models.Q(('action__in', ('PRINT', 'DOWNLOAD', 'EXPORT'))), fields=['-at'], name='audit_left_house'),
                ),
                migrations.AddIndex(
                    model_name='entry',
                    index=models.Index(condition=models.Q(('purpose', ''), _negated=True), fields=['-at'], name='audit_with_purpose'),
                ),
            ],
        ),
    ]
