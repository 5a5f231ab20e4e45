"""Where an editor begins: the panel on the CMS's home page, its tree of pages, and how
the parts look from which pages are made."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.sidebar import PageExplorerMenuItem
from wagtail.admin.views.generic.preview import StreamFieldBlockPreview
from wagtail.models import Page, Site

from clinic_pages.models import ArticleIndexPage, ClinicSettings, DoctorIndexPage, Menus
from foundation.urlconfs import looked_up_in


@dataclass(frozen=True)
class Task:
    """One thing that editors come for: what, where, and what it is about."""

    words: str
    url: str
    about: str
    icon: str


def home_page() -> Page:
    """The page that every other one lies below."""
    home: Page = Site.objects.select_related("root_page").get().root_page
    return home


def tasks_for(user: Any) -> list[Task]:
    """What `user` may begin with, the most frequent first."""
    found = []
    articles = ArticleIndexPage.objects.first()
    if articles and articles.permissions_for_user(user).can_add_subpage():
        write = ["clinic_pages", "healtharticle", articles.pk]
        url = reverse("wagtailadmin_pages:add", args=write)
        about = "A clinical reviewer reads it before it goes live"
        found.append(Task("Write a health article", url, about, "edit"))
    doctors = DoctorIndexPage.objects.first()
    if doctors and doctors.permissions_for_user(user).can_edit():
        url = reverse("wagtailadmin_explore", args=[doctors.pk])
        about = "Words and picture; times and prices come from the clinic"
        found.append(Task("Change a doctor's page", url, about, "user"))
    home = home_page()
    if home.permissions_for_user(user).can_edit():
        url = reverse("wagtailadmin_pages:edit", args=[home.pk])
        about = "Its parts and their order"
        found.append(Task("Change the home page", url, about, "home"))
    for model, words, about, icon in (
        (Menus, "Change the menus", "Header, footer and social links", "list-ul"),
        (ClinicSettings, "Change the clinic's details", "Name, logo, phones", "cog"),
    ):
        if user.has_perm(f"clinic_pages.change_{model._meta.model_name}"):
            names = ["clinic_pages", model._meta.model_name]
            url = reverse("wagtailsettings:edit", args=names)
            found.append(Task(words, url, about, icon))
    about = "As visitors see it now"
    return [*found, Task("See the site", settings.SITE_URL, about, "view")]


class StartPanel(Component):
    """The first thing on the CMS's home page."""

    order = 100
    template_name = "clinic_pages/cms/start_panel.html"

    def __init__(self, user: Any) -> None:
        self.user = user

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        return {"tasks": tasks_for(self.user)}


class PagesMenuItem(MenuItem):
    """The tree of pages, from the home page on: above it there is nothing to edit."""

    def render_component(self, request: HttpRequest) -> PageExplorerMenuItem:
        return PageExplorerMenuItem(
            self.name,
            self.label,
            self.url,
            home_page().pk,
            icon_name=self.icon_name,
            classname=self.classname,
        )


def explore(request: HttpRequest) -> HttpResponse:
    """All pages: those below the home page."""
    address = reverse("wagtailadmin_explore", args=[home_page().pk])
    question = request.META.get("QUERY_STRING", "")
    return redirect(f"{address}?{question}" if question else address)


def part_preview(request: HttpRequest) -> HttpResponse:
    """A part of a page as visitors would see it, for the list that editors choose from.
    Like whole pages it is made for nobody, with the site's addresses."""
    request.user = AnonymousUser()
    with looked_up_in(settings.SITE_URLCONF):
        response: HttpResponse = StreamFieldBlockPreview.as_view()(request)
        if isinstance(response, TemplateResponse):
            response.render()
    return response
