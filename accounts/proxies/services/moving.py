"""The one place where the status of a proxy changes."""

from typing import Any

from accounts.patients.models import Patient
from accounts.proxies.models import Proxy
from audit.services import record
from foundation.errors import Refused
from foundation.scene import forget_answers


class NotAnswerable(Refused):
    sentence = "This was answered already, or has lapsed. Nothing was changed."


def locked(proxy: Proxy) -> Proxy:
    """The row, locked and read anew, after its patient: so two agreements about one
    patient are made one after the other, and nobody waits in a circle."""
    if proxy.patient_id is not None:
        Patient.objects.select_for_update(no_key=True).get(pk=proxy.patient_id)
    rows = Proxy.objects.select_for_update(of=("self",))
    return rows.select_related("patient", "user").get(pk=proxy.pk)


def move(proxy: Proxy, to: str, *, actor: Any, **changes: Any) -> Proxy:
    """Change a locked proxy's status with `changes`, and write it down.

    Raises NotAnswerable for what MOVES lacks.
    """
    if to not in Proxy.MOVES.get(Proxy.Status(proxy.status), set()):
        raise NotAnswerable
    before = proxy.status
    proxy.status = to
    for name, value in changes.items():
        setattr(proxy, name, value)
    proxy.save(update_fields=["status", *changes, "updated_at"])
    forget_answers()
    record(
        actor=actor,
        verb=f"proxy.{to.lower()}",
        subject=proxy,
        patient=proxy.patient,
        detail={
            "from": str(before),
            "proxy_user_id": proxy.user_id,
            "scopes": ",".join(proxy.scopes),
            "ground": str(proxy.ground),
        },
    )
    return proxy
