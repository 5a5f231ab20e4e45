"""Who may do what in the CMS: a group for each editorial role, and the two approvals."""

from django.db import migrations

PAGES = ("wagtailcore", "page")
# The CMS asks for rights over its own image model, whichever is in use.
PICTURES = ("wagtailimages", "image")
DOCUMENTS = ("wagtaildocs", "document")

WRITES = ["add", "change"]
PUBLISHES = [*WRITES, "publish", "lock", "unlock"]
ADDS_FILES = ["add", "choose"]
KEEPS_FILES = ["add", "change", "choose", "delete"]

# Group: rights over pages, over pictures and documents, and over the rest.
GROUPS = {
    "Author": (WRITES, ADDS_FILES, []),
    "Publisher": (
        PUBLISHES,
        KEEPS_FILES,
        [
            ("clinic_pages", "clinicsettings", "change"),
            ("clinic_pages", "menus", "change"),
            ("wagtailredirects", "redirect", "add"),
            ("wagtailredirects", "redirect", "change"),
            ("wagtailredirects", "redirect", "delete"),
        ],
    ),
    # Reading and approving opens a page to them, nothing else does.
    "Clinical reviewer": ([], [], []),
    "Administrator": (
        [*PUBLISHES, "bulk_delete"],
        KEEPS_FILES,
        [
            ("clinic_pages", "clinicsettings", "change"),
            ("clinic_pages", "menus", "change"),
            ("wagtailredirects", "redirect", "add"),
            ("wagtailredirects", "redirect", "change"),
            ("wagtailredirects", "redirect", "delete"),
        ],
    ),
}


def make_groups(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Page = apps.get_model("wagtailcore", "Page")
    Collection = apps.get_model("wagtailcore", "Collection")
    PagePermission = apps.get_model("wagtailcore", "GroupPagePermission")
    CollectionPermission = apps.get_model("wagtailcore", "GroupCollectionPermission")
    Group.objects.filter(name__in=["Moderators", "Editors"]).delete()
    pages, files = Page.objects.get(depth=1), Collection.objects.get(depth=1)
    for name, (page_rights, file_rights, others) in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.add(permission(apps, "wagtailadmin", "admin", "access"))
        for right in page_rights:
            PagePermission.objects.get_or_create(
                group=group, page=pages, permission=permission(apps, *PAGES, right)
            )
        for right in file_rights:
            for model in (PICTURES, DOCUMENTS):
                CollectionPermission.objects.get_or_create(
                    group=group,
                    collection=files,
                    permission=permission(apps, *model, right),
                )
        for app_label, model, right in others:
            group.permissions.add(permission(apps, app_label, model, right))


def permission(apps, app_label, model, right):
    """The permission, made now where Django would make it only after migrating."""
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label=app_label, model=model
    )
    found, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename=f"{right}_{model}",
        defaults={"name": f"Can {right} {model}"},
    )
    return found


def make_workflows(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Workflow = apps.get_model("wagtailcore", "Workflow")
    WorkflowTask = apps.get_model("wagtailcore", "WorkflowTask")
    Task = apps.get_model("wagtailcore", "Task")
    WorkflowPage = apps.get_model("wagtailcore", "WorkflowPage")
    Page = apps.get_model("wagtailcore", "Page")
    Workflow.objects.all().delete()
    Task.objects.all().delete()
    steps = [
        (
            "Clinical review",
            apps.get_model("clinic_pages", "ClinicalReviewTask"),
            "Clinical reviewer",
        ),
        (
            "Publisher's approval",
            apps.get_model("wagtailcore", "GroupApprovalTask"),
            "Publisher",
        ),
    ]
    for name, model, group in steps:
        content_type, _ = apps.get_model(
            "contenttypes", "ContentType"
        ).objects.get_or_create(
            app_label=model._meta.app_label, model=model._meta.model_name
        )
        task = model.objects.create(name=name, content_type=content_type)
        task.groups.add(Group.objects.get(name=group))
        workflow = Workflow.objects.create(name=name)
        WorkflowTask.objects.create(workflow=workflow, task_id=task.pk, sort_order=0)
    # Health articles choose the clinical review themselves; the rest of the site is
    # approved by a publisher where an author asks.
    WorkflowPage.objects.create(page=Page.objects.get(depth=1), workflow=workflow)


class Migration(migrations.Migration):
    dependencies = [
        ("clinic_pages", "0002_clinical_review"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("wagtailadmin", "0001_create_admin_access_permissions"),
        ("wagtailcore", "0098_apitoken"),
        ("wagtaildocs", "0014_alter_document_file_size"),
        ("wagtailimages", "0027_image_description"),
        ("wagtailredirects", "0008_add_verbose_name_plural"),
    ]
    operations = [
        migrations.RunPython(make_groups, migrations.RunPython.noop),
        migrations.RunPython(make_workflows, migrations.RunPython.noop),
    ]
