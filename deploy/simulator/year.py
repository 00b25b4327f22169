"""A believable year of a fictional county, from a seed: what happens to whom, and when.

Pure: the same seed and last day give the same year. Nothing here talks to a service; `play.py` enters
the year through the public interfaces with its true past times.

Rates are chosen to look like a young programme (about 18 referrals a month, two thirds of them by police,
four of five referred people met), not to prove anything about one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from deploy.simulator.people import Person, invent
from deploy.simulator.world import Arrest, Charged, Contact, County, Intake, Referral, Story

ZONE = ZoneInfo("America/New_York")
HISTORY_DAYS = 365
"""Arrests are known from a year before the year, so that people have a past to compare with."""

DIVERTIBLE = (
    ("3929 Retail Theft.", "M1"),
    ("13(a)(16) Possession of Controlled Substance", "M"),
    ("13(a)(32) Paraphernalia - Use or Possession", "M"),
    ("13(a)(31) Marijuana; Possession of Small Amount", "M"),
    ("5505 Public Drunkenness", "S"),
    ("5503 Disorderly Conduct.", "S"),
    ("3503(b)(1) Defiant Trespass", "M3"),
    ("5902(a) Prostitution", "M3"),
)
SERIOUS = (
    ("2701 Simple Assault.", "M2"),
    ("3802 Driving Under Influence of Alcohol or Controlled Substance", "M"),
    ("13(a)(30) Possession With Intent to Deliver", "F"),
    ("3502 Burglary.", "F2"),
)
WARRANT = ("9501 Bench Warrant", None)
ZONES = (("1", 0.34), ("2", 0.46), ("3", 0.08), ("5", 0.12))
DOORS = (("arrest_diversion", 0.66), ("social_contact", 0.2), ("community", 0.08), ("crisis_response", 0.06))


def county(seed: int, last_day: date, people: int = 460, referred: int = 220) -> County:
    """`people` with an arrest history, `referred` of them through one of the three doors in the last year."""
    random = Random(seed)
    stories = []
    for number in range(people):
        person = invent(number, random, last_day)
        story = _referred(person, random, last_day) if number < referred else _never_referred(person, random, last_day)
        stories.append(story)
    return County(seed, last_day, tuple(stories))


def _never_referred(person: Person, random: Random, last_day: date) -> Story:
    first = last_day - timedelta(days=HISTORY_DAYS + 364)
    rate = random.gammavariate(1.0, 0.9)
    return Story(
        person, tuple(_arrests(person, random, first, last_day, rate) or [_arrest(person, random, last_day, 9)])
    )


def _referred(person: Person, random: Random, last_day: date) -> Story:
    # Evenly over the year: half of the people were then followed for half a year.
    day = last_day - timedelta(days=random.randint(0, 364))
    first = last_day - timedelta(days=HISTORY_DAYS + 364)
    rate = 0.5 + random.gammavariate(1.2, 1.0)
    before = _arrests(person, random, first, day - timedelta(days=1), rate)
    referral = _referral(person, random, day, last_day)
    # Some lives calm down after an intake; others go on as before.
    calmer = 0.45 if referral.intake and random.random() < 0.6 else 1.0
    after = _arrests(person, random, day + timedelta(days=1), last_day, rate * calmer)
    arrests = [*before, *after]
    if referral.case_no:
        diverted = referral.offer == "accepted"
        arrests.append(
            Arrest(
                case_no=referral.case_no,
                at=referral.at,
                zone=referral.zone,
                charges=referral.charges,
                disposition="diverted" if diverted else "offered_declined",
                offered=True,
            )
        )
    return Story(person, tuple(sorted(arrests, key=lambda a: a.at)), referral)


def _referral(person: Person, random: Random, day: date, last_day: date) -> Referral:
    pathway = _pick(random, DOORS)
    at = _moment(random, day)
    arrest_door = pathway == "arrest_diversion"
    serious = arrest_door and random.random() < 0.07
    charges: tuple[Charged, ...] = (random.choice(SERIOUS if serious else DIVERTIBLE),) if arrest_door else ()
    declined = arrest_door and random.random() < 0.04
    retail = any("Theft" in text for text, _ in charges)
    referral = Referral(
        case_no=f"SIM-{day:%y%m}-{person.number:04d}" if arrest_door else None,
        pathway=pathway,
        at=at,
        zone=_pick(random, ZONES) if random.random() < 0.25 else random.choice("122"),
        charges=charges,
        offer="declined" if declined else "accepted",
        complainant=random.choices(("agrees", "unknown", "declines"), (0.85, 0.1, 0.05))[0] if retail else "none",
    )
    if declined or serious or random.random() < 0.16:
        return replace(referral, outreach=_tries(random, at, last_day, random.randint(1, 4)))
    wait = random.choices((random.randint(0, 2), random.randint(3, 20), random.randint(21, 30), random.randint(31, 45)),
                          (0.3, 0.5, 0.12, 0.08))[0]  # fmt: skip
    met = day + timedelta(days=wait)
    if met > last_day:
        return replace(referral, outreach=_tries(random, at, last_day, random.randint(0, 2)))
    minutes = random.randint(35, 110)
    start = max(_moment(random, met, 9, 16), at + timedelta(minutes=20))
    intake = Intake(
        part1_at=start,
        completed_at=start + timedelta(minutes=minutes),
        minutes=minutes,
        shares=tuple(c for c in ("police", "prosecutor", "provider", "evaluation") if random.random() < 0.6),
        goal=random.choice(GOALS),
        housing=random.choices(("outside", "shelter", "with_others", "own_place"), (0.3, 0.2, 0.3, 0.2))[0],
    )
    outreach = _tries(random, at, min(met, last_day), min(wait // 6, 3))
    return replace(
        referral, outreach=outreach, intake=intake, contacts=_contacts(random, intake.completed_at, last_day)
    )


MOST_CONTACTS = 30

GOALS = (
    "A door that locks", "See my daughter on Sundays", "Get my ID back", "Work with my hands again",
    "Sleep through the night", "Finish the welding class", "Stop carrying everything I own",
)  # fmt: skip


def _contacts(random: Random, start: datetime, last_day: date) -> tuple[Contact, ...]:
    out: list[Contact] = []
    at = start
    gap = random.choice((8, 12, 16, 24))
    # One in seven is lost from sight somewhere on the way.
    lost_after = random.randint(2, 9) if random.random() < 0.15 else MOST_CONTACTS
    while len(out) < lost_after:
        at = _moment(random, (at + timedelta(days=max(1, random.expovariate(1 / gap)))).astimezone(ZONE).date(), 8, 18)
        if at.astimezone(ZONE).date() > last_day:
            break
        reached = random.random() < 0.72
        mode = random.choices(("street", "office", "home", "phone", "text", "court", "hospital", "jail"),
                              (28, 18, 12, 22, 8, 6, 3, 3))[0]  # fmt: skip
        out.append(Contact(at, mode, "reached" if reached else "attempted", random.randint(10, 70) if reached else 5))
    return tuple(out)


def _tries(random: Random, start: datetime, last_day: date, count: int) -> tuple[Contact, ...]:
    out = []
    for offset in (1, 2, 4, 7)[:count]:
        day = start.astimezone(ZONE).date() + timedelta(days=offset)
        if day <= last_day:
            out.append(Contact(_moment(random, day, 9, 17), random.choice(("street", "phone", "text")), "attempted", 5))
    return tuple(out)


def _arrests(person: Person, random: Random, first: date, last: date, per_year: float) -> list[Arrest]:
    out: list[Arrest] = []
    day = first
    while per_year > 0:
        day += timedelta(days=max(1, round(random.expovariate(per_year / 365))))
        if day > last:
            break
        out.append(_arrest(person, random, day, len(out)))
    return out


def _arrest(person: Person, random: Random, day: date, n: int) -> Arrest:
    kind = random.random()
    if kind < 0.14:
        charges: tuple[Charged, ...] = (WARRANT,)
    elif kind < 0.36:
        charges = (random.choice(SERIOUS),)
    else:
        charges = tuple(dict.fromkeys(random.choices(DIVERTIBLE, k=random.choice((1, 1, 1, 2)))))
    return Arrest(f"SIM-{day:%y%m%d}-{person.number:04d}-{n}", _moment(random, day), random.choice("123456"), charges)


def _moment(random: Random, day: date, first_hour: int = 0, last_hour: int = 23) -> datetime:
    clock = time(random.randint(first_hour, last_hour), random.randint(0, 59))
    return datetime.combine(day, clock, ZONE).astimezone(UTC)


def _pick(random: Random, shares: tuple[tuple[str, float], ...]) -> str:
    return random.choices([name for name, _ in shares], [share for _, share in shares])[0]
