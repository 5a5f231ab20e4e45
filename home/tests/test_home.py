from django.core.cache import caches

from tests.factories.clinic import LocationFactory
from tests.factories.pages import clinic_settings, home, standard_page


def test_a_new_clinic_starts_with_a_home_page(client, db):
    caches["pages"].clear()
    LocationFactory(name="Canal Street")
    clinic_settings(name="Larkfield Clinic", phone="+442079460120")
    html = client.get("/").content.decode()
    assert "<title>Larkfield Clinic" in html
    assert "See the right doctor, usually this week" in html
    assert 'action="/doctors/"' in html
    assert "Canal Street" in html
    assert "020 7946 0120" in html


def test_there_is_one_home_page_and_all_else_is_below_it(db):
    page = home()
    assert type(page).max_count == 1
    assert standard_page().get_parent().specific == page
