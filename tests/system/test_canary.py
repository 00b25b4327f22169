"""No name typed at the police end may be found in clear anywhere: topics, logs, metrics, tables."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.system.county import SERVICES, County

pytestmark = pytest.mark.integration
TEXT_FIELDS = ("last", "first", "middle", "preferred_name", "sid", "otn", "phone", "address", "place", "charge", "case")


def canaries(tag: str) -> dict[str, str]:
    """A word per text field that can occur nowhere by chance."""
    return {field: f"Zq{tag}{field.title().replace('_', '')}{uuid4().hex[:8]}" for field in TEXT_FIELDS}


def record(words: dict[str, str], **changes: Any) -> dict[str, Any]:
    return {
        "ori": "PAPPD0000",
        "source_record_id": f"canary-{uuid4().hex[:12]}",
        "case_no": words["case"],
        "occurred_at": "2026-11-20T15:00:00-05:00",
        "place": {"text": words["place"], "municipality": "Pittsburgh", "zone": "2"},
        "person": {
            "last": words["last"],
            "first": words["first"],
            "middle": words["middle"],
            "preferred_name": words["preferred_name"],
            "birth_date": "1990-05-05",
            "sid": words["sid"],
            "otn": words["otn"],
            "phones": [words["phone"]],
            "addresses": [words["address"]],
        },
        "charges": [{"text": f"3929 Retail Theft. {words['charge']}"}],
        "pathway": "arrest_diversion",
        "counterfactual": "arrest",
        "offer": "accepted",
        "complainant": "agrees",
        **changes,
    }


@pytest.fixture(scope="module")
def typed(county: County) -> list[str]:
    """Canaries of an accepted referral, of one found ineligible, of one refused, and of a named arrest."""
    accepted, ineligible, refused, arrested = (canaries(tag) for tag in ("Ok", "No", "Bad", "Arr"))
    with county.operator() as http:
        answer = http.post("/api/referrals", json=[record(accepted)])
        assert answer.status_code == 202, answer.text
        answer = http.post(
            "/api/referrals", json=[record(ineligible, charges=[{"text": f"2701 {ineligible['charge']}"}])]
        )
        assert answer.status_code == 202, answer.text
        answer = http.post("/api/referrals", json=[record(refused, occurred_at=refused["case"])])
        assert answer.status_code == 422
        assert not [word for word in refused.values() if word in answer.text]
        body = record(arrested)
        for name in ("pathway", "counterfactual", "offer", "complainant", "occurred_at"):
            body.pop(name)
        body["person"].pop("preferred_name")
        body.update(arrested_at="2026-11-20T15:00:00-05:00", time_precision="minute", action="record",
                    arrest_type="on_view", disposition="arrested")  # fmt: skip
        answer = http.post("/api/arrests", json=[body])
        assert answer.status_code == 202, answer.text
    arrived(county)
    return [word for words in (accepted, ineligible, refused, arrested) for word in words.values()]


def arrived(county: County) -> None:
    """Block until the canaries' own events are on Kafka and consumed: the profile and the arrest."""
    for topic in ("person-profile", "referral-created", "arrest-recorded"):
        county.lead("consume", topic, "--from-beginning", "--max", "1", "--idle-exit", "20")


def forms(word: str) -> Iterator[bytes]:
    yield word.encode()
    yield word.lower().encode()
    yield word.upper().encode()
    yield word.encode().hex().encode()
    yield base64.b64encode(word.encode()).rstrip(b"=")[:-1]


def found_in(data: bytes, words: list[str]) -> list[str]:
    return [word for word in words if any(form in data for form in forms(word))]


def test_the_search_finds_a_word_that_is_there() -> None:
    """A search that cannot find would pass everywhere."""
    assert found_in(b"... ZqOkLast1 ...", ["ZqOkLast1"])
    assert found_in(b"\\x" + b"ZqOkLast1".hex().encode(), ["ZqOkLast1"])


def test_no_log_and_no_segment_of_the_broker_holds_one(county: County, typed: list[str]) -> None:
    files = [path for path in county.home.rglob("*") if path.is_file() and "postgres" not in path.parts]
    assert any(path.suffix == ".log" and "arrest-recorded" in str(path.parent) for path in files)
    leaks = {str(path.relative_to(county.home)): found_in(path.read_bytes(), typed) for path in files}
    assert {path: words for path, words in leaks.items() if words} == {}


def test_no_metric_and_no_health_page_holds_one(county: County, typed: list[str]) -> None:
    for service in SERVICES:
        for path in ("/metrics", "/health/ready"):
            assert found_in(httpx.get(county.url(service, path)).content, typed) == []


def test_no_table_holds_one(county: County, typed: list[str]) -> None:
    leaks = {name: found_in(data, typed) for name, data in asyncio.run(tables(county.home)).items()}
    assert any("own." in name for name in leaks)
    assert {name: words for name, words in leaks.items() if words} == {}


async def tables(home: Path) -> dict[str, bytes]:
    """Every table of every database as text, read by the server's own administrator."""
    from deploy.local.postgres import connect

    url = (home / "postgres.url").read_text().strip()
    password = (home / "secrets" / "admin" / "postgres-password").read_text().strip()
    out: dict[str, bytes] = {}
    for service in SERVICES:
        connection: asyncpg.Connection = await connect(url, password, database=f"lead_{service}")
        try:
            names = await connection.fetch(
                "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('own', 'copied')"
            )
            for (name,) in names:
                rows = await connection.fetch(f"select t::text from {name} t")
                out[f"{service}: {name}"] = "\n".join(row[0] for row in rows).encode()
        finally:
            await connection.close()
    return out
