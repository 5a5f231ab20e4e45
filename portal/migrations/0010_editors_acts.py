"""What editors do in the CMS stands in the one log too.

The CMS's role of the database has no grant on the log, and gets none: whoever took that
program over could write there what others had done. Wagtail notes each act in tables of
its own, which it may also change. So the database copies each note when it is made: who,
what with which row, and the number of the note; no title and no words.
"""

from django.db import migrations

MAKE = """
CREATE FUNCTION portal_note_editing() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  note jsonb := to_jsonb(NEW);
  thing text := coalesce(note ->> 'page_id', note ->> 'object_id', '');
BEGIN
  INSERT INTO audit_entry (actor_id, role, verb, category, subject_type, subject_id,
                           detail)
  VALUES (
    NEW.user_id,
    coalesce((SELECT left(string_agg(DISTINCT role, ',' ORDER BY role), 80)
                FROM accounts_roleassignment
               WHERE user_id = NEW.user_id
                 AND role IN ('AUTHOR', 'PUBLISHER', 'CLINICAL_REVIEWER', 'ADMIN')), ''),
    'cms.' || left(regexp_replace(NEW.action, '[^A-Za-z0-9_.-]', '', 'g'), 76),
    'PAGES',
    coalesce((SELECT left(app_label || '.' || model, 80) FROM django_content_type
               WHERE id = NEW.content_type_id), ''),
    CASE WHEN thing ~ '^[0-9]{1,18}$' THEN thing::bigint END,
    jsonb_strip_nulls(jsonb_build_object('note', NEW.uuid,
                                         'revision', note -> 'revision_id'))
  );
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION portal_note_editing() FROM PUBLIC;
CREATE TRIGGER portal_note_editing AFTER INSERT ON wagtailcore_pagelogentry
  FOR EACH ROW EXECUTE FUNCTION portal_note_editing();
CREATE TRIGGER portal_note_editing AFTER INSERT ON wagtailcore_modellogentry
  FOR EACH ROW EXECUTE FUNCTION portal_note_editing();
"""
BACK = """
DROP TRIGGER portal_note_editing ON wagtailcore_pagelogentry;
DROP TRIGGER portal_note_editing ON wagtailcore_modellogentry;
DROP FUNCTION portal_note_editing();
"""


class Migration(migrations.Migration):
    locks = "a trigger is added without looking at a row"

    dependencies = [
        ("portal", "0009_merges"),
        ("accounts", "0001_initial"),
        ("audit", "0002_access_log"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
    ]

    operations = [migrations.RunSQL([MAKE], reverse_sql=[BACK])]
