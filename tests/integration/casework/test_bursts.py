"""A whole police file arrives at once: few statements whatever its size, and none of it shown to anyone."""

from __future__ import annotations

import pytest

from shared.contracts import Event
from shared.runtime.ids import uuid7
from tests.integration.casework.desk import Casework
from tests.integration.casework.facts import arrest, contact, intake, referral

pytestmark = pytest.mark.integration
FILE = 8_061
BATCH = 500


def _sql(sent: list[str]) -> list[str]:
    return [s for s in sent if not s.lstrip().lower().startswith(("begin", "commit", "set"))]


async def test_a_police_file_of_8061_arrests_takes_two_statements_a_batch(casework: Casework) -> None:
    facts = [arrest(uuid7(), linkable=False) for _ in range(FILE)]
    async with casework.statements() as sent:
        for start in range(0, FILE, BATCH):
            await casework.deliver(*facts[start : start + BATCH])
    assert len(_sql(sent)) == 2 * -(-FILE // BATCH)
    assert (await casework.rows("select count(*) from copied.arrest"))[0]["count"] == FILE
    assert await casework.seen_by_web("select 1 from copied.arrest") == []


async def test_statements_do_not_grow_with_a_batch(casework: Casework) -> None:
    sent_by_size = []
    for size in (1, 50):
        people = [referral(uuid7()) for _ in range(size)]
        facts: list[Event] = [fact for made in people for fact in (made, intake(made), contact(made.person_id))]
        async with casework.statements() as sent:
            await casework.deliver(*facts)
        sent_by_size.append(len(_sql(sent)))
    assert sent_by_size[0] == sent_by_size[1] <= 26
