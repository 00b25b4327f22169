"""NIEM documents through the whole pipeline: linked by name, never where two people are named, deleted by package."""

from __future__ import annotations

import pytest

from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import counts, register, send, warnings
from tests.shared_data import shared_data
from tests.unit.referral.feeds.niem_files import lexs, package

pytestmark = pytest.mark.integration


async def test_the_states_samples_with_and_without_an_agency_of_the_feed(feeds: FeedSide) -> None:
    await register(feeds, "named", "niem_xml", "PASAMPLE1", agencies=["MA9999999", "VT0040100"])
    await register(feeds, "open", "niem_xml", "per-record")
    await register(feeds, "narrow", "niem_xml", "PASAMPLE1")
    found = {}
    for path in sorted(shared_data("niem_exchange").glob("*.xml")):
        batches = [await send(feeds, source, path.read_bytes()) for source in ("named", "open", "narrow")]
        found[path.stem.split("_")[0].split("-")[-1]] = [(one["status"], counts(one)) for one in batches]
    one, no = ("applied", {"accepted": 1}), ("held", {"rejected": 1})
    assert found == {
        "Adams": [("applied", {"accepted": 2}), ("held", {"rejected": 2}), ("applied", {"accepted": 2})],
        "Hawaii": [one, no, one],
        "Maine": [one, one, no],
        "Michigan": [one, no, one],
        "State": [no, no, no],
        "Vermont": [one, one, no],
    }
    facts = [fact for fact in await feeds.outbox() if fact["source"] == "named"]
    assert [(len(fact["charges"]), fact["linkable"]) for fact in facts] == [
        (1, True), (1, True), (1, True), (2, True), (1, True), (1, False),
    ]  # fmt: skip
    # Both arrests of Adams are one person's.
    assert facts[0]["person_id"] == facts[1]["person_id"]
    stored = " ".join(await feeds.everything("own.arrest"))
    assert not [secret for secret in ("Strong", "Schrute", "LASTNAME", "123456789") if secret in stored]


async def test_a_deleted_package_voids_its_arrest_and_a_conflict_is_warned_of(feeds: FeedSide) -> None:
    await register(feeds, "rms", "niem_xml", "PASAMPLE1")
    assert counts(await send(feeds, "rms", lexs(package("I-1"), package("I-2")))) == {"accepted": 2}
    gone = await send(feeds, "rms", lexs(package("I-1", instruction="Delete")))
    assert (counts(gone), warnings(gone)) == ({"voided": 1}, {})
    unknown = await send(feeds, "rms", lexs(package("I-9", instruction="Delete")))
    assert (counts(unknown), warnings(unknown)) == ({"other": 1}, {"W_VOID_UNKNOWN": 1})
    assert [fact["action"] for fact in await feeds.outbox()] == ["record", "record", "void"]
