"""The columns of a rejected row: which field each gives, what may be shown of it, what may stand in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from services.referral.domain.utilization import Sector, Unit
from services.referral.feeds import lead_csv
from services.referral.feeds.code_words import KNOWN
from services.referral.feeds.columns import plain
from services.referral.feeds.mapping import MOMENTS

_WPRDC: Final = {
    "AGE": "person.age", "GENDER": "person.sex", "RACE": "person.race", "ARRESTTIME": "arrested_at",
    "CITEDTIME": "arrested_at", "OFFENSES": "charge.text", "INCIDENTLOCATION": "place.text",
    "INCIDENTZONE": "place.zone", "ZONE": "place.zone", "X": "place.x", "Y": "place.y",
}  # fmt: skip
_USES: Final = {
    "last": "person.last", "first": "person.first", "dob": "person.birth_date", "sid": "person.sid", "ori": "ori",
    "sector": "sector", "from": "arrested_at", "to": "ended_at", "units": "units", "unit": "unit",
}  # fmt: skip
_OPTIONS: Final = {"sector": get_args(Sector), "unit": get_args(Unit)} | {
    target: tuple(sorted(codes)) for target, codes in KNOWN.items()
}
_SHOWN: Final = frozenset(
    {
        "arrested_at", "arrest_date", "arrest_time", "filed_at", "ended_at", "units", "ori", "person.age",
        "charge.title", "charge.section", "charge.grade", "charge.nibrs", "charge.counts", "place.zone",
        "place.municipality", *_OPTIONS,
    }
)  # fmt: skip
"""Fields that say nothing of who somebody is; of all others the shape is shown, until a row is opened."""


@dataclass(frozen=True)
class Columns:
    """The columns of a batch. `names` as its header has them; `targets` the field of each, "" for none."""

    names: tuple[str, ...]
    targets: tuple[str, ...]
    key: frozenset[int]
    """Places of the cells that make the record's number."""
    whole: tuple[int, ...] = ()
    """Places of the cells by which rows are one arrest; empty where one row is one record."""

    def place(self, column: str | None) -> int | None:
        """Where a column stands that a reject names."""
        if column is None:
            return None
        if column in self.names:
            return self.names.index(column)
        like = [place for place, name in enumerate(self.names) if plain(name) == plain(column)]
        return like[0] if like else None

    def place_of(self, *targets: str) -> int | None:
        """Where the first of these fields stands."""
        return next((self.targets.index(one) for one in targets if one in self.targets), None)

    def shown(self, place: int) -> bool:
        """Whether values of a column may be seen without opening their row."""
        return self.targets[place] in _SHOWN and place not in self.key

    def options(self, place: int) -> Sequence[str]:
        """The codes that a column takes; empty where it takes others."""
        return _OPTIONS.get(self.targets[place], ())

    def dated(self, place: int) -> bool:
        """Whether a day is expected in a column."""
        return self.targets[place] in MOMENTS or self.targets[place] == "ended_at"


def columns_of(format: str, names: Sequence[str], mapping: Mapping[str, Any] | None) -> Columns | None:
    """The columns of a batch of this format; None for formats whose rows are put right elsewhere."""
    if not names:
        return None
    if format == "mapped_csv" and mapping is not None:
        targets: Mapping[str, str] = mapping["columns"]
        key = frozenset(place for place, name in enumerate(names) if name in mapping["key"])
        return Columns(tuple(names), tuple(targets.get(name, "") for name in names), key)
    if format in ("wprdc_arrests", "wprdc_citations"):
        return _named(names, _WPRDC, ("PK",))
    if format == "utilization_csv":
        return _named([plain(name) for name in names], _USES, ("record_no",), names)
    if format == "lead_csv":
        found = [plain(name) for name in names]
        arrest = tuple(found.index(name) if name in found else -1 for name in ("ori", *lead_csv.TEMPLATE.key))
        return _named(found, lead_csv.COLUMNS, lead_csv.TEMPLATE.key, names, arrest)
    return None


def _named(
    found: Sequence[str],
    targets: Mapping[str, str],
    key: Sequence[str],
    names: Sequence[str] = (),
    whole: tuple[int, ...] = (),
) -> Columns:
    places = frozenset(place for place, name in enumerate(found) if name in key)
    return Columns(tuple(names or found), tuple(targets.get(name, "") for name in found), places, whole)
