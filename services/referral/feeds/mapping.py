"""A mapping: which column of a source is which field of the canonical arrest, and how its values are read.

Registered with a source and versioned there; an error names the place in the mapping and what is expected.
Source: police feeds design, sections 2 and 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from services.referral.feeds.code_words import KNOWN
from services.referral.feeds.moments import pattern_fault

Target = Literal[
    "ori", "case_no", "action", "arrested_at", "arrest_date", "arrest_time", "arrest_type", "disposition", "offered",
    "custody", "filed_at", "place.text", "place.municipality", "place.zone", "place.x", "place.y", "person.last",
    "person.first", "person.middle", "person.suffix", "person.birth_date", "person.sid", "person.otn", "person.phone",
    "person.address", "person.sex", "person.race", "person.ethnicity", "person.age", "charge.text", "charge.title",
    "charge.section", "charge.description", "charge.grade", "charge.nibrs", "charge.counts",
]  # fmt: skip
"""A field of the canonical arrest; `arrest_date` and `arrest_time` make up `arrested_at` from two columns."""

TARGETS: Final[tuple[str, ...]] = get_args(Target)
SEVERAL: Final = frozenset({"person.phone", "person.address"})
"""Fields that several columns may give."""
MOMENTS: Final = frozenset({"arrested_at", "arrest_date", "filed_at", "person.birth_date"})
_CHARGE: Final = ("charge.text", "charge.section", "charge.description")
_NOT_CONSTANT: Final = frozenset(
    {"case_no", "action", "arrested_at", "arrest_date", "arrest_time", "filed_at", *_CHARGE}
    | {name for name in TARGETS if name.startswith("person.")}
)
Column = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Pointer = Annotated[str, StringConstraints(pattern=r"^(/[^/]+)*$", max_length=200)]


class Mapping(BaseModel):
    """What one version of a registration says of a source's columns. Unknown names are refused.

    `rows` and `row` are JSON pointers: to the array of rows, and inside one of them to its columns (Esri:
    `/features` and `/attributes`). `sheet` and `header_line` are for workbooks and CSV.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Annotated[list[Column], Field(min_length=1, max_length=5)]
    columns: Annotated[dict[Column, Target], Field(min_length=1, max_length=200)]
    constants: dict[Target, Annotated[str, StringConstraints(min_length=1, max_length=200)]] = {}
    dates: dict[Column, Annotated[list[str], Field(min_length=1, max_length=10)]] = {}
    codes: dict[Column, dict[str, str]] = {}
    rows: Pointer = ""
    row: Pointer = ""
    sheet: str | None = None
    header_line: Annotated[int, Field(ge=1, le=100)] = 1

    @property
    def names(self) -> list[str]:
        """Every column that is read, once."""
        return list(dict.fromkeys([*self.key, *self.columns]))

    @model_validator(mode="after")
    def _whole(self) -> Mapping:
        faults = [f"{place}\t{reason}" for place, reason in self._faults()]
        if faults:
            raise PydanticCustomError("mapping", "{faults}", {"faults": "\n".join(faults)})
        return self

    def _faults(self) -> Iterator[tuple[str, str]]:
        given = [*self.columns.values(), *self.constants]
        yield from self._missing()
        for target in dict.fromkeys(given):
            if given.count(target) > 1 and target not in SEVERAL:
                yield "columns", f"{target} is given twice"
        for column, patterns in self.dates.items():
            if self.columns.get(column) not in MOMENTS:
                yield f"dates.{column}", "expected a column of columns that is mapped to a date"
            for pattern in patterns:
                if reason := pattern_fault(pattern):
                    yield f"dates.{column}", reason
        for column, codes in self.codes.items():
            known = KNOWN.get(self.columns.get(column, ""))
            if known is None:
                yield f"codes.{column}", "expected a column of columns that is mapped to a field of codes"
            elif not known.issuperset(codes.values()):
                yield f"codes.{column}", f"expected values among {', '.join(sorted(known))}"
        for target, value in self.constants.items():
            if target in _NOT_CONSTANT:
                yield f"constants.{target}", "a record's own: it cannot be the same in every row"
            elif target in KNOWN and value not in KNOWN[target]:
                yield f"constants.{target}", f"expected one of {', '.join(sorted(KNOWN[target]))}"

    def _missing(self) -> Iterator[tuple[str, str]]:
        mapped = set(self.columns.values())
        if not mapped & {"arrested_at", "arrest_date"}:
            yield "columns", "one must be arrested_at, or arrest_date"
        if {"arrested_at", "arrest_date"} <= mapped:
            yield "columns", "arrested_at and arrest_date are two ways to say one thing: give one"
        if "arrest_time" in mapped and "arrest_date" not in mapped:
            yield "columns", "arrest_time needs arrest_date"
        if not mapped & set(_CHARGE):
            yield "columns", f"one must be {', '.join(_CHARGE[:2])} or {_CHARGE[2]}"
        if not any(target.startswith("person.") for target in mapped):
            yield "columns", "one must be of the person: without an arrestee there is no arrest"


class BadMapping(Exception):
    """A mapping that cannot be used: every fault as (field, reason)."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{field}: {reason}" for field, reason in faults))
        self.faults = faults


def read_mapping(given: Any) -> Mapping:
    """Raises BadMapping with every fault at once."""
    try:
        return Mapping.model_validate(given)
    except ValidationError as error:
        raise BadMapping(_in_words(error)) from None


def check_mapping(given: Any) -> list[tuple[str, str]]:
    """What is wrong with a mapping, as (field, reason); empty if nothing is."""
    if given is None:
        return [("mapping", "this format needs one: which column is which field")]
    try:
        read_mapping(given)
    except BadMapping as bad:
        return bad.faults
    return []


def _in_words(error: ValidationError) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for fault in error.errors(include_input=False, include_url=False):
        place = ".".join(["mapping", *(str(step) for step in fault["loc"] if step != "[key]")])
        if fault["type"] == "mapping":
            found += [_split(line) for line in fault["msg"].split("\n")]
        elif fault["type"] == "literal_error":
            found.append((place, f"expected one of {', '.join(TARGETS)}"))
        elif fault["type"] in {"too_short", "too_long"} and fault["loc"] == ("key",):
            found.append((place, "expected 1 to 5 columns that together name a record"))
        elif fault["type"] == "extra_forbidden":
            found.append((place, f"unknown: a mapping has {', '.join(Mapping.model_fields)}"))
        else:
            found.append((place, fault["msg"]))
    return found


def _split(line: str) -> tuple[str, str]:
    place, _, reason = line.partition("\t")
    return f"mapping.{place}", reason
