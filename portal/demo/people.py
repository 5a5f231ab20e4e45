"""Who works here and who is cared for, and their accounts."""

import unicodedata
from datetime import date, timedelta

from allauth.account.models import EmailAddress
from django.db.models import F

from accounts.models import Patient, RoleAssignment, User
from accounts.users.models import Role
from accounts.users.services import assign_role
from portal.demo.content import DoctorFacts
from portal.demo.world import World

DOMAIN = "larkfield.example"
_PATIENT_DOMAINS = ("example.org", "example.org", "example.com", "example.net")
# Of the patients, these shares have an account, an e-mail address, live in France.
_WITH_ACCOUNT, _WITH_EMAIL, _IN_FRANCE = 0.55, 0.95, 0.08
_FIRST_NUMBER = 104_300


def plain(name: str) -> str:
    """A name as it stands in an e-mail address: Lefèvre is lefevre."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return ascii_name.lower().replace(" ", "-").replace("'", "")


def doctor_email(facts: DoctorFacts) -> str:
    """The work address of a doctor or nurse: dr.calloway@larkfield.example."""
    if facts.title == "Nurse":
        return f"{plain(facts.first_name)}.{plain(facts.last_name)}@{DOMAIN}"
    return f"{facts.title.lower()}.{plain(facts.last_name)}@{DOMAIN}"


def load_staff(world: World) -> None:
    """An account for each doctor, the nurse, and everybody else who works here."""
    for facts in world.content.doctors:
        user = _user(world, doctor_email(facts), facts.first_name, facts.last_name)
        if facts.left_days_ago is not None:
            user.is_active = False
            user.save(update_fields=["is_active"])
        role = Role.NURSE if facts.title == "Nurse" else Role.DOCTOR
        assign_role(actor=None, user=user, role=role)
        doctor = world.doctors[facts.slug]
        doctor.user = user
        doctor.save(update_fields=["user"])
    for entry in world.content.people["staff"]:
        user = _user(world, entry["email"], entry["first_name"], entry["last_name"])
        place = world.locations[entry["place"]].place if "place" in entry else None
        assign_role(actor=None, user=user, role=entry["role"], place=place)
    for slug in reviewers(world):
        user = world.users[doctor_email(world.facts(slug))]
        assign_role(actor=None, user=user, role=Role.CLINICAL_REVIEWER)


def reviewers(world: World) -> list[str]:
    """The doctors who have reviewed an article."""
    return sorted({article.matter["reviewer"] for article in world.content.articles})


def _user(world: World, email: str, first_name: str, last_name: str) -> User:
    user = User.objects.create(
        email=email,
        first_name=first_name,
        last_name=last_name,
        password=world.secret,
        time_zone="",
    )
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    world.users[email] = user
    return user


def load_patients(world: World) -> None:
    """Maya first, then all others; their rows are older than today."""
    world.patients = [_maya(world)]
    names: set[tuple[str, str]] = set()
    while len(world.patients) < world.content.people["patients"]["count"]:
        patient = _patient(world, len(world.patients))
        if (patient.first_name, patient.last_name) not in names:
            names.add((patient.first_name, patient.last_name))
            world.patients.append(patient)
    _give_accounts(world)
    Patient.objects.bulk_create(world.patients)
    # The date of joining is set by the row itself; here it lies before the first visit.
    Patient.objects.update(created_at=F("created_at") - timedelta(days=200))


def _maya(world: World) -> Patient:
    entry = world.content.people["maya"]
    return Patient(
        number="LF-104-882",
        first_name=entry["first_name"],
        last_name=entry["last_name"],
        birth_date=entry["birth_date"],
        sex=entry["sex"],
        email=entry["email"],
        phone=entry["phone"],
        address=entry["address"],
        time_zone="Europe/London",
    )


def _patient(world: World, number: int) -> Patient:
    dice, pools = world.dice, world.content.people["patients"]
    sex = dice.choice([Patient.Sex.FEMALE, Patient.Sex.FEMALE, Patient.Sex.MALE])
    first = dice.choice(pools["female" if sex == Patient.Sex.FEMALE else "male"])
    last = dice.choice(pools["last"])
    born = _birth_date(world)
    in_france = dice.random() < _IN_FRANCE
    is_child = world.today.year - born.year < 16
    email = ""
    if not is_child and dice.random() < _WITH_EMAIL:
        domain = dice.choice(_PATIENT_DOMAINS)
        email = f"{plain(first)}.{plain(last)}{number}@{domain}"
    return Patient(
        number=f"LF-{_FIRST_NUMBER + number:,}".replace(",", "-"),
        first_name=first,
        last_name=last,
        birth_date=born,
        sex=sex,
        email=email,
        # Ofcom keeps 07700 900000 to 900999 for drama, Arcep 06 39 98.
        # Maya's ends in 123.
        phone=f"+33639980{number + 300}" if in_france else f"+447700900{number + 300}",
        address=_address(world, in_france=in_france),
        time_zone="Europe/Paris" if in_france else "Europe/London",
    )


def _birth_date(world: World) -> date:
    """Ages as in a clinic: some children, many from 25 to 60, some very old."""
    low, high = world.dice.choices(
        [(0, 16), (16, 25), (25, 60), (60, 80), (80, 96)], [16, 9, 48, 21, 6]
    )[0]
    return world.day(-world.dice.randrange(low * 365 + 30, high * 365))


def _address(world: World, *, in_france: bool) -> str:
    dice, pools = world.dice, world.content.people["patients"]
    house = dice.randrange(1, 120)
    if in_france:
        return f"{house} {dice.choice(pools['french_streets'])}, 99120 Port-Clair"
    street = dice.choice(pools["streets"])
    code = f"WH{dice.randrange(1, 9)} {dice.randrange(1, 9)}"
    letters = "".join(dice.choice("ABDEFGHJLNPQRSTUWXYZ") for _ in range(2))
    return f"{house} {street}, Westhaven {code}{letters}"


def _give_accounts(world: World) -> None:
    """Let Maya and about half of those with an address sign in."""
    chosen = [
        patient
        for number, patient in enumerate(world.patients)
        if patient.email and (number == 0 or world.share(_WITH_ACCOUNT))
    ]
    users = User.objects.bulk_create(
        User(
            email=patient.email,
            first_name=patient.first_name,
            last_name=patient.last_name,
            password=world.secret,
            time_zone=patient.time_zone,
        )
        for patient in chosen
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, primary=True, verified=True)
        for user in users
    )
    RoleAssignment.objects.bulk_create(
        RoleAssignment(user=user, role=Role.PATIENT) for user in users
    )
    for patient, user in zip(chosen, users, strict=True):
        patient.user = user
        world.users[user.email] = user
