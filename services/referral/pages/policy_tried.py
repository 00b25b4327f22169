"""What a change would have meant for the arrests of a period: the tables of a trial."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from services.referral.domain import simulation
from services.referral.domain.crosswalk_changes import CrosswalkChange
from services.referral.domain.policy import Policy
from services.referral.domain.policy_changes import Change, RulesChange
from services.referral.store.crosswalk import crosswalk_on
from services.referral.store.simulating import Simulation, simulate
from shared.web import Desk

YEAR: Final = timedelta(days=365)


async def tried(desk: Desk, rules: Policy, after: Policy, change: Change, since: date, until: date) -> dict[str, Any]:
    """The simulation's tables; only charges can change an arrest's answer."""
    values: dict[str, Any] = {"since": since, "until": until, "tried": None, "by_text": False}
    if not touches_charges(change):
        return values
    values["by_text"] = isinstance(change, CrosswalkChange)
    found = await simulate(
        desk.tx,
        rules.on(change.from_).charge_rules,
        after.on(change.from_).charge_rules,
        midnight(rules, since),
        midnight(rules, until + timedelta(days=1)),
        (crosswalk_on(rules, change.from_), crosswalk_on(after, change.from_)),
    )
    desk.saw([], classes="PSE", fields=["divertible", "race", "municipality"])
    values["tried"] = _tables(found)
    return values


def touches_charges(change: Change) -> bool:
    """Whether a change can alter what is presumed of a charge; rows that are only confirmed alter nothing."""
    if isinstance(change, CrosswalkChange):
        return any(row.act != "confirm" for row in change.rows)
    return isinstance(change, RulesChange) and change.charge_rules is not None


def period(desk: Desk, since: str, until: str) -> tuple[date, date]:
    """The days asked for; the last year where they are missing or cannot be read."""
    try:
        first, last = sorted((date.fromisoformat(since), date.fromisoformat(until)))
    except ValueError:
        return desk.today - YEAR, desk.today
    # No arrest lies in the future, and the calendar ends: a day behind its last is none.
    return min(first, desk.today), min(last, desk.today)


def midnight(rules: Policy, day: date) -> datetime:
    return datetime.combine(day, time(), rules.zone)


def _tables(found: Simulation) -> dict[str, Any]:
    return {
        "total": simulation.total(found.cells),
        "races": simulation.by_race(found.cells),
        "places": [line for line in simulation.by_municipality(found.cells) if line.moved],
        "moved": found.moved,
    }
