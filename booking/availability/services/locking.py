"""The locks that stand for calendars."""

from collections.abc import Collection

from django.db import connection

# The locks' key space: kind in the upper bits, so that sorting the keys gives the one
# order in which everybody takes them: doctors, rooms, patients, then equipment.
_DOCTOR, _ROOM, _PATIENT, _EQUIPMENT = 1 << 56, 2 << 56, 3 << 56, 4 << 56


def calendar_keys(
    *,
    doctor_ids: Collection[int] = (),
    room_ids: Collection[int] = (),
    patient_ids: Collection[int] = (),
    equipment_ids: Collection[int] = (),
) -> list[int]:
    """The advisory locks that stand for these calendars, in the order to take them."""
    return sorted(
        {_DOCTOR | pk for pk in doctor_ids}
        | {_ROOM | pk for pk in room_ids}
        | {_PATIENT | pk for pk in patient_ids}
        | {_EQUIPMENT | pk for pk in equipment_ids}
    )


def calendars_of(doctor: str, room: str) -> str:
    """`calendar_keys` in SQL, for a statement that finds the two itself: of a doctor's
    column and a room's that may be NULL."""
    return f"array_remove(ARRAY[{_DOCTOR} | {doctor}, {_ROOM} | {room}], NULL)"


def lock_calendars(
    *,
    doctor_ids: Collection[int] = (),
    room_ids: Collection[int] = (),
    patient_ids: Collection[int] = (),
    equipment_ids: Collection[int] = (),
) -> None:
    """Wait until nobody else changes these calendars; held until the commit.

    Once per transaction, before reading what decides. Always in the same order, so no
    two can wait for each other.
    """
    keys = calendar_keys(
        doctor_ids=doctor_ids,
        room_ids=room_ids,
        patient_ids=patient_ids,
        equipment_ids=equipment_ids,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [keys]
        )
