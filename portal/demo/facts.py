"""The clinic's facts: places, specialties, visit types, doctors and their hours."""

from collections import defaultdict
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Place
from booking.models import AvailabilityException, Break, WorkingHours
from clinic.identity.services import set_identity
from clinic.models import (
    Closure,
    Doctor,
    Location,
    Offering,
    OpeningHours,
    Room,
    Specialty,
    VisitType,
)
from portal.demo.content import DoctorFacts, Shift, hours_of
from portal.demo.rooms import load_rooms
from portal.demo.world import World

# Hours have been as they are for a good year.
_SINCE_DAYS = 400
# Whoever is fully booked has hours just as far as there are patients for them.
_FULL_DAYS = 31
_WEEKEND = 5
_IDENTITY = (
    "name",
    "strapline",
    "brand_colour",
    "phone",
    "email",
    "emergency_number",
    "urgent_number",
    "time_zone",
    "currency",
    "legal_line",
)


def load_facts(world: World) -> None:
    """Everything of `clinic`, and when doctors work."""
    identity = world.content.clinic["identity"]
    set_identity(**{name: identity[name] for name in _IDENTITY})
    _load_locations(world)
    _load_closures(world)
    _load_specialties(world)
    _load_visit_types(world)
    _load_doctors(world)
    _load_offerings(world)
    load_rooms(world)
    _load_hours(world)
    _load_exceptions(world)


def _load_locations(world: World) -> None:
    for entry in world.content.locations:
        location = Location.objects.create(
            place=Place.objects.create(name=entry["name"]),
            name=entry["name"],
            slug=entry["slug"],
            address=entry["street"],
            city=entry["city"],
            postcode=entry["postcode"],
            country=entry["country"],
            time_zone=entry["time_zone"],
            phone=entry["phone"],
            email=entry["email"],
            access="\n".join(entry["access_lines"]),
            transport="\n".join(entry["transport_lines"]),
        )
        world.locations[location.slug] = location
        Room.objects.bulk_create(
            Room(location=location, name=name) for name in entry["rooms"]
        )
        OpeningHours.objects.bulk_create(
            OpeningHours(
                location=location, weekday=day, opens_at=opens, closes_at=closes
            )
            for line in entry["hours"]
            for day, opens, closes in hours_of(line)
        )


def _load_closures(world: World) -> None:
    for entry in world.content.clinic["closures"]:
        day = world.day(entry["days_from_today"])
        Closure.objects.create(
            location=world.locations.get(entry["location"]),
            starts_date=day,
            ends_date=day + timedelta(days=1),
            reason=entry["reason"],
        )


def _load_specialties(world: World) -> None:
    for entry in [*world.content.specialties, *world.content.without_page]:
        world.specialties[entry["slug"]] = Specialty.objects.create(
            name=entry["name"],
            plain_name=entry["plain_name"],
            slug=entry["slug"],
            practitioner=entry["practitioner"],
            schema_org=entry["schema_org"],
        )


def _load_visit_types(world: World) -> None:
    offered: dict[str, set[str]] = defaultdict(set)
    for doctor in world.content.doctors:
        for slug in doctor.visit_types:
            offered[slug].add(doctor.specialties[0])
    for entry in world.content.visit_types:
        visit_type = VisitType.objects.create(**_policy(entry))
        visit_type.specialties.set(
            world.specialties[slug] for slug in sorted(offered[entry["slug"]])
        )
        world.visit_types[visit_type.slug] = visit_type


def _policy(entry: dict[str, Any]) -> dict[str, Any]:
    """A visit type's fields, from the words of the data file."""
    currency = "GBP"
    return {
        "name": entry["name"],
        "slug": entry["slug"],
        "summary": entry["description"],
        "mode": entry["mode"].upper(),
        "duration_minutes": entry["minutes"],
        "buffer_after_minutes": entry["buffer_after"],
        "price": Decimal(entry["price"]),
        "currency": currency,
        "booking_policy": entry["booking"].upper(),
        "payment_policy": entry["payment"].upper(),
        "minimum_notice_minutes": entry["notice_hours"] * 60,
        "horizon_days": entry["horizon_days"],
        "free_cancellation_hours": entry["cancel_free_hours"],
        "late_cancellation_percent": entry["late_fee_percent"],
        "follow_up_days": entry.get("follow_up_days"),
        "follow_up_percent": entry.get("follow_up_percent", 0),
    }


