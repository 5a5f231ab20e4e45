from django.db import migrations

from clinic_pages.content_version import CONTENT, FACTS, functions, watch, watch_pages


class Migration(migrations.Migration):
    dependencies = [
        ("clinic_pages", "0003_editorial_roles"),
        ("clinic", "0002_public_face"),
        ("wagtailcore", "0098_apitoken"),
        ("wagtaildocs", "0014_alter_document_file_size"),
    ]
    operations = [
        *functions(),
        *[watch(table) for table in [*FACTS, *CONTENT]],
        watch_pages(),
    ]
