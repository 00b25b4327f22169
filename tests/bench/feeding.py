"""What the police end takes in: rows parsed, a file to its last fact on Kafka, a replay, a large file, records by HTTP.

    python -m tests.bench.feeding [--megabytes 200] [--seconds 20]

A whole system runs for it: broker, database, all services. Every row is fictional. Bounds of the design: 20,000 rows a
second parsed and classified, 5 s from upload to the last fact of 8,061 rows, 2 s for their replay, 1,000 records a
second by HTTP; memory of the large file is told. Writes .local/reports/feeding.json.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
import psutil

from services.referral.domain.arrest import fact_body
from services.referral.feeds.adapter import Reading, Record, Terms
from services.referral.feeds.formats import FORMATS
from services.referral.feeds.side_by_side import side_by_side
from services.referral.store.crosswalk import seed_classifier
from shared.messaging.memory import calm_collector
from tests.bench.alone import REPORTS
from tests.bench.facts_of import Facts
from tests.system.county import County

ROWS: Final = 8061
TEXTS: Final = (
    "3929(a)(1) Retail Theft", "5503 Disorderly Conduct", "13(a)(16) Possession", "2701 Simple Assault",
    "5505 Public Drunkenness", "3503(b)(1) Defiant Trespass", "9501 Bench Warrant", "13(a)(32) Paraphernalia",
)  # fmt: skip
WPRDC: Final = "PK,CCR,AGE,GENDER,RACE,ARRESTTIME,OFFENSES,INCIDENTLOCATION,INCIDENTZONE,X,Y"
LEAD: Final = (
    "ori,case_no,arrest_no,arrest_date,arrest_time,last,first,dob,sex,race,ethnicity,statute,description,grade,"
    "location,municipality,zone,disposition,offered"
)
AT_MOST: Final = {"file_to_last_fact_s": 5.0, "replay_s": 2.0, "large_mib_above_idle": 64.0}
AT_LEAST: Final = {"wprdc_arrests_rows_per_s": 20_000.0, "lead_csv_rows_per_s": 20_000.0, "http_records_per_s": 1000.0}


def wprdc(rows: int, seed: int = 1) -> Iterator[str]:
    """Lines of a fictional file of arrests without names, with 1 to 4 charges each."""
    chance = random.Random(seed)
    yield WPRDC
    for n in range(rows):
        day = datetime(2024, 1, 1) + timedelta(minutes=chance.randrange(700_000))
        charges = " / ".join(chance.sample(TEXTS, chance.randint(1, 4)))
        age = chance.randint(18, 70)
        at = f"{day.month}/{day.day}/{day.year}"
        yield f"{seed}{n:07},C{n},{age},F,B,{at},{charges},{n} Example Street,2,-79.9,40.4"


def lead(rows: int, seed: int = 1) -> Iterator[str]:
    """Lines of our template: fictional people, one charge each."""
    chance = random.Random(seed)
    yield LEAD
    for n in range(rows):
        section, _, text = chance.choice(TEXTS).partition(" ")
        yield (
            f"PAPPD0000,C{seed}-{n},1,{chance.randint(1, 12)}/{chance.randint(1, 28)}/2024,10:{n % 60:02},Sampleton{n},"
            f"Marlow,1/{1 + n % 28}/1990,F,W,N,{section},{text},M2,{n} Example Street,Pittsburgh,2,arrested,no"
        )


def parsed(rows: int = 40_000) -> dict[str, float]:
    """Rows a second, parsed and every charge classified, in one process; the formats by turns, the median of three."""
    calm_collector()  # as the service does
    files = {"wprdc_arrests": wprdc, "lead_csv": lead}
    content = {name: "\n".join([*make(rows), ""]).encode() for name, make in files.items()}
    taken: dict[str, list[float]] = {name: [] for name in files}
    for _ in range(3):
        for name, text in content.items():
            classifier, now = seed_classifier(), datetime.now(UTC)
            began, seen = time.perf_counter(), 0
            terms = Terms("PAPPD0000", ZoneInfo("America/New_York"))
            for items in side_by_side(FORMATS[name].parse(io.BytesIO(text), terms, Reading())):
                for item in items:
                    assert isinstance(item, Record)
                    seen += 1
                    fact_body(
                        item.record,
                        classifier,
                        source="bench",
                        ori="PAPPD0000",
                        municipality=None,
                        case_key=None,
                        received_at=now,
                    )
            taken[name].append(seen / (time.perf_counter() - began))
    return {f"{name}_rows_per_s": round(sorted(rates)[1]) for name, rates in taken.items()}


def files(county: County, facts: Facts) -> dict[str, float]:
    """A file of 8,061 rows from its upload to its last fact, three times; then one of them read again."""
    county.lead("source", "add", "bench", "--agency", "PAPPD0000", "--format", "wprdc_arrests")
    taken, batch_id = [], ""
    with county.operator() as http:
        for turn in range(3):
            content = "\n".join([*wprdc(ROWS, seed=turn + 2), ""]).encode()
            facts.expect(ROWS)
            began = time.perf_counter()
            answer = http.post("/api/sources/bench/files", content=content)
            answer.raise_for_status()
            batch_id = answer.json()["batch_id"]
            taken.append(facts.wait(60) - began)
        began = time.perf_counter()
        again = http.post(f"/api/batches/{batch_id}/replay").json()["batch_id"]
        batch = settled(http, again, 60)
        replay = time.perf_counter() - began
    if batch["duplicates"] != ROWS:
        raise SystemExit(f"the replay was to be {ROWS} duplicates: {batch}")
    return {"file_to_last_fact_s": round(sorted(taken)[1], 2), "replay_s": round(replay, 2)}


def large(county: County, megabytes: int, idle: int) -> dict[str, float]:
    """A file of so many megabytes: how long until it is applied, and how far above `idle` bytes the service went."""
    service = referral_of(county)
    rows, size = [], 0
    for line in wprdc(10_000_000, seed=9):
        size += len(line) + 1
        if size > megabytes * 1_000_000:
            break
        rows.append(line)
    content = "\n".join([*rows, ""]).encode()
    peak, stop = [idle], threading.Event()

    def watch() -> None:
        while not stop.wait(0.05):
            peak[0] = max(peak[0], service.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with county.operator() as http:
            began = time.perf_counter()
            answer = http.post("/api/sources/bench/files", content=content, timeout=120)
            answer.raise_for_status()
            received = time.perf_counter() - began
            print(f"the large file: {len(rows) - 1:,} rows received in {received:.1f} s; applying", flush=True)
            batch = settled(http, answer.json()["batch_id"], 3600)
            took = time.perf_counter() - began
    finally:
        stop.set()
        watcher.join()
    counted = sum(batch[n] for n in ("accepted", "replaced", "voided", "duplicates", "rejected", "other"))
    if (batch["status"], counted, batch["rows"]) != ("applied", len(rows) - 1, len(rows) - 1):
        raise SystemExit(f"the large file was not applied whole: {batch}")
    return {
        "large_mb": megabytes,
        "large_rows": len(rows) - 1,
        "large_received_s": round(received, 1),
        "large_applied_s": round(took, 1),
        "large_rows_per_s": round(len(rows) / took),
        "large_mib_above_idle": round((peak[0] - idle) / 1048576),
    }


def records(county: County, facts: Facts, seconds: int, keys: int = 4) -> dict[str, float]:
    """Records by HTTP in batches of 100, each key sending as fast as it is let: accepted a second, and told in time."""
    with county.operator() as http:
        tokens = [
            http.post("/api/keys", json={"agency": "PAPPD0000", "scope": ["ingest"]}).json()["key"] for _ in range(keys)
        ]
    until = time.perf_counter() + seconds
    began = time.perf_counter()

    def send(number: int) -> int:
        sent = 0
        headers = {"Authorization": f"Bearer {tokens[number]}"}
        with httpx.Client(base_url=county.url("referral"), headers=headers, timeout=60) as client:
            while time.perf_counter() < until:
                answer = client.post("/api/arrests", json=[arrest(number, sent + n) for n in range(100)])
                if answer.status_code == 429:
                    time.sleep(0.05)
                    continue
                answer.raise_for_status()
                sent += 100
        return sent

    with ThreadPoolExecutor(keys) as pool:
        sent = sum(pool.map(send, range(keys)))
    took = time.perf_counter() - began
    facts.expect(sent)
    behind = facts.wait(600) - began - took
    return {"http_records_per_s": round(sent / took), "http_records": sent, "http_last_fact_after_s": round(behind, 1)}


def arrest(sender: int, number: int) -> dict[str, Any]:
    return {
        "ori": "PAPPD0000",
        "source_record_id": f"bench-{sender}-{number}",
        "case_no": f"B{sender}-{number}",
        "arrested_at": (datetime(2025, 3, 1, tzinfo=UTC) + timedelta(minutes=number)).isoformat(),
        "person": {"sex": "F", "race": "W", "age": 30},
        "charges": [{"text": TEXTS[number % len(TEXTS)]}],
    }


def settled(http: httpx.Client, batch_id: str, seconds: float) -> dict[str, Any]:
    """The batch once it is applied, held or refused."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        batch: dict[str, Any] = http.get(f"/api/batches/{batch_id}").json()
        if batch["status"] in ("applied", "held", "refused"):
            return batch
        time.sleep(0.1)  # asked more often, the service would answer instead of working
    raise SystemExit(f"batch {batch_id} was not settled in {seconds} s")


