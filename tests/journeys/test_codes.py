"""A patient's second step by e-mail and by text, on a phone."""

import re

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from notifications.models import Delivery
from tests.browser import PHONE, accessibility_problems, is_wider_than_the_window

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "four quiet herons wade"


def newest_code(channel):
    rows = Delivery.objects.filter(event="account_factor_code", channel=channel)
    return re.search(r"\b[0-9]{6}\b", rows.order_by("pk").last().body_text)[0]


def by_password(page, user):
    page.goto("/account/sign-in/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in with password").click()


def looks_right(page):
    assert accessibility_problems(page) == []
    assert not is_wider_than_the_window(page)


def choose(page, button):
    page.goto("/account/security/")
    page.locator("a[href^='/account/factor/set-up/']").first.click()
    looks_right(page)
    page.get_by_role("link", name=button).click()


def test_both_are_chosen_and_sign_in(visitor, ann):
    ann.set_password(PASSWORD)
    ann.save()
    ann.emailaddress_set.create(email=ann.email, verified=True, primary=True)
    page = visitor(width=PHONE)
    by_password(page, ann)
    page.wait_for_url("**/portal/")

    choose(page, "Use e-mail")
    page.get_by_role("button", name="E-mail me a code").click()
    page.get_by_label("Code that we sent").fill(newest_code("EMAIL"))
    looks_right(page)
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("heading", name="Backup codes")).to_be_visible()

    cache.clear()
    choose(page, "Use text messages")
    page.get_by_role("button", name="Text me a code").click()
    expect(page.get_by_role("alert").first).to_contain_text("Enter your mobile phone")
    page.get_by_label("Mobile phone number").fill("07700 900123")
    looks_right(page)
    page.get_by_role("button", name="Text me a code").click()
    page.get_by_label("Code that we sent").fill(newest_code("SMS"))
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("Text message to …123")).to_be_visible()
    looks_right(page)

    page = visitor(width=PHONE, scripts=False)
    by_password(page, ann)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.get_by_role("button", name="Text a code to …123").click()
    told = page.get_by_text("We texted a code to the number that ends in 123")
    expect(told).to_be_visible()
    page.get_by_label("Code", exact=True).fill(newest_code("SMS"))
    page.get_by_role("button", name="Continue", exact=True).click()
    page.wait_for_url("**/portal/")
