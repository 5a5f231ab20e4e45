"""Codes by e-mail and text, as a patient has and gets them."""

import re

from accounts.factors.models import CodeFactor
from notifications.models import Delivery

SIGN_IN = "/account/sign-in/"
SET_UP, SECURITY = "/account/factor/set-up/", "/account/security/"
CHECK = "/account/factor/"
PASSWORD = "harbour-lamp-porridge"
NUMBER = "+447700900123"
EMAIL, TEXT = CodeFactor.Kind.EMAIL, CodeFactor.Kind.TEXT


def new_code(kind=None):
    """The code of the newest message of its kind."""
    sent = Delivery.objects.filter(event="account_factor_code").order_by("pk")
    if kind is not None:
        sent = sent.filter(channel="EMAIL" if kind == EMAIL else "SMS")
    return re.search(r"\b[0-9]{6}\b", sent.last().body_text)[0]


def how_many():
    return Delivery.objects.filter(event="account_factor_code").count()


def give(user, *kinds):
    """Codes as a second step, as the pages leave them."""
    for kind in kinds:
        number = NUMBER if kind == TEXT else ""
        CodeFactor.objects.create(user=user, kind=kind, number=number)
    user.has_code_factor = True
    user.save()
    return user


def by_password(client, user):
    form = {"login": user.email, "password": PASSWORD}
    return client.post(SIGN_IN, form)
