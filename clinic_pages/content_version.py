"""The version of everything that a page may show, kept by the database.

Rendered pages are kept per process and keyed by this value, so a change anywhere makes
all of them stale at once, in every process, at the price of one small query a request.
Triggers write it: bulk updates, scripts and other apps cannot forget it, and it changes
with the commit of the change, not before.
"""

from uuid import UUID

from django.db import connection
from django.db.migrations import RunSQL
from django.db.migrations.operations.base import Operation

# Facts and content of which every change shows.
FACTS = [
    "clinic_clinicidentity",
    "clinic_closure",
    "clinic_doctor",
    "clinic_doctor_specialties",
    "clinic_location",
    "clinic_offering",
    "clinic_openinghours",
    "clinic_specialty",
    "clinic_visittype",
    "clinic_visittype_specialties",
]
CONTENT = [
    "clinic_pages_articleindexpage",
    "clinic_pages_clinicsettings",
    "clinic_pages_doctorindexpage",
    "clinic_pages_doctorpage",
    "clinic_pages_healtharticle",
    "clinic_pages_healtharticle_specialties",
    "clinic_pages_locationindexpage",
    "clinic_pages_locationpage",
    "clinic_pages_menus",
    "clinic_pages_picture",
    "clinic_pages_pricepage",
    "clinic_pages_specialtyindexpage",
    "clinic_pages_specialtypage",
    "clinic_pages_standardpage",
    "wagtailcore_collectionviewrestriction",
    "wagtailcore_pageviewrestriction",
    "wagtailcore_site",
    "wagtaildocs_document",
]

_FUNCTION = """
CREATE OR REPLACE FUNCTION clinic_pages_new_version() RETURNS trigger AS $$
BEGIN
    INSERT INTO clinic_pages_contentversion (id, value) VALUES (1, gen_random_uuid())
    ON CONFLICT (id) DO UPDATE SET value = EXCLUDED.value;
    RETURN NULL;
END $$ LANGUAGE plpgsql
"""
_DROP_FUNCTION = "DROP FUNCTION clinic_pages_new_version()"

# Saving a draft touches a live page's row too, in these columns only.
_PAGE_FUNCTION = """
CREATE OR REPLACE FUNCTION clinic_pages_page_changed() RETURNS trigger AS $$
DECLARE
    drafts text[] := ARRAY['latest_revision_id', 'latest_revision_created_at',
        'draft_title', 'has_unpublished_changes', 'locked', 'locked_at',
        'locked_by_id', 'owner_id', 'numchild'];
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - drafts = to_jsonb(NEW) - drafts THEN
        RETURN NULL;
    END IF;
    INSERT INTO clinic_pages_contentversion (id, value) VALUES (1, gen_random_uuid())
    ON CONFLICT (id) DO UPDATE SET value = EXCLUDED.value;
    RETURN NULL;
END $$ LANGUAGE plpgsql
"""
_DROP_PAGE_FUNCTION = "DROP FUNCTION clinic_pages_page_changed()"


def functions() -> list[Operation]:
    """Migration operations that add the trigger functions."""
    return [
        RunSQL(_FUNCTION, _DROP_FUNCTION),
        RunSQL(_PAGE_FUNCTION, _DROP_PAGE_FUNCTION),
    ]


def watch(table: str) -> Operation:
    """Migration operation: any statement that changes `table` makes a new version."""
    return RunSQL(
        f"CREATE TRIGGER new_version AFTER INSERT OR UPDATE OR DELETE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION clinic_pages_new_version()",
        f"DROP TRIGGER new_version ON {table}",
    )


def watch_pages() -> Operation:
    """Migration operation: as `watch`, for the page table, drafts excepted."""
    return RunSQL(
        "CREATE TRIGGER new_version AFTER INSERT OR UPDATE OR DELETE "
        "ON wagtailcore_page FOR EACH ROW EXECUTE FUNCTION clinic_pages_page_changed()",
        "DROP TRIGGER new_version ON wagtailcore_page",
    )


def current() -> UUID | None:
    """The value now. None where nothing was written yet: then nothing is kept."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM clinic_pages_contentversion WHERE id = 1")
        row = cursor.fetchone()
    return row[0] if row else None