def _load_doctors(world: World) -> None:
    for number, facts in enumerate(world.content.doctors):
        left = facts.left_days_ago
        doctor = Doctor.objects.create(
            title=facts.title,
            first_name=facts.first_name,
            last_name=facts.last_name,
            slug=facts.slug,
            languages=facts.languages,
            registration_number=facts.registration_number,
            is_listed=facts.is_listed,
            takes_new_patients=facts.takes_new_patients,
            joined_date=world.day(-_SINCE_DAYS - 97 * number),
            left_date=None if left is None else world.day(-left),
        )
        doctor.specialties.set(world.specialties[slug] for slug in facts.specialties)
        world.doctors[facts.slug] = doctor


def _load_offerings(world: World) -> None:
    rooms = _rooms_of_doctors(world)
    special = {room.name: room for room in Room.objects.all()}
    by_visit_type = {
        "minor-skin-surgery": special["Skin surgery room"],
        "nurse-blood-pressure-check": special["Nurses' room"],
    }
    prices = world.content.first_visit_prices
    for facts in world.content.doctors:
        for slug in facts.visit_types:
            visit_type = world.visit_types[slug]
            is_video = visit_type.mode == VisitType.Mode.VIDEO
            price = prices.get(facts.specialties[0], "")
            for place in facts.locations:
                room = by_visit_type.get(slug, rooms.get((facts.slug, place)))
                world.offerings.append(
                    Offering(
                        doctor=world.doctors[facts.slug],
                        visit_type=visit_type,
                        location=world.locations[place],
                        room=None if is_video else room,
                        price=Decimal(price)
                        if price and slug == "specialist-first-visit"
                        else None,
                    )
                )
    Offering.objects.bulk_create(world.offerings)


def _rooms_of_doctors(world: World) -> dict[tuple[str, str], Room]:
    """A consulting room for each doctor and place, so that no two want one at the same
    time of the week; doctors for whom none is left go without a fixed one."""
    used: dict[int, list[Shift]] = defaultdict(list)
    found = {}
    rooms = list(Room.objects.filter(name__startswith="Room ").order_by("name"))
    for facts in world.content.doctors:
        for place in facts.locations:
            mine = [shift for shift in facts.shifts if shift.location == place]
            for room in rooms:
                if room.location_id != world.locations[place].pk:
                    continue
                if not any(_clash(one, two) for one in mine for two in used[room.pk]):
                    used[room.pk] += mine
                    found[facts.slug, place] = room
                    break
    return found


def _clash(one: Shift, two: Shift) -> bool:
    return (
        one.weekday == two.weekday and one.starts < two.ends and two.starts < one.ends
    )


def _load_hours(world: World) -> None:
    breaks = []
    for facts in world.content.doctors:
        for shift in facts.shifts:
            hours = WorkingHours.objects.create(
                doctor=world.doctors[facts.slug],
                location=world.locations[shift.location],
                weekday=shift.weekday,
                starts_time=shift.starts,
                ends_time=shift.ends,
                valid_from=world.day(-_SINCE_DAYS),
                valid_until=world.day(_FULL_DAYS) if facts.fully_booked else None,
            )
            breaks += [
                Break(working_hours=hours, starts_time=starts, ends_time=ends)
                for starts, ends in shift.breaks
            ]
    Break.objects.bulk_create(breaks)


def _load_exceptions(world: World) -> None:
    """Time off past and to come, and extra hours where today is at the weekend."""
    rows = [
        _closed(world, "lowri-penhale", 0, 9, "Annual leave"),
        _closed(world, "kwame-mensah", 12, 13, "Conference"),
        _closed(world, "eleanor-voss", 14, 21, "Annual leave"),
        _closed(world, "callum-drummond", -12, -7, "Annual leave"),
        _closed(world, "priya-raghunathan", -20, -18, "Training day"),
    ]
    if world.today.weekday() >= _WEEKEND:
        rows += [
            _extra(world, slug)
            for slug in ("ines-calloway", "rajesh-venkataraman", "hannah-okonkwo-reid")
            if not _works_on(world.facts(slug), world.today.weekday())
        ]
    AvailabilityException.objects.bulk_create(rows)


def _works_on(facts: DoctorFacts, weekday: int) -> bool:
    return any(shift.weekday == weekday for shift in facts.shifts)


def _closed(
    world: World, slug: str, first: int, until: int, reason: str
) -> AvailabilityException:
    return AvailabilityException(
        doctor=world.doctors[slug],
        kind=AvailabilityException.Kind.CLOSED,
        starts_at=world.moment(world.day(first), time()),
        ends_at=world.moment(world.day(until), time()),
        reason=reason,
    )


def _extra(world: World, slug: str) -> AvailabilityException:
    return AvailabilityException(
        doctor=world.doctors[slug],
        kind=AvailabilityException.Kind.EXTRA,
        location=world.locations["canal-street"],
        starts_at=world.moment(world.today, time(10), "canal-street"),
        ends_at=world.moment(world.today, time(16), "canal-street"),
        reason="Weekend clinic",
    )
