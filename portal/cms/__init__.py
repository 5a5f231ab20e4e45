"""The editors' desk: Wagtail's admin as a program apart from the site."""
