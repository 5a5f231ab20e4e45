"""The picture model's name, for foreign keys and settings."""

PICTURE = "clinic_pages.Picture"
