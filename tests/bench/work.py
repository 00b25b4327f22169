"""The one piece of work that every way of consuming does: contacts into the inbox and a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import uuid4

from shared.contracts import ContactLogged
from shared.messaging import Fact, Handlers, Tx, inbox, recorded
from tests.probe.facts import contact

TOPIC = "contact-logged"
COPY = """
    insert into copied.contact (contact_id, version, person_id, minutes)
    select * from unnest(cast(:id as uuid[]), cast(:version as int[]), cast(:person as uuid[]), cast(:minutes as int[]))
    on conflict (contact_id) do update set version = excluded.version, person_id = excluded.person_id,
        minutes = excluded.minutes, times = contact.times + 1
"""

handlers = Handlers("casework")


@handlers.on(ContactLogged)
async def contact_logged(tx: Tx, facts: Sequence[Fact[ContactLogged]]) -> None:
    events = recorded(facts)
    await tx.execute(
        COPY,
        {
            "id": [e.contact_id for e in events],
            "version": [e.version for e in events],
            "person": [e.person_id for e in events],
            "minutes": [e.minutes for e in events],
        },
    )


def event() -> ContactLogged:
    """A contact of the size that facts have: 700 bytes."""
    services = [{"kind": f"housing-{n}", "step": "offered"} for n in range(6)]
    return contact(referral_id=uuid4(), services=services)


def positional(sql: str) -> tuple[str, list[str]]:
    """The same SQL for asyncpg itself: `$1` in place of `:name`; and the names in order."""
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return re.sub(r"(?<!:):(\w+)", number, sql), names


INBOX, INBOX_NAMES = positional(str(inbox._WINNERS.text))
COPY_RAW, COPY_NAMES = positional(COPY)
