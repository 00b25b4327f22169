"""The state a county ends in, told without ids or recorded times, so that two runs can be compared row by row.

Referrals, arrests and charges have ids by HMAC of their source, equal in runs that share `LEAD_ID_KEY`; people are
named by the referral they came with.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from deploy.local.postgres import connect

Rows = list[tuple[Any, ...]]

# service -> what -> SQL. `who` names a person by their first referral, else by their first arrest.
QUESTIONS: dict[str, dict[str, str]] = {
    "referral": {
        "referrals": "select referral_id, pathway, state, due_on from own.referral",
        "charges": "select referral_id, seq, statute, state from own.charge",
        "arrests": "select arrest_id, linkable, version, state from own.arrest",
    },
    "intake": {
        "referrals": "select referral_id, pathway, municipality from copied.referral",
        "interviews": "select referral_id, kind, state, completed_at from own.interview",
        "consents": """select r.referral_id, c.recipient_class, c.state, c.expires_on from own.consent c
            join copied.referral r on r.person_id = c.person_id""",
        "outreach": """select referral_id, at, mode, outcome, minutes from own.contact""",
    },
    "casework": {
        "participants": """select r.referral_id, p.status, p.since, p.engaged from own.participant p
            join copied.referral r on r.person_id = p.person_id""",
        "contacts": """select r.referral_id, c.at, c.mode, c.outcome, c.minutes from own.contact c
            join copied.referral r on r.person_id = c.person_id""",
        "arrests": "select arrest_id, arrested_at, disposition, warrant_only from copied.arrest",
        "charges": """select referral_id, charge_id, state from copied.charge""",
    },
    "metrics": {
        "funnel": "select * from copied.cell_funnel",
        "windows": "select * from copied.cell_window",
    },
}


def read(home: Path) -> dict[str, list[str]]:
    """Every answer as sorted lines, by `service.what`."""
    return asyncio.run(_read(home))


async def _read(home: Path) -> dict[str, list[str]]:
    url = (home / "postgres.url").read_text().strip()
    password = (home / "secrets" / "admin" / "postgres-password").read_text().strip()
    out: dict[str, list[str]] = {}
    for service, questions in QUESTIONS.items():
        connection = await connect(url, password, f"lead_{service}")
        try:
            for what, sql in questions.items():
                out[f"{service}.{what}"] = sorted(str(tuple(row)) for row in await connection.fetch(sql))
        finally:
            await connection.close()
    return out


def unsettled(home: Path) -> int:
    """Facts that are still on their way: in an outbox (beats apart), or not yet counted by metrics."""
    return asyncio.run(_unsettled(home))


async def _unsettled(home: Path) -> int:
    url = (home / "postgres.url").read_text().strip()
    password = (home / "secrets" / "admin" / "postgres-password").read_text().strip()
    left = 0
    for service in QUESTIONS:
        connection = await connect(url, password, f"lead_{service}")
        try:
            left += await connection.fetchval("select count(*) from own.outbox where type <> 'lead.beat.v1'")
            if service == "metrics":
                left += await connection.fetchval("select count(*) from copied.dirty")
        finally:
            await connection.close()
    return left
