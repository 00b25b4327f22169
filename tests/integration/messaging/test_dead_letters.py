"""What an operator can do with what could not be applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

import pytest

from shared.contracts import AssessmentRecorded, ContactLogged
from shared.messaging import Fact, Handlers, Permanent, Transactions, Tx, dead_letters
from tests.integration.messaging.conftest import Probe
from tests.integration.messaging.test_applying import assessment
from tests.probe import service
from tests.probe.facts import contact, raw

mended = Handlers("casework")


@mended.on(ContactLogged)
async def contact_logged(tx: Tx, facts: Sequence[Fact[ContactLogged]]) -> None:
    """The rule after it was mended: thirteen is a number like any other."""
    await service.count(tx, facts)


@mended.on(AssessmentRecorded)
async def assessment_recorded(tx: Tx, facts: Sequence[Fact[AssessmentRecorded]]) -> None:
    if any(fact.event and fact.event.answers.get("q1") == "Canary answer" for fact in facts):
        await service.count(tx, facts)


@pytest.fixture
def repaired(probe: Probe) -> Transactions:
    return Transactions(probe.transactions.database, probe.keys, probe.settings, mended)


async def test_a_letter_is_shown_without_content_unless_asked_for(probe: Probe) -> None:
    bad = raw(contact(), probe.keys, offset=7)
    await probe.apply(replace(bad, value=b'{"contact_id": 5, "note": "Canary Nobody"}'))
    (listed,) = await dead_letters.letters(probe.transactions)
    assert listed["id"] == f"contact-logged/{bad.partition}/7"
    shown = await dead_letters.show(probe.transactions, listed["id"])
    assert shown["data"] == {"contact_id": "int", "note": "text of 13"}
    assert "Canary" not in str(shown)
    assert (await dead_letters.show(probe.transactions, listed["id"], content=True))["data"]["note"] == "Canary Nobody"


async def test_a_letter_is_applied_once_its_rule_is_mended(probe: Probe, repaired: Transactions) -> None:
    fact = contact(minutes=13)
    await probe.apply(raw(fact, probe.keys))
    (letter,) = await dead_letters.letters(probe.transactions)
    assert await dead_letters.replay(probe.transactions, letter["id"]) == "failed"
    assert await dead_letters.replay(repaired, letter["id"]) == "applied"
    assert [row["times"] for row in await probe.rows("select times from own.effect")] == [1]
    stored = (await probe.rows("select state, value from own.dead_letter"))[0]
    assert stored == {"state": "replayed", "value": None}
    with pytest.raises(dead_letters.NoSuchLetter):
        await dead_letters.replay(repaired, letter["id"])


async def test_a_letter_of_a_sealed_topic_can_be_tried_again(probe: Probe, repaired: Transactions) -> None:
    refusing = Handlers("casework")

    @refusing.on(AssessmentRecorded)
    async def refuse(tx: Tx, facts: Sequence[Fact[AssessmentRecorded]]) -> None:
        raise Permanent(facts[0], "no", "not today")

    probe.transactions.handlers = refusing
    await probe.apply(raw(assessment(uuid4()), probe.keys))
    (letter,) = await dead_letters.letters(probe.transactions)
    assert await dead_letters.replay(repaired, letter["id"]) == "applied"
    assert len(await probe.rows("select * from own.effect")) == 1


async def test_a_letter_behind_a_newer_version_is_superseded(probe: Probe, repaired: Transactions) -> None:
    fact = contact(minutes=13)
    await probe.apply(raw(fact, probe.keys))
    await probe.apply(raw(fact.model_copy(update={"version": 2, "minutes": 20}), probe.keys))
    (letter,) = await dead_letters.letters(probe.transactions)
    assert await dead_letters.replay(repaired, letter["id"]) == "superseded"


async def test_discarding_removes_the_content_and_keeps_the_reason(probe: Probe) -> None:
    await probe.apply(raw(contact(minutes=13), probe.keys))
    (letter,) = await dead_letters.letters(probe.transactions)
    await dead_letters.discard(probe.transactions, letter["id"])
    assert await dead_letters.letters(probe.transactions) == []
    (kept,) = await dead_letters.letters(probe.transactions, state=None)
    assert (kept["state"], kept["code"]) == ("discarded", "thirteen")
    assert (await probe.rows("select value, headers from own.dead_letter"))[0] == {"value": None, "headers": None}
