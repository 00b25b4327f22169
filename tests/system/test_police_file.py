"""A real file of 8,061 arrests goes in at the police end and comes out on Kafka, each exactly once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.shared_data import shared_data
from tests.system.county import County

pytestmark = pytest.mark.integration
FILE = "wprdc/wprdc_arrests_2019.csv"


@pytest.fixture(scope="module")
def first(county: County) -> dict[str, Any]:
    county.lead("source", "add", "wprdc", "--agency", "PAPPD0000", "--format", "wprdc_arrests")
    return county.lead("ingest", "wprdc", str(shared_data(FILE)), "--wait")


def facts(county: County) -> list[dict[str, Any]]:
    """The facts of this file alone: other tests send arrests to the same county."""
    every = county.lead("consume", "arrest-recorded", "--from-beginning", "--idle-exit", "4")
    return [record for record in every if record["data"]["source"] == "wprdc"]


@pytest.fixture(scope="module")
def published(county: County, first: dict[str, Any]) -> list[dict[str, Any]]:
    return facts(county)


def test_every_row_is_accepted(first: dict[str, Any]) -> None:
    assert (first["status"], first["rows"], first["accepted"], first["rejected"]) == ("applied", 8061, 8061, 0)


def test_every_row_is_one_fact_with_its_charges_and_its_presumption(published: list[dict[str, Any]]) -> None:
    assert len(published) == 8061
    assert len({record["key"] for record in published}) == 8061
    assert sum(len(record["data"]["charges"]) for record in published) == 19163
    assert Counter(record["data"]["divertible"] for record in published) == {"yes": 1605, "review": 1008, "no": 5448}


def test_a_record_without_a_name_is_never_linked(published: list[dict[str, Any]]) -> None:
    assert not any(record["data"]["linkable"] for record in published)
    assert len({record["data"]["person_id"] for record in published}) == 8061


def test_the_same_bytes_are_the_same_batch_with_its_first_counts(county: County, first: dict[str, Any]) -> None:
    again = county.lead("ingest", "wprdc", str(shared_data(FILE)), "--wait")
    assert again == first


def test_columns_reversed_and_other_line_ends_are_8061_duplicates_and_no_event(
    county: County, first: dict[str, Any], published: list[dict[str, Any]], tmp_path: Path
) -> None:
    import csv

    with shared_data(FILE).open(encoding="utf-8-sig", newline="") as source:
        rows = [row[::-1] for row in csv.reader(source)]
    turned = tmp_path / "turned.csv"
    with turned.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\r\n").writerows(rows)
    batch = county.lead("ingest", "wprdc", str(turned), "--wait")
    assert (batch["rows"], batch["duplicates"], batch["accepted"], batch["replaced"]) == (8061, 8061, 0, 0)
    assert len(facts(county)) == len(published)


def test_replayed_it_is_8061_duplicates_and_no_event(
    county: County, first: dict[str, Any], published: list[dict[str, Any]]
) -> None:
    with county.operator() as http:
        answer = http.post(f"/api/batches/{first['batch_id']}/replay")
        assert answer.status_code == 202, answer.text
        linked = answer.json()["batch_id"]
        batch = _settled(http, linked)
    assert (batch["rows"], batch["duplicates"], batch["accepted"]) == (8061, 8061, 0)
    assert len(facts(county)) == len(published)


def _settled(http: Any, batch_id: str) -> dict[str, Any]:
    import time

    end = time.monotonic() + 60
    while time.monotonic() < end:
        batch: dict[str, Any] = http.get(f"/api/batches/{batch_id}").json()
        if batch["status"] in ("applied", "held", "refused"):
            return batch
        time.sleep(0.1)  # polls a condition, bounded above
    raise AssertionError("the batch did not settle in 60 s")


@pytest.mark.parametrize(
    ("file", "line", "code"),
    [
        ("wprdc/truncated_arrest_data_2023-08-17.csv", 5, "E_COLUMNS"),
        ("wprdc/truncated_non_traffic_citations_2023-08-17.csv", 6, "E_COLUMNS"),
    ],
)
def test_a_file_cut_in_mid_record_is_refused_whole_with_line_and_reason(
    county: County, published: list[dict[str, Any]], file: str, line: int, code: str
) -> None:
    if "citations" in file:
        county.lead("source", "add", "wprdc-citations", "--agency", "PAPPD0000", "--format", "wprdc_arrests")
    done = county.run("ingest", "wprdc", str(shared_data(file)), "--wait")
    assert done.returncode == 1
    assert "refused" in done.stdout
    assert code in done.stdout or "E_HEADER" in done.stdout
    if "arrest" in file:
        assert f'"line":{line}' in done.stdout.replace(" ", "")
    assert len(facts(county)) == len(published)
