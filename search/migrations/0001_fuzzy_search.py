"""What typo tolerance needs of the database: trigrams, words without accents, and
indexes over both. Both extensions are trusted, so the database's owner may add them."""

from io import StringIO

from django.core.management import call_command
from django.db import migrations


def enable(apps, schema_editor):
    # The trigram indexes need the function that the first command makes.
    for command in ("enable_unaccent", "enable_trigram"):
        call_command(command, stdout=StringIO())


class Migration(migrations.Migration):
    dependencies = [("wagtailsearch", "0010_add_text_fields")]
    operations = [migrations.RunPython(enable, migrations.RunPython.noop)]
