"""Records of people who are in the demo already, as a guest's booking or a telephone
call leaves them: for the desk to find."""

from accounts.models import Patient
from portal.demo.world import World

# Which patients, counted from the one the demo tells of, and what was taken down.
_TAKEN = (
    (11, {"email": ""}),
    (23, {"phone": ""}),
    (37, {"first_name": "", "email": ""}),
)
_FIRST_NUMBER = 190_001


def load_doubles(world: World) -> None:
    """Three people with two records each. Nothing is booked under the second."""
    for place, (index, changes) in enumerate(_TAKEN):
        one = world.patients[index]
        fields = {
            "first_name": one.first_name,
            "last_name": one.last_name,
            "birth_date": one.birth_date,
            "phone": one.phone,
            "email": one.email,
            **changes,
        }
        if not fields["first_name"]:
            # Heard over the telephone, and written as it sounded.
            fields["first_name"] = one.first_name
            fields["last_name"] = f"{one.last_name}e"
        Patient.objects.create(
            number=f"LF-{_FIRST_NUMBER + place:,}".replace(",", "-"),
            sex=one.sex,
            time_zone=one.time_zone,
            **fields,
        )
