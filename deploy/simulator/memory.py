"""What of a year was entered already: a file under LEAD_HOME, so that the year is entered once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import orjson


@dataclass
class Memory:
    """By the person's number: their referral, their id, and whether intake and casework are done with them."""

    path: Path
    referrals: dict[int, str] = field(default_factory=dict)
    people: dict[int, str] = field(default_factory=dict)
    ineligible: set[str] = field(default_factory=set)
    met: set[int] = field(default_factory=set)
    looked_after: set[int] = field(default_factory=set)
    complete: bool = False
    last_day: date | None = None
    """A year that was begun goes on as the same year, whatever day it is by then."""

    @classmethod
    def load(cls, path: Path) -> Memory:
        if not path.exists():
            return cls(path)
        held = orjson.loads(path.read_bytes())
        return cls(
            path,
            {int(k): v for k, v in held["referrals"].items()},
            {int(k): v for k, v in held["people"].items()},
            set(held["ineligible"]),
            set(held["met"]),
            set(held["looked_after"]),
            held["complete"],
            date.fromisoformat(held["last_day"]) if held.get("last_day") else None,
        )

    def save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        body = {
            "referrals": {str(k): v for k, v in self.referrals.items()},
            "people": {str(k): v for k, v in self.people.items()},
            "ineligible": sorted(self.ineligible),
            "met": sorted(self.met),
            "looked_after": sorted(self.looked_after),
            "complete": self.complete,
            "last_day": self.last_day and self.last_day.isoformat(),
        }
        draft = self.path.with_suffix(".draft")
        draft.write_bytes(orjson.dumps(body))
        draft.replace(self.path)
