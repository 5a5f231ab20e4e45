"""What the site pushes down to the ground floor, so that nobody there has to look up.

The CMS's own signals are used for this, because pages are saved by many ways that are
not ours. What changes in the clinic's facts needs no signal: pages ask for it.
"""

from typing import Any

from django.db.models.signals import post_delete, post_save
from wagtail.signals import (
    page_published,
    page_slug_changed,
    page_unpublished,
    post_page_move,
)

from clinic.doctors.services import set_public_face
from clinic.identity.services import set_identity
from clinic.specialties.services import set_topics
from clinic_pages.images import FACE, LOGO
from clinic_pages.links import page_path
from clinic_pages.models import (
    ClinicSettings,
    DoctorPage,
    Picture,
    SpecialtyPage,
)
from foundation.jobs import enqueue


def connect() -> None:
    """Start listening. Called once, when all apps are loaded."""
    for signal, receiver, sender in (
        (post_save, push_identity, ClinicSettings),
        (post_save, push_doctor, DoctorPage),
        (post_delete, forget_doctor, DoctorPage),
        (page_unpublished, push_doctor, DoctorPage),
        (post_save, push_specialty, SpecialtyPage),
        (post_delete, forget_specialty, SpecialtyPage),
        (post_save, push_picture, Picture),
        (page_slug_changed, push_moved, None),
        (post_page_move, push_moved, None),
        (page_published, queue_pictures, None),
    ):
        signal.connect(receiver, sender=sender, dispatch_uid=receiver.__name__)


def push_identity(instance: ClinicSettings, **kwargs: Any) -> None:
    """Tell the ground floor who the clinic is."""
    logo = instance.logo
    page = instance.privacy_page
    set_identity(
        name=instance.name,
        strapline=instance.strapline,
        brand_colour=instance.brand_colour.lower(),
        logo_url=logo.get_rendition(LOGO).url if logo else "",
        phone=instance.phone,
        email=instance.email,
        emergency_number=instance.emergency_number,
        urgent_number=instance.urgent_number,
        legal_line=instance.legal_line,
        privacy_note=instance.privacy_note,
        privacy_url=page_path(page) if page and page.live else "",
    )


def push_doctor(instance: DoctorPage, **kwargs: Any) -> None:
    """Tell where the doctor's page is, while it can be read by everybody."""
    is_public = instance.live and not instance.get_view_restrictions().exists()
    photo = instance.photo if is_public else None
    set_public_face(
        doctor_id=instance.doctor_id,
        page_path=page_path(instance) if is_public else "",
        photo_url=photo.get_rendition(FACE).url if photo else "",
        topics=_texts(instance.can_help_with) if is_public else [],
    )


def forget_doctor(instance: DoctorPage, **kwargs: Any) -> None:
    set_public_face(doctor_id=instance.doctor_id, page_path="", photo_url="", topics=[])


def push_specialty(instance: SpecialtyPage, **kwargs: Any) -> None:
    """Tell what the specialty treats."""
    topics = _texts(instance.treats) if instance.live else []
    set_topics(specialty_id=instance.specialty_id, topics=topics)


def forget_specialty(instance: SpecialtyPage, **kwargs: Any) -> None:
    set_topics(specialty_id=instance.specialty_id, topics=[])


def push_picture(instance: Picture, created: bool, **kwargs: Any) -> None:
    """A picture that was replaced or cropped anew has new addresses and sizes."""
    if created:
        return
    enqueue("clinic_pages.tasks.make_picture_sizes", picture_id=instance.pk)
    for page in DoctorPage.objects.filter(photo=instance):
        push_doctor(page)
    for settings in ClinicSettings.objects.filter(logo=instance):
        push_identity(settings)


def queue_pictures(instance: Any, **kwargs: Any) -> None:
    """Have a page's pictures made before the first visitor waits for them."""
    enqueue("clinic_pages.tasks.make_page_pictures", page_id=instance.pk)


def push_moved(instance: Any, **kwargs: Any) -> None:
    """Pages below one that moved or was renamed have new addresses."""
    for page in DoctorPage.objects.descendant_of(instance, inclusive=True):
        push_doctor(page)
    for settings in ClinicSettings.objects.exclude(privacy_page=None):
        push_identity(settings)


def _texts(stream: Any) -> list[str]:
    return [str(child.value) for child in stream]
