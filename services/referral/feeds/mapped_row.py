"""One row of a mapped source -> a canonical arrest: the values of its columns, read field by field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from services.referral.domain.arrest import MANY_ARRESTS, CanonicalArrest
from services.referral.feeds import moments
from services.referral.feeds.adapter import Terms
from services.referral.feeds.code_words import KNOWN, UNKNOWN, read_code
from services.referral.feeds.mapped_charge import charge_of, words
from services.referral.feeds.mapped_values import Found, read_age, read_clock, read_coordinate, read_counts
from services.referral.feeds.mapping import SEVERAL, Mapping
from services.referral.feeds.moments import read_day, read_moment
from services.referral.feeds.record_key import BadCell, RecordKey

_LISTS: Final = {"phone": "phones", "address": "addresses"}
_DAY_WORDS: Final = "expected a day such as 1/31/2024 or 2024-01-31"


Read = tuple[CanonicalArrest, tuple[str, ...]] | BadCell
"""The arrest of a row with its warnings, or the cell for which there is none."""
_REMEMBERED: Final = 1024
_Read = Callable[[Found, str | None, str], Any]


_READERS: Final[dict[str, _Read]] = {
    "arrest_time": read_clock,
    "person.age": read_age,
    "charge.counts": read_counts,
    "place.x": read_coordinate,
    "place.y": read_coordinate,
}


def _code_reader(target: str, codes: dict[str, str] | None) -> _Read:
    """Reads the codes of a field, remembering what each text meant: there are few."""
    known: dict[str, str] = {}

    def read(found: Found, name: str | None, text: str) -> str | None:
        code = known.get(text) or read_code(target, text, codes)
        if code is not None:
            if len(known) < _REMEMBERED:
                known[text] = code
            return code
        if target not in UNKNOWN:
            raise BadCell(name, "E_CODE", f"expected one of {', '.join(sorted(KNOWN[target]))}")
        found.warnings.append("W_CODE")
        return UNKNOWN[target]

    return read


class MappedRows:
    """Reads rows by one mapping. `names` are the columns in the order of the texts that `arrests` is given.

    `parts_of_key` tells how many of the key's columns must hold something: all, if None.
    """

    def __init__(
        self, mapping: Mapping, terms: Terms, names: Sequence[str], *, parts_of_key: int | None = None
    ) -> None:
        self._zone: ZoneInfo = terms.timezone
        self._ori = terms.ori
        self._key = RecordKey(mapping.key, names, parts_of_key)
        self._column: dict[str, str] = {target: name for name, target in mapping.columns.items()}
        self._patterns = {name: tuple(patterns) for name, patterns in mapping.dates.items()}
        self._read: list[tuple[int, str, str, str, _Read]] = []
        # Taken as they are, by the part of the record: (place of the text, field).
        self._plain: dict[str, list[tuple[int, str]]] = {"": [], "place": [], "person": [], "charge": []}
        for name, target in mapping.columns.items():
            part, _, last = target.rpartition(".")
            read = self._reader(target, mapping.codes.get(name))
            if read:
                self._read.append((names.index(name), name, part, last, read))
            else:
                self._plain[part].append((names.index(name), last))
        self._lists = bool(SEVERAL & set(mapping.columns.values()))
        self._constants = [
            (None, value, *target.rpartition(".")[::2], self._reader(target, None))
            for target, value in mapping.constants.items()
        ]

    def arrests(self, rows: Sequence[Sequence[str]]) -> list[Read]:
        """For each row, texts stripped: its arrest with its warnings, or the cell for which there is none."""
        said: list[dict[str, Any]] = []
        found: list[tuple[str, ...] | BadCell] = []
        for texts in rows:
            try:
                top, warnings = self._said(texts)
            except BadCell as bad:
                found.append(bad)
            else:
                said.append(top)
                found.append(warnings)
        valid = iter(self._all_valid(said))
        return [one if isinstance(one, BadCell) else _with(next(valid), one) for one in found]

    def _all_valid(self, said: list[dict[str, Any]]) -> list[CanonicalArrest | BadCell]:
        try:
            return [*MANY_ARRESTS.validate_python(said)]
        except ValidationError:
            return [self._valid(top) for top in said]

    def _said(self, texts: Sequence[str]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """What a row says, as the model takes it, and its warnings. Raises BadCell."""
        key = self._key.of(texts)
        parts = {
            part: {last: text for place, last in plain if (text := texts[place])} for part, plain in self._plain.items()
        }
        found = Found(parts[""], parts["place"], parts["person"], parts["charge"])
        for _, value, part, last, read in self._constants:
            parts[part].setdefault(last, read(found, None, value) if read else value)
        for place, name, part, last, take in self._read:
            text = texts[place]
            if text:
                parts[part][last] = take(found, name, text)
        if self._lists:
            self._name_lists(found.person)
        self._moment(found)
        self._person(found)
        self._place(found)
        if found.charge:
            found.top["charges"] = [charge_of(found.charge)]
        if not words(found.charge) and found.top.get("action") != "void":
            raise BadCell(self._columns_of("charge.")[0], "E_NO_CHARGE", "expected the charge")
        found.top.setdefault("ori", self._ori)
        top = {**found.top, "source_record_id": key, "place": found.place, "person": found.person}
        return top, tuple(found.warnings)

    @staticmethod
    def _name_lists(person: dict[str, Any]) -> None:
        for one, several in _LISTS.items():
            if one in person:
                person[several] = person.pop(one)

    def _reader(self, target: str, codes: dict[str, str] | None) -> _Read | None:
        """What reads the texts of a field; None where they are taken as they are."""
        if target in KNOWN:
            return _code_reader(target, codes)
        if target in SEVERAL:
            return partial(self._several, target.rpartition(".")[2])
        if target in ("arrested_at", "filed_at"):
            return self._at
        if target in ("arrest_date", "person.birth_date"):
            return self._day
        return _READERS.get(target)

    def _several(self, last: str, found: Found, name: str | None, text: str) -> list[str]:
        return [*found.person.get(last, []), text]

    def _at(self, found: Found, name: str | None, text: str) -> datetime:
        read = read_moment(text, self._patterns.get(name or "", moments.MOMENTS))
        if read is None:
            raise BadCell(name, "E_DATE", "expected a day and time as the mapping says, or such as 2024-01-31T14:30")
        at, timed = read
        if name == self._column.get("arrested_at"):
            found.top["time_precision"] = "minute" if timed else "day"
        return at if at.tzinfo else at.replace(tzinfo=self._zone)

    def _day(self, found: Found, name: str | None, text: str) -> date:
        day = read_day(text, self._patterns.get(name or "", moments.DAYS))
        if day is None:
            raise BadCell(name, "E_DATE", _DAY_WORDS)
        return day

    def _moment(self, found: Found) -> None:
        top = found.top
        day, at = top.pop("arrest_date", None), top.pop("arrest_time", None)
        if day is not None:
            top["arrested_at"] = datetime.combine(day, at or time(), self._zone)
            top["time_precision"] = "minute" if at else "day"
        if "arrested_at" not in top:
            column = self._column.get("arrested_at") or self._column.get("arrest_date")
            raise BadCell(column, "E_DATE", "expected when it happened")

    def _person(self, found: Found) -> None:
        born = found.person.get("birth_date")
        if born and born > found.top["arrested_at"].date():
            raise BadCell(self._column.get("person.birth_date"), "E_DATE", "expected a birth before the arrest")
        if not found.person and found.top.get("action") != "void":
            column = self._columns_of("person.")[0]
            raise BadCell(column, "E_NO_SUBJECT", "expected something of the person: a name, a birth date, an age")

    def _place(self, found: Found) -> None:
        if (found.place.get("x"), found.place.get("y")) == (0.0, 0.0):
            found.warnings.append("W_GEO_ZERO")
            found.place.update(x=None, y=None)

    def _columns_of(self, start: str) -> list[str]:
        return [name for target, name in self._column.items() if target.startswith(start)]

    def _valid(self, top: dict[str, Any]) -> CanonicalArrest | BadCell:
        try:
            return CanonicalArrest.model_validate(top)
        except ValidationError as error:
            fault = error.errors(include_input=False, include_url=False)[0]
        steps = [str(step) for step in fault["loc"] if not isinstance(step, int)]
        target = (
            ".".join(steps).replace("charges.", "charge.").replace("phones", "phone").replace("addresses", "address")
        )
        column = self._column.get(target)
        if target == "charge.text":
            # A statute too long for its field was taken as text.
            column = column or self._column.get("charge.section")
        if target == "ori":
            return BadCell(
                column, "E_ORI", "expected an agency such as PA0020000: two letters and seven letters or digits"
            )
        if fault["type"] == "string_too_long":
            return BadCell(column, "E_LENGTH", f"expected at most {fault['ctx']['max_length']} characters")
        return BadCell(column, "E_CODE", "expected another form of value")


def _with(arrest: CanonicalArrest | BadCell, warnings: tuple[str, ...]) -> Read:
    return arrest if isinstance(arrest, BadCell) else (arrest, warnings)
