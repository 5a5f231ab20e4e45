"""A new clinic starts with a home page of its own in place of the CMS's greeting."""

import json
import uuid

from django.db import migrations

from clinic_pages.content_version import watch

HERO = {
    "heading": "See the right doctor, usually this week",
    "text": "Book in person or by video. You see the price and the open times before "
    "you give us any details.",
    "image": None,
    "finder": True,
    "next_times": True,
    "note": "",
}


def make_home_page(apps, schema_editor):
    Page = apps.get_model("wagtailcore", "Page")
    Site = apps.get_model("wagtailcore", "Site")
    Locale = apps.get_model("wagtailcore", "Locale")
    HomePage = apps.get_model("home", "HomePage")
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="home", model="homepage"
    )
    Page.objects.filter(depth=2, slug="home").delete()
    hero = {"type": "hero", "value": HERO, "id": str(uuid.uuid4())}
    home = HomePage.objects.create(
        title="Home",
        draft_title="Home",
        slug="home",
        content_type=content_type,
        path="00010001",
        depth=2,
        numchild=0,
        url_path="/home/",
        locale=Locale.objects.order_by("pk").first(),
        body=json.dumps([hero]),
    )
    Page.objects.filter(depth=1).update(numchild=Page.objects.filter(depth=2).count())
    Site.objects.update_or_create(
        is_default_site=True,
        defaults={"hostname": "localhost", "port": 80, "root_page_id": home.pk},
    )


class Migration(migrations.Migration):
    dependencies = [
        ("home", "0001_initial"),
        ("clinic_pages", "0004_content_version"),
        ("wagtailcore", "0098_apitoken"),
    ]
    operations = [
        watch("home_homepage"),
        migrations.RunPython(make_home_page, migrations.RunPython.noop),
    ]
