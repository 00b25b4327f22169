"""The form of a mapping: a line for each column of the file, from what is mapped now or guessed, and back again."""

from __future__ import annotations

from collections.abc import Mapping as Values
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import FormData

from services.referral.domain.column_guess import guess_fields, guess_key
from services.referral.feeds.code_words import KNOWN
from services.referral.feeds.mapping import MOMENTS
from services.referral.feeds.sampling import Column, shape

FIELDS: Final = [
    ("", "Not used"),
    ("arrested_at", "When: day and time"), ("arrest_date", "When: day"), ("arrest_time", "When: time"),
    ("case_no", "Case number"), ("person.last", "Last name"), ("person.first", "First name"),
    ("person.middle", "Middle name"), ("person.suffix", "Suffix"), ("person.birth_date", "Birth date"),
    ("person.age", "Age"), ("person.sex", "Sex"), ("person.race", "Race"), ("person.ethnicity", "Ethnicity"),
    ("person.sid", "State identification number"), ("person.otn", "Offense tracking number"),
    ("person.phone", "Telephone"), ("person.address", "Home address"), ("charge.text", "Charge: text"),
    ("charge.section", "Charge: statute"), ("charge.title", "Charge: title"),
    ("charge.description", "Charge: description"), ("charge.grade", "Charge: grade"),
    ("charge.counts", "Charge: counts"), ("charge.nibrs", "Charge: NIBRS code"), ("place.text", "Place of arrest"),
    ("place.municipality", "Municipality"), ("place.zone", "Zone or beat"), ("place.x", "Longitude"),
    ("place.y", "Latitude"), ("disposition", "What became of it"), ("offered", "LEAD offered"),
    ("arrest_type", "Kind of arrest"), ("custody", "Custody"), ("filed_at", "Charges filed"),
    ("ori", "Agency (ORI)"), ("action", "New or taken back"),
]  # fmt: skip
DATE_FORMS: Final = [
    ("", "1/31/2026 or 2026-01-31"), ("%d/%m/%Y", "31/1/2026"), ("%m-%d-%Y", "1-31-2026"),
    ("%Y%m%d", "20260131"), ("%d-%b-%Y", "31-Jan-2026"), ("%b %d %Y", "Jan 31 2026"),
    ("%m/%d/%Y %H:%M", "1/31/2026 14:30"), ("%m/%d/%Y %I:%M:%S %p", "1/31/2026 2:30:00 PM"),
    ("%Y%m%d%H%M", "202601311430"), ("epoch_s", "Seconds since 1970"), ("epoch_ms", "Milliseconds since 1970"),
]  # fmt: skip
OFTEN: Final = 3
"""A code that stands in so many rows is nobody's own, and shown also to who may not see rows."""


@dataclass(frozen=True)
class Line:
    """One column in the form. `codes`: its unknown values, with what each is said to be."""

    number: int
    name: str
    examples: list[str]
    field: str
    key: bool
    date: str
    codes: list[tuple[str, str]]

    @property
    def dated(self) -> bool:
        return self.field in MOMENTS

    @property
    def known(self) -> list[tuple[str, str]]:
        """The codes that its values may be read as."""
        return [("", "Unknown"), *((code, code) for code in sorted(KNOWN.get(self.field, ())))]


def lines_of(columns: Sequence[Column], given: Values[str, Any] | None, *, masked: bool) -> list[Line]:
    """The form's lines: as the mapping `given` says, or as the columns' names suggest."""
    names = [column.name for column in columns]
    given = given or {"columns": guess_fields(names), "key": guess_key(names)}
    dates, codes = given.get("dates", {}), given.get("codes", {})
    found = []
    for number, column in enumerate(columns):
        target = given["columns"].get(column.name, "")
        own = codes.get(column.name, {})
        found.append(
            Line(
                number,
                column.name,
                [shape(one) for one in column.examples] if masked else column.examples,
                target,
                column.name in given["key"],
                next(iter(dates.get(column.name, ())), ""),
                [(value, own.get(value, "")) for value in _codes(column, target, masked=masked)],
            )
        )
    return found


def mapping_of(
    form: FormData, columns: Sequence[Column], base: Values[str, Any] | None, *, masked: bool
) -> dict[str, Any]:
    """The mapping that a form says. What the form has no line for stays as `base` has it."""
    chosen = {n: str(form.get(f"field-{n}") or "") for n in range(len(columns))}
    dates, codes = {}, {}
    for number, column in enumerate(columns):
        target = chosen[number]
        if target in MOMENTS and (pattern := str(form.get(f"date-{number}") or "")):
            dates[column.name] = [pattern]
        kept = dict((base or {}).get("codes", {}).get(column.name, {})) if target in KNOWN else {}
        for place, value in enumerate(_codes(column, target, masked=masked)):
            code = str(form.get(f"code-{number}-{place}") or "")
            kept.pop(value, None)
            if code:
                kept[value] = code
        if kept:
            codes[column.name] = kept
    kept_as_it_is = {name: (base or {})[name] for name in ("constants", "rows", "row") if name in (base or {})}
    sheet = str(form.get("sheet") or "").strip()
    return {
        **kept_as_it_is,
        "key": [column.name for n, column in enumerate(columns) if form.get(f"key-{n}")],
        "columns": {column.name: chosen[n] for n, column in enumerate(columns) if chosen[n]},
        "dates": dates,
        "codes": codes,
        **({"sheet": sheet} if sheet else {}),
        "header_line": header_line_of(form.get("header_line")),
    }


def header_line_of(text: object) -> int:
    """The line with the columns' names; 1 where it is not said."""
    said = str(text or "")
    return int(said) if said.isdecimal() and len(said) < 4 and 1 <= int(said) <= 100 else 1


def _codes(column: Column, target: str, *, masked: bool) -> list[str]:
    strange = column.unknown(target)
    return [value for value in strange if column.values[value] >= OFTEN] if masked else strange
