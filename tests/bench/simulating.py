"""How long a policy is tried on 100,000 fictional arrests on the real PostgreSQL.

    python -m tests.bench.simulating [--arrests 100000] [--rounds 5]

Bound: 10 s. Writes .local/reports/simulating.json.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from services.referral.domain.charge_rules import ChargeRule
from services.referral.domain.classification import Classifier
from services.referral.domain.crosswalk_changes import CrosswalkChange, RowChange
from services.referral.domain.divertible import divertible
from services.referral.domain.offence_list import OffenceList, listed
from services.referral.store.crosswalk import seed_classifier
from services.referral.store.simulating import simulate
from shared.messaging import Transactions
from shared.runtime.database import Database
from shared.runtime.settings import Settings
from tests.bench.alone import Alone, alone, report

BOUND_SECONDS = 10.0
START = datetime(2025, 1, 1, tzinfo=UTC)
TEXTS = (
    "3929(a)(1) Retail Theft", "5503 Disorderly Conduct", "13(a)(16) Possession", "2701 Simple Assault",
    "5505 Public Drunkenness", "3503(b)(1) Defiant Trespass", "9501 Bench Warrant", "1543 Driving While Suspended",
    "13(a)(32) Paraphernalia", "901 Criminal Attempt",
)  # fmt: skip
RULES = [ChargeRule(title="18", section="3929", eligibility="REVIEW", why="bench")]
THEFT = next(listed(row) for row in seed_classifier().crosswalk.rows if row.section == "3929")
ROW = CrosswalkChange(
    from_=START.date(), rows=(RowChange(before=THEFT, after=THEFT.model_copy(update={"eligibility": "REVIEW"})),)
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arrests", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with alone("referral") as database:
        found = asyncio.run(_measure(database, asked.arrests, asked.rounds))
    report("simulating", found, measured=found["median_seconds"], bound=BOUND_SECONDS, unit="s")


async def _measure(database: Alone, arrests: int, rounds: int) -> dict[str, Any]:
    settings = database.settings
    admin = await database.admin()
    expected = await _fill(admin, settings, arrests)
    await admin.close()
    web = Database(settings.database_url("web"))
    transactions = Transactions(web, database.keys, settings)
    taken = []
    seed = OffenceList(seed_classifier().crosswalk)
    both = (seed.seed, seed.after(ROW).on(ROW.from_))
    # By turns: what a rule asks, and the same asked of the crosswalk's row.
    for number in range(2 * rounds):
        began = time.perf_counter()
        async with transactions.begin(f"programme:{settings.programme}") as tx:
            rules, crosswalks = (RULES, None) if number % 2 else ([], both)
            found = await simulate(tx, [], rules, START, START + timedelta(days=400), crosswalks)
        taken.append(time.perf_counter() - began)
        moved = sum(cell.arrests for cell in found.cells if cell.now != cell.then)
        if (sum(cell.arrests for cell in found.cells), moved) != (arrests, expected):
            raise SystemExit(f"{moved} arrests changed, expected {expected}")
    await web.close()
    return {"arrests": arrests, "changed": expected, "median_seconds": statistics.median(taken), "seconds": taken}


async def _fill(admin: Any, settings: Settings, arrests: int) -> int:
    """Load the arrests; how many the rules change, reckoned by the classifier itself."""
    seed = seed_classifier()
    other = Classifier(seed.crosswalk, RULES, "bench")
    chance = random.Random(1)
    changed = 0
    rows = []
    for number in range(arrests):
        texts = chance.sample(TEXTS, chance.randint(1, 4))
        charges = [charge for text in texts for charge in seed.classify(text)]
        later = [charge for text in texts for charge in other.classify(text)]
        changed += divertible(charges) != divertible(later)
        fact = {
            "charges": [c.listed(n) for n, c in enumerate(charges, 1)],
            "demographics": {"race": chance.choice("BWHAU")},
        }
        town = chance.choice(("Pittsburgh", "Rankin", "Braddock", None))
        rows.append((UUID(int=number), town, START + timedelta(minutes=number), orjson.dumps(fact).decode()))
    await admin.execute("create temp table load (id uuid, town text, at timestamptz, fact text)")
    await admin.copy_records_to_table("load", records=rows)
    await admin.execute(
        """
        insert into own.arrest (arrest_id, person_id, home_id, programme, municipality, agency_ori, version, state,
          record_key, source, arrested_at, divertible, linkable, fact, batch_id, recorded_at)
        select id, id, id, $1, town, 'PAPPD0000', 1, 'live', '', 'bench', at, 'no', false, fact::jsonb, id, at from load
        """,
        settings.programme,
    )
    await admin.execute("analyze own.arrest")
    return changed


if __name__ == "__main__":
    main()
