"""What the import linter cannot see: foreign keys point down."""

from django.apps import apps
from django.conf import settings

FLOORS = {
    "foundation": 0,
    "audit": 1,
    "accounts": 2,
    "clinic": 3,
    "notifications": 4,
    "booking": 5,
    "clinic_pages": 5,
    "home": 6,
    "search": 6,
    "records": 6,
    "billing": 6,
    "portal": 7,
}


def test_foreign_keys_point_down():
    wrong = []
    for model in apps.get_models():
        app = model._meta.app_label
        if app not in FLOORS:
            continue
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if field.auto_created or target is None or isinstance(target, str):
                continue
            other = target._meta.app_label
            if other not in FLOORS or other == app:
                continue
            if target._meta.label == settings.AUTH_USER_MODEL:
                continue
            if FLOORS[other] >= FLOORS[app]:
                wrong.append(f"{model._meta.label}.{field.name} → {target._meta.label}")
    assert wrong == []