def referral_of(county: County) -> psutil.Process:
    """The referral service's process: the largest that names it, since its launcher does so as well."""
    found = [
        process
        for process in psutil.process_iter(["cmdline", "environ", "memory_info"])
        if "services.referral" in " ".join(process.info["cmdline"] or ())
        and (process.info["environ"] or {}).get("LEAD_HOME") == str(county.home)
    ]
    if not found:
        raise SystemExit("the referral service was not found among the processes")
    return max(found, key=lambda process: process.info["memory_info"].rss)


def judged(name: str, value: float) -> str:
    """What the design says of this figure; empty if nothing."""
    if name in AT_MOST:
        return f" {'within' if value <= AT_MOST[name] else 'NOT within'} {AT_MOST[name]:,}"
    if name in AT_LEAST:
        return f" {'at least' if value >= AT_LEAST[name] else 'NOT at least'} {AT_LEAST[name]:,}"
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=20)
    asked = parser.parse_args()
    found: dict[str, float] = {}

    def tell(part: dict[str, float]) -> None:
        found.update(part)
        for name, value in part.items():
            print(f"{name}: {value:,}{judged(name, value)}", flush=True)

    tell(parsed())
    with tempfile.TemporaryDirectory(prefix="lead-b-", dir="/tmp", ignore_cleanup_errors=True) as home:
        county = County(Path(home))
        county.up("--no-demo")
        try:
            idle = referral_of(county).memory_info().rss
            with Facts(county, "arrest-recorded") as facts:
                tell(files(county, facts))
                tell(records(county, facts, asked.seconds))
            tell(large(county, asked.megabytes, idle))
        finally:
            county.down()
    REPORTS.mkdir(parents=True, exist_ok=True)
    (REPORTS / "feeding.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    missed = [name for name, value in found.items() if judged(name, value).startswith(" NOT")]
    print(f"NOT within the bound: {', '.join(missed)}" if missed else "within the bounds")


if __name__ == "__main__":
    main()
