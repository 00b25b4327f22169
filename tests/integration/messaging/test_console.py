"""`lead publish` and `lead consume`."""

from __future__ import annotations

import json

import pytest

from shared.messaging.console import BadFile, consume, publish
from tests.integration.messaging.conftest import Probe
from tests.integration.messaging.test_applying import assessment
from tests.probe.facts import contact


async def test_a_file_is_published_and_read_back(live: Probe) -> None:
    facts = [contact() for _ in range(20)]
    lines = [json.dumps({"data": json.loads(fact.encode()), "headers": {"note-id": "a1"}}) for fact in facts]
    assert await publish(live.settings, live.keys, "contact-logged", [*lines, ""]) == 20
    found = [
        record
        async for record in consume(live.settings, live.keys, "contact-logged", from_beginning=True, max_records=20)
    ]
    assert {record["key"] for record in found} == {fact.fact_id for fact in facts}
    assert found[0]["headers"]["note-id"] == "a1"
    assert {record["data"]["minutes"] for record in found} == {20}


async def test_one_bad_line_and_nothing_is_published(live: Probe) -> None:
    good = json.dumps({"data": json.loads(contact().encode())})
    with pytest.raises(BadFile) as raised:
        await publish(live.settings, live.keys, "contact-logged", [good, '{"data": {"minutes": "Canary"}}', "nonsense"])
    assert [line.number for line in raised.value.lines] == [2, 3]
    assert "Canary" not in str(raised.value)
    found = [r async for r in consume(live.settings, live.keys, "contact-logged", from_beginning=True, idle_exit=2)]
    assert found == []


async def test_sealed_topics_are_sealed_and_opened(live: Probe) -> None:
    from uuid import uuid4

    line = json.dumps({"data": json.loads(assessment(uuid4()).encode())})
    await publish(live.settings, live.keys, "assessment-recorded", [line])
    found = [
        r async for r in consume(live.settings, live.keys, "assessment-recorded", from_beginning=True, max_records=1)
    ]
    assert found[0]["data"]["answers"] == {"q1": "Canary answer"}
