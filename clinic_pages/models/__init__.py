"""The public site's pages and settings.

Tree: home.HomePage > DoctorIndexPage > DoctorPage; SpecialtyIndexPage > SpecialtyPage;
LocationIndexPage > LocationPage; ArticleIndexPage > HealthArticle; PricePage;
StandardPage (which may hold more of its kind).

Every page: title, slug, seo_title, search_description, search_image.
- home.HomePage: body (HomeBody).
- DoctorIndexPage, SpecialtyIndexPage, LocationIndexPage, ArticleIndexPage, PricePage,
  StandardPage: introduction, body.
- DoctorPage: doctor (clinic.Doctor, one to one), photo, about (rich text),
  can_help_with [("topic", str)], training [("entry", {title, year})], body.
- SpecialtyPage: specialty (one to one), icon (blocks.ICONS), introduction, picture,
  about, treats [("topic", str)], body.
- LocationPage: location (one to one), introduction, picture, picture_text, body.
  Their slug should be that of the doctor, specialty or location.
- HealthArticle: summary, also_known_as, picture, specialties (m2m), body (ArticleBody),
  sources [("source", {title, publisher, address, year})], author or author_name,
  reviewer, last_reviewed_date, next_review_date. Published only in a version that a
  clinical reviewer has approved: `clinic_pages.services.publish_reviewed`.

Blocks (clinic_pages.blocks), in every body: text (rich text), image {image, caption},
callout {kind: info|warning, heading, text}, care_card {urgency:
nonurgent|urgent|emergency, heading, signs [str], note, link}, questions {heading,
questions [{question, answer}]}, app {heading, fragment, words}, call_to_action
{heading, text, link}. In pages that are no articles also: doctor_list {heading, choice:
picked|times, doctors, specialty, count, link}, specialty_grid {heading, specialties,
link}, location_cards {heading, locations, link}, price_table {heading, text,
visit_types, specialty, links}, steps {heading, text, steps [{title, text}]},
article_teasers {heading, articles, specialty, count, link}, task_links {heading, tasks
[{icon, text, link}]}. On the home page also: hero {heading, text, image, finder,
next_times, note}. A link is {label, page, address}: a page or an address.

Settings: ClinicSettings (name, strapline, logo, brand_colour, phone, email,
emergency_number, urgent_number, legal_line, privacy_note, privacy_page) and Menus
(main, utility, legal [("link", link)], footer_columns [("column", {heading, links})],
social [("profile", {name, address})], footer_text, footer_hours). Both with
`.for_site(site)`.

Picture is the image model (`wagtail.images.get_image_model()`).
"""

from clinic_pages.models.articles import ArticleIndexPage, HealthArticle
from clinic_pages.models.doctors import DoctorIndexPage, DoctorPage
from clinic_pages.models.locations import LocationIndexPage, LocationPage
from clinic_pages.models.menus import Menus
from clinic_pages.models.pictures import Picture, PictureRendition
from clinic_pages.models.reviews import ClinicalReviewTask
from clinic_pages.models.settings import ClinicSettings
from clinic_pages.models.specialties import SpecialtyIndexPage, SpecialtyPage
from clinic_pages.models.standard import PricePage, StandardPage
from clinic_pages.models.versions import ContentVersion

__all__ = [
    "ArticleIndexPage",
    "ClinicSettings",
    "ClinicalReviewTask",
    "ContentVersion",
    "DoctorIndexPage",
    "DoctorPage",
    "HealthArticle",
    "LocationIndexPage",
    "LocationPage",
    "Menus",
    "Picture",
    "PictureRendition",
    "PricePage",
    "SpecialtyIndexPage",
    "SpecialtyPage",
    "StandardPage",
]
