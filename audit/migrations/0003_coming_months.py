"""The job that makes partitions may make those that are coming, and no others.

The site's role could name the month before. Now it calls a function without arguments,
and the one that takes a month is the owner's alone (`manage.py grant_roles`).
"""

from django.db import migrations

MAKE = """
CREATE FUNCTION audit_make_coming_months() RETURNS SETOF text LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  this timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
  month timestamp;
  made text;
BEGIN
  FOR month IN SELECT generate_series(this, this + interval '12 months', '1 month') LOOP
    made := audit_make_month(month::date);
    IF made <> '' THEN
      RETURN NEXT made;
    END IF;
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION audit_make_coming_months(), audit_make_month(date) FROM PUBLIC;
"""
BACK = """
DROP FUNCTION audit_make_coming_months();
GRANT EXECUTE ON FUNCTION audit_make_month(date) TO PUBLIC;
"""


class Migration(migrations.Migration):
    locks = "it makes a function, and touches no table"

    dependencies = [("audit", "0002_access_log")]

    operations = [migrations.RunSQL([MAKE], reverse_sql=[BACK])]
