"""`python -m deploy.simulator`: a year of a fictional county, into a running system in demo mode."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import date, datetime, timedelta

from deploy.simulator.desks import DeskError
from deploy.simulator.memory import Memory
from deploy.simulator.play import Player
from deploy.simulator.year import ZONE, county
from shared.runtime.settings import SERVICES, load


def main() -> int:
    options = _options()
    settings = load("referral")
    memory = Memory.load(settings.home / "simulator" / f"{options.seed}.json")
    if memory.complete:
        _say("the fictional year is already there")
        return 0
    memory.last_day = options.last_day or memory.last_day or yesterday(datetime.now(ZONE))
    memory.save()
    year = county(options.seed, memory.last_day, options.people, options.referred)
    player = Player(year, settings.public_urls, settings.operator_token, memory, _say)
    services = [name for name in options.only or SERVICES if name not in options.without]
    try:
        asyncio.run(player.play(services))
    except (DeskError, ExceptionGroup) as error:
        for one in getattr(error, "exceptions", [error]):
            _say(f"stopped: {one}")
        return 1
    memory.complete = not options.only and not options.without
    memory.save()
    _say("the fictional year is entered")
    return 0


def yesterday(now: datetime) -> date:
    """The county's civil day before today's: a machine may be ahead of it, and the county's evening yet to come."""
    return now.astimezone(ZONE).date() - timedelta(days=1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.simulator", description=__doc__)
    parser.add_argument("--seed", type=int, default=7, help="the same seed and last day give the same year")
    parser.add_argument("--last-day", type=date.fromisoformat, help="by default the county's yesterday")
    parser.add_argument("--people", type=int, default=460, help="people with an arrest")
    parser.add_argument("--referred", type=int, default=220, help="of them, through one of the three doors")
    parser.add_argument("--only", action="append", choices=SERVICES, help="enter only this service's people's entries")
    parser.add_argument("--without", action="append", default=[], choices=SERVICES, help="leave these out")
    return parser.parse_args()


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
