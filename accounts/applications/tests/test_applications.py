"""Which applications there are is up to administrators."""

import pytest

from accounts.applications.queries import is_safe_uri, policy_source
from accounts.models import Application
from audit.models import Entry
from tests.apps import App
from tests.second_factors import with_app

LIST = "/clinic/settings/apps/"
FORM = {
    "name": "Diary",
    "maker": "Diary Ltd",
    "redirect_uris": "https://diary.example/done\n\n com.example.diary:/done ",
    "scopes": ["me.read"],
}


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/done",
        "https://app.example:8443/done?from=here",
        "http://127.0.0.1:5555/",
        "http://[::1]:5555/done",
        "com.example.app:/done",
    ],
)
def test_a_code_may_go_there(uri):
    assert is_safe_uri(uri)
    source = policy_source(uri)
    assert uri.startswith(source)
    assert "?" not in source


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "http://app.example/done",
        "http://localhost.evil.example/",
        "http://10.0.0.1/",
        "https://",
        "https:///done",
        "https://*.example/done",
        "https://app.example/*",
        "https://app.example/done#there",
        "https://user@app.example/done",
        "https://app.example\\@evil.example/",
        "https://app.example/a b",
        "https://app.example/\u00e9",
        "https://app.example:port/",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "app:/done",
        "com.example.app:done",
        "https://app.example/" + "a" * 300,
    ],
)
def test_a_code_never_goes_there(uri):
    assert not is_safe_uri(uri)


@pytest.mark.django_db
def test_an_administrator_registers_an_app(client, admin):
    client.force_login(admin)
    assert client.post(LIST, FORM).status_code == 302
    found = Application.objects.get()
    assert found.redirect_uris == [
        "https://diary.example/done",
        "com.example.diary:/done",
    ]
    assert found.registered_by == admin
    page = client.get(LIST).text
    assert str(found.public_id) in page
    assert Entry.objects.filter(verb="application.registered").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"redirect_uris": "http://app.example/"}, "Use an https:// address"),
        ({"redirect_uris": "\n"}, "Enter at least one address"),
        ({"redirect_uris": "\n".join(f"https://a.example/{n}" for n in range(9))},
         "Use an https:// address"),
        ({"name": ""}, "Enter the app&#x27;s name"),
        ({"name": "taken"}, "There is an application with this name"),
        ({"scopes": ["everything"]}, "everything"),
        ({"scopes": []}, "Choose at least one"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_where_it_was_typed(client, admin, words, said):
    App("Taken")
    client.force_login(admin)
    answer = client.post(LIST, FORM | words)
    assert answer.status_code == 422
    assert said in answer.text
    assert "Diary Ltd" in answer.text
    assert Application.objects.count() == 1


@pytest.mark.django_db
def test_nobody_else_comes_here(client, desk, medical_admin, dr_lee, editor, ann):
    held = App("Diary").row
    for user in (desk, medical_admin, dr_lee, editor, ann):
        with_app(user)
        client.force_login(user)
        assert client.get(LIST).status_code == 403
        assert client.post(LIST, FORM).status_code == 403
        assert client.post(f"{LIST}{held.public_id}/end/").status_code == 403
    assert Application.objects.get().ended_at is None


@pytest.mark.django_db
def test_an_app_that_is_shut_out_is_not_known_any_more(client, admin, ann):
    app = App("Diary")
    client.force_login(admin)
    assert client.post(f"{LIST}{app.row.public_id}/end/").status_code == 302
    assert "Shut out" in client.get(LIST).text
    with_app(ann)
    client.force_login(ann)
    assert client.get(app.asks()).status_code == 400
