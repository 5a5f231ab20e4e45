"""The doors of views that others made, in one table.

`VIEWS` goes by the name of the address, `AREAS` by how its whole route begins. A view
of this house carries its door itself and never stands here.
"""

from foundation.doors import (
    ANY,
    FORM,
    Door,
    by_token,
    everybody,
    permitted,
    signed_in,
)

VIEWS: dict[str, Door] = {
    # django-allauth's sign-in pages. They know themselves who has to be where.
    "account_login": everybody("sign-in", "sign in", FORM),
    "account_confirm_login_code": everybody("sign-in", "sign in", FORM),
    "account_signup": everybody("sign-in", "join", FORM),
    "account_email_verification_sent": everybody("sign-in", "join", FORM),
    "account_inactive": everybody("sign-in", "sign in"),
    "account_reset_password": everybody("sign-in", "reset the password", FORM),
    "account_confirm_password_reset_code": everybody(
        "sign-in", "reset the password", FORM
    ),
    "account_complete_password_reset": everybody("sign-in", "reset the password", FORM),
    "account_password_reset_completed": everybody("sign-in", "reset the password"),
    "socialaccount_login_cancelled": everybody("sign-in", "use another account"),
    "socialaccount_login_error": everybody("sign-in", "use another account"),
    "socialaccount_signup": everybody("sign-in", "join", FORM),
    "socialaccount_connections": signed_in("own factors", "list"),
    "account_email": signed_in("own account", "change", FORM),
    "account_change_password": signed_in("own account", "change", FORM),
    "account_set_password": signed_in("own account", "change", FORM),
    # Wagtail's public side. It asks itself about pages and files that are restricted.
    "wagtaildocs_serve": everybody("public pages", "read"),
    "wagtaildocs_authenticate_with_password": everybody("public pages", "read", FORM),
    "wagtailcore_authenticate_with_password": everybody("public pages", "read", FORM),
    "wagtailcore_login": everybody("sign-in", "sign in"),
    # Ends at the first of the pages below it, which has a door of its own.
    # The API, whose views django-ninja makes of our functions (portal/api/views.py).
    "api:me": by_token(scope="me.read", resource="API", action="read oneself"),
    "api:appointments": by_token(
        scope="appointments.read", resource="API", action="read own visits"
    ),
    "api:work_appointments": by_token(
        scope="work.appointments.read", resource="API", action="read visits at work"
    ),
    "api:free_times": everybody("API", "read free times"),
    "api:openapi-json": everybody("API", "read its description"),
    "api:api-root": everybody("API", "read its description"),
    # Pictures of public pages; only the demo and tests serve them from here.
    "media_pictures": everybody("public pages", "read"),
}

AREAS: dict[str, Door] = {
    # In the CMS's program. Wagtail's own rights decide what each editor does inside.
    "cms/": permitted("wagtailadmin.access_admin", "CMS", "enter", ANY),
    # The mail provider signs what it sends; Anymail checks it.
    "webhooks/anymail/": everybody("webhooks", "report", ("GET", "HEAD", "POST")),
}
