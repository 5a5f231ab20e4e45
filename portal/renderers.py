"""Draws `{{ form }}` and `{{ field.as_field_group }}` in the house's mark-up."""

from django.forms.renderers import TemplatesSetting


class HouseRenderer(TemplatesSetting):
    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
