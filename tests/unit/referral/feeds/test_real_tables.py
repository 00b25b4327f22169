"""The real files of the design's table of expected results: every count of the tabular ones."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Any, Final

import pytest

from services.referral.domain.arrest import classify_charges
from services.referral.domain.divertible import divertible, warrant_only
from services.referral.domain.statutes import read_court_statute, repair, split_offences
from services.referral.feeds.adapter import Item, Reading, Record, StructuralFault, Terms
from services.referral.feeds.formats import FORMATS
from services.referral.feeds.moments import read_moment
from services.referral.store.crosswalk import seed_classifier
from tests.shared_data import shared_data
from tests.unit.referral.feeds.feed_files import NEW_YORK, ORI, fault_of, read, records, rejects

pytestmark = pytest.mark.slow

ARRESTS: Final = "wprdc/wprdc_arrests_2019.csv"
CITATIONS: Final = "wprdc/wprdc_non_traffic_citations.csv"
BALTIMORE: Final[dict[str, Any]] = {
    "rows": "/features",
    "row": "/attributes",
    "key": ["ArrestNumber"],
    "columns": {
        "Age": "person.age", "Gender": "person.sex", "Race": "person.race", "ArrestDateTime": "arrested_at",
        "IncidentLocation": "place.text", "District": "place.zone", "Charge": "charge.section",
        "ChargeDescription": "charge.description",
    },
    "dates": {"ArrestDateTime": ["epoch_ms"]},
}  # fmt: skip


def content(name: str) -> bytes:
    return shared_data(name).read_bytes()


def cells(name: str) -> list[dict[str, str]]:
    with shared_data(name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def twins(found: list[Record]) -> tuple[int, int]:
    """(rows, groups) alike but for their number."""
    groups = [count for count in Counter(item.twin for item in found).values() if count > 1]
    return sum(groups), len(groups)


def test_the_arrests_of_2019() -> None:
    items, reading = read("wprdc_arrests", content(ARRESTS))
    found = records(items)
    assert len(items) == len(found) == 8061
    assert reading.file_warnings == ()
    warnings = Counter(code for item in found for code in item.warnings)
    assert warnings == {"W_COURT_BLOCK": 2019, "W_GEO_ZERO": 1137}
    assert twins(found) == (123, 58)
    cases = Counter(item.record.case_no for item in found)
    several = [count for count in cases.values() if count > 1]
    assert (len(cases), len(several), sum(several), max(several)) == (6786, 1007, 2282, 9)
    zones = Counter(item.record.place.zone for item in found)
    assert zones == {"1": 1906, "2": 1300, "3": 1517, "4": 868, "5": 1633, "6": 776, "OSC": 51, None: 10}
    assert sum(1 for item in found if item.record.person.age is not None and item.record.person.age < 18) == 421
    assert {item.record.time_precision for item in found} == {"day"}


def test_the_charges_of_2019_through_the_adapter() -> None:
    classifier = seed_classifier()
    found = records(read("wprdc_arrests", content(ARRESTS))[0])
    texts = [str(item.record.charges[0].text) for item in found]
    assert sum(len(text.split(" / ")) for text in texts) == 19181
    assert sum(len(split_offences(text)) for text in texts) == 19163
    charges = [classify_charges(item.record.charges, classifier) for item in found]
    assert sum(map(len, charges)) == 19163
    assert sum(1 for several in charges for charge in several if charge.category != "none") == 18562
    assert Counter(map(divertible, charges)) == {"yes": 1605, "review": 1008, "no": 5448}
    assert sum(map(warrant_only, charges)) == 916


def test_the_citations() -> None:
    classifier = seed_classifier()
    found = records(read("wprdc_citations", content(CITATIONS))[0])
    assert len(found) == 16295
    charges = [classify_charges(item.record.charges, classifier) for item in found]
    assert sum(map(len, charges)) == 16295
    assert Counter(map(divertible, charges)) == {"yes": 6996, "review": 9250, "no": 49}
    assert sum("W_AGE" in item.warnings for item in found) == 31
    assert sum(item.record.person.age is None for item in found) == 31 + 72
    assert {item.record.disposition for item in found} == {"cited"}
    cited = {item.record.case_no for item in found}
    arrested = records(read("wprdc_arrests", content(ARRESTS))[0])
    both = cited & {item.record.case_no for item in arrested}
    assert len(both) == 73
    assert sum(item.record.case_no in both for item in found) == 117
    assert sum(item.record.case_no in both for item in arrested) == 86


def test_the_blotter_has_no_arrestee() -> None:
    name = "wprdc/wprdc_blotter_30day_2023-11.csv"
    fault = fault_of("wprdc_arrests", content(name))
    assert fault is not None
    assert (fault.code, fault.line) == ("E_HEADER", 1)
    rows = cells(name)
    assert len(rows) == 1714
    assert sum(len(row["OFFENSES"].split(" / ")) for row in rows) == 2593
    assert sum(row["PK"].startswith("-") for row in rows) == 64


@pytest.mark.parametrize(
    ("format", "name", "rows", "short", "of"),
    [
        ("wprdc_arrests", "truncated_arrest_data_2023-08-17.csv", 5, 9, 17),
        ("wprdc_citations", "truncated_non_traffic_citations_2023-08-17.csv", 6, 7, 16),
    ],
)
def test_files_cut_in_the_middle_are_refused(format: str, name: str, rows: int, short: int, of: int) -> None:

    items: list[Item] = []
    with pytest.raises(StructuralFault) as fault:
        items.extend(FORMATS[format].parse(io.BytesIO(content(f"wprdc/{name}")), Terms(ORI, NEW_YORK), Reading()))
    (reject,) = rejects(items)
    assert (reject.line, reject.code, reject.reason) == (rows, "E_COLUMNS", f"{short} of {of} columns")
    assert (fault.value.code, fault.value.line) == ("E_TRUNCATED", rows + 1)
    assert len(items) + 1 == rows


def test_carrollton_says_when_and_what_but_not_who() -> None:
    name = "other_agencies/carrollton_ga_pd_2017.csv"
    rows = cells(name)
    assert len(rows) == 664
    pattern = ("%m/%d/%Y, %I:%M:%S %p",)
    assert all(read_moment(row["date"], pattern) for row in rows)
    mapping = {
        "key": ["ccn"],
        "columns": {"date": "arrested_at", "incidentType": "charge.text", "arrestee": "person.last"},
        "dates": {"date": list(pattern)},
    }
    for format, its in (("mapped_csv", mapping), ("lead_csv", None), ("wprdc_arrests", None)):
        fault = fault_of(format, content(name), its)
        assert fault is not None
        assert fault.code == "E_HEADER"
    (missing,) = FORMATS["mapped_csv"].check_mapping(  # type: ignore[misc]
        {"key": ["ccn"], "columns": {"date": "arrested_at", "incidentType": "charge.text"}}
    )
    assert "arrestee" in missing[1]


def test_baltimores_capped_pages() -> None:
    known: dict[str, str] = {}
    found = []
    for day in ("07", "10"):
        items, reading = read(
            "mapped_json", content(f"other_agencies/baltimore_bpd_arrests_esri_2021-05-{day}.json"), BALTIMORE,
            "MDBPD0000",
        )  # fmt: skip
        assert len(items) == 1000
        assert reading.file_warnings == ("W_CAP",)
        outcome: Counter[str] = Counter(reject.code for reject in rejects(items))
        for item in records(items):
            key, digest = item.record.source_record_id, item.record.digest()
            outcome["duplicates" if known.get(key) == digest else "replaced" if key in known else "accepted"] += 1
            known[key] = digest
        found.append(outcome)
    assert found == [{"accepted": 983, "E_KEY": 17}, {"accepted": 830, "duplicates": 145, "E_KEY": 25}]


@pytest.mark.parametrize("format", ["lead_csv", "wprdc_arrests", "wprdc_citations"])
def test_the_list_of_rejected_submissions_is_no_table(format: str) -> None:
    raw = content("nibrs/flatfile/Test-EDS-1.txt")
    assert len(raw.splitlines()) == 43
    fault = fault_of(format, raw)
    assert fault is not None
    assert fault.code == "E_TYPE"


def test_statutes_before_and_after_their_repair() -> None:
    names = [row["statute_name"] for row in cells("pa_statutes/statutes.csv")]
    assert len(names) == 1061
    plain = [name for name in names if repair(name) == name]
    assert sum(read_court_statute(name) is not None for name in plain) == len(plain) == 1027
    assert all(read_court_statute(name) is not None for name in names)
