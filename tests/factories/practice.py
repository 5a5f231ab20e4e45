"""A place with doctors who can be booked, for tests."""

from datetime import date, time

from tests.factories.booking import WorkingHoursFactory
from tests.factories.clinic import (
    DoctorFactory,
    LocationFactory,
    OfferingFactory,
    SpecialtyFactory,
    VisitTypeFactory,
)


class Practice:
    """General practice at Canal Street, where doctors work from 9 to 5 on weekdays."""

    def __init__(self):
        self.specialty = SpecialtyFactory(
            name="General practice", plain_name="General practice", slug="gp"
        )
        self.location = LocationFactory(name="Canal Street", slug="canal-street")

    def doctor(self, last_name, *, specialty=None, works=True, **fields):
        fields.setdefault("first_name", "Ines")
        fields.setdefault("slug", f"dr-{last_name.lower()}")
        doctor = DoctorFactory(last_name=last_name, **fields)
        doctor.specialties.add(specialty or self.specialty)
        if works:
            self.hours(doctor)
        return doctor

    def hours(self, doctor, *, location=None, days=range(5), start=9, end=17):
        for day in days:
            WorkingHoursFactory(
                doctor=doctor,
                location=location or self.location,
                weekday=day,
                starts_time=time(start),
                ends_time=time(end),
                valid_from=date(2026, 1, 1),
            )

    def kind(self, *traits, **fields):
        fields.setdefault("slug", "gp-visit")
        fields.setdefault("name", "GP visit")
        return VisitTypeFactory(**dict.fromkeys(traits, True), **fields)

    def offer(self, doctor, *traits, location=None, kind=None, **fields):
        return OfferingFactory(
            doctor=doctor,
            visit_type=kind or self.kind(*traits, **fields),
            location=location or self.location,
        )
