"""Second factors. All under /account/."""

from django.urls import path

from accounts.factors.views import codes, passkeys, security, set_up, sign_in

app_name = "factors"

urlpatterns = [
    path("factor/", sign_in.check, name="check"),
    path("factor/again/", sign_in.again, name="again"),
    path("factor/set-up/", set_up.set_up, name="set_up"),
    path("factor/set-up/app/", set_up.new_app, name="add_app"),
    path("factor/set-up/passkey/", set_up.new_passkey, name="add_passkey"),
    path("factor/set-up/email/", codes.new_email, name="add_email"),
    path("factor/set-up/text/", codes.new_text, name="add_text"),
    path("passkey/begin/", passkeys.begin, name="passkey_begin"),
    path("passkey/prove/", passkeys.prove_it, name="passkey_prove"),
    path("passkey/new/begin/", passkeys.register_begin, name="passkey_register_begin"),
    path("passkey/new/", passkeys.register, name="passkey_register"),
    path("security/", security.security, name="security"),
    path("security/backup-codes/", set_up.backup_codes, name="backup_codes"),
    path(
        "security/remove/app/<int:pk>/",
        security.remove,
        {"kind": "app"},
        name="remove_app",
    ),
    path(
        "security/remove/code/<int:pk>/",
        security.remove,
        {"kind": "code"},
        name="remove_code",
    ),
    path(
        "security/remove/passkey/<int:pk>/",
        security.remove,
        {"kind": "passkey"},
        name="remove_passkey",
    ),
    path("security/forget/<uuid:public_id>/", security.forget, name="forget"),
]
