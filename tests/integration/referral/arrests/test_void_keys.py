"""A key was stolen: what it sent in a window of time is taken back, and only that."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from services.referral.feeds import voiding_keys
from shared.messaging import Transactions
from shared.runtime.cli.police import keys as police_commands
from tests.integration.referral.arrests.records import PITTSBURGH, arrest
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.machines.records import REFERRAL
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import intake
from tests.integration.service_process import ServiceProcess

pytestmark = pytest.mark.integration

FUTURE = "2099-01-01T00:00:00Z"
HEADER = "record_no,last,first,dob,sector,from,to,units,unit"


@pytest.fixture
async def police(feeds: FeedSide) -> AsyncIterator[PoliceSide]:
    """The other half of the same service: referrals."""
    running = PoliceSide(feeds.settings)
    yield running
    await running.close()


async def send(feeds: FeedSide, key: str | None, *records: Any, **headers: str) -> dict[str, Any]:
    async with feeds.client(key) as http:
        answer = await http.post("/api/arrests", json=list(records), headers=headers)
    assert answer.status_code == 202, answer.text
    await feeds.work()
    found: dict[str, Any] = answer.json()
    return found


async def send_file(feeds: FeedSide, key: str | None, source: str, content: bytes) -> str:
    async with feeds.client(key) as http:
        answer = await http.post(f"/api/sources/{source}/files", content=content)
    assert answer.status_code in (200, 202), answer.text
    await feeds.work()
    return str(answer.json()["batch_id"])


async def void(
    feeds: FeedSide, key: str, since: str = "2020-01-01", until: str = FUTURE, **more: Any
) -> dict[str, Any]:
    """Order it and carry it out; the answer without what is zero."""
    key_id = key.split("_")[1]
    async with feeds.client() as http:
        ordered = await http.post(f"/api/keys/{key_id}/void", json={"from": since, "to": until, **more})
        assert ordered.status_code == 202, ordered.text
        more_to_do = True
        while more_to_do:
            async with Transactions(feeds.consumer, feeds.keys, feeds.settings).begin() as tx:
                more_to_do = await voiding_keys.void_keys(tx)
        answer = (await http.get(f"/api/keys/{key_id}/voids/{ordered.json()['void_id']}")).json()
    assert answer["status"] == "done"
    return answer


def done(answer: dict[str, Any]) -> dict[str, int]:
    """The counts that are not zero."""
    return {name: n for name, n in answer.items() if isinstance(n, int) and not isinstance(n, bool) and n}


async def standing(feeds: FeedSide) -> dict[str, tuple[int, str, str | None]]:
    """Each arrest as last told: version, action, disposition."""
    facts = [one for one in await feeds.outbox() if "version" in one]
    return {one["key"]: (one["version"], one["action"], one.get("disposition")) for one in facts}


async def test_arrests_of_the_key_become_void_and_its_neighbours_stay(feeds: FeedSide) -> None:
    stolen, good = await feeds.key(PITTSBURGH), await feeds.key(PITTSBURGH)
    await send(feeds, good, arrest("G-1"))
    (theirs,) = (await send(feeds, stolen, arrest("S-1", person={"last": "Forgeton"})))["results"]
    before = await standing(feeds)

    tried = await void(feeds, stolen, dry_run=True)
    assert done(tried) == {"batches": 1, "arrests_voided": 1}
    assert await standing(feeds) == before

    answer = await void(feeds, stolen)
    assert (done(answer), answer["listed"], answer["key_live"]) == ({"batches": 1, "arrests_voided": 1}, [], True)
    after = await standing(feeds)
    assert {key for key, told in after.items() if told[1] == "void"} == {theirs["arrest_id"]}
    assert after[theirs["arrest_id"]][0] == 2
    (fact,) = [one for one in await feeds.outbox() if one["action"] == "void"]
    assert fact["void_reason"] == "error"
    async with feeds.client(good) as http:
        assert (await http.get(f"/api/arrests/{theirs['arrest_id']}")).json()["status"] == "void"

    assert done(await void(feeds, stolen)) == {}
    assert await standing(feeds) == after


async def test_only_the_window_counts(feeds: FeedSide) -> None:
    stolen = await feeds.key(PITTSBURGH)
    await send(feeds, stolen, arrest("A-1"))
    middle = datetime.now(UTC)
    await send(feeds, stolen, arrest("A-2"))
    assert done(await void(feeds, stolen, until=middle.isoformat())) == {"batches": 1, "arrests_voided": 1}
    assert sorted(told[1] for told in (await standing(feeds)).values()) == ["record", "void"]
    assert done(await void(feeds, stolen, since=middle.isoformat())) == {"batches": 1, "arrests_voided": 1}


async def test_what_came_another_way_before_stands_again_and_is_listed(feeds: FeedSide) -> None:
    """Changed, moved to another person, or deleted by the key: each goes back, in a new version."""
    stolen, good = await feeds.key(PITTSBURGH), await feeds.key(PITTSBURGH)
    sent = await send(feeds, good, arrest("A-1"), arrest("A-2"), arrest("A-3"), arrest("A-4"))
    first, second, third, fourth = (one["arrest_id"] for one in sent["results"])
    people = {one["key"]: one["person_id"] for one in await feeds.outbox()}
    await send(feeds, good, arrest("A-4", action="void", charges=[]))
    await send(feeds, stolen, arrest("A-1", disposition="cited"), arrest("A-2", person={"last": "Forgeton"}))
    await send(feeds, stolen, arrest("A-1", disposition="warned"), arrest("A-3", action="void", charges=[]))
    await send(feeds, stolen, arrest("A-4"))

    answer = await void(feeds, stolen)
    assert done(answer) == {"batches": 3, "arrests_restored": 3, "arrests_voided": 1}
    assert {one["arrest_id"] for one in answer["listed"]} == {first, second, third}
    after = await standing(feeds)
    assert after[first] == (4, "replace", "arrested")
    assert after[second] == (3, "replace", "arrested")
    assert after[third] == (3, "record", "arrested")
    assert after[fourth][:2] == (4, "void")
    facts = {one["key"]: one for one in await feeds.outbox() if one.get("person_id")}
    assert {key: facts[key]["person_id"] for key in people} == people
    assert {str(r["arrest_id"]): str(r["person_id"]) for r in await feeds.rows("select * from own.arrest")} == people

    assert done(await void(feeds, stolen)) == {}
    await send(feeds, good, arrest("A-1"), arrest("A-2"), arrest("A-3"))
    assert await standing(feeds) == after


async def test_what_was_taken_back_is_accepted_anew_from_a_good_key(feeds: FeedSide) -> None:
    """By record and by the very same file."""
    stolen, good = await feeds.key(PITTSBURGH), await feeds.key(PITTSBURGH)
    await send(feeds, stolen, arrest("A-1"), **{"Idempotency-Key": "night-1"})
    await feeds.register("rms", "lead_csv")
    content = (
        b"ori,case_no,arrest_no,arrest_date,arrest_time,last,first,dob,statute,description\n"
        b"PAPPD0000,C-1,1,2026-03-05,14:30,Fable,Quincy,1984-02-03,5505,Public Drunkenness\n"
    )
    old = await send_file(feeds, stolen, "rms", content)
    assert await send_file(feeds, good, "rms", content) == old
    assert done(await void(feeds, stolen)) == {"batches": 2, "arrests_voided": 2}
    shown = await feeds.batch(old)
    assert (shown["status"], shown["error"]["code"]) == ("applied", "E_KEY_VOIDED")
    assert shown["voided_at"]

    new = await send_file(feeds, good, "rms", content)
    assert new != old
    assert (await feeds.batch(new))["accepted"] == 1
    await send(feeds, good, arrest("A-1"), **{"Idempotency-Key": "night-1"})
    assert {told[:2] for told in (await standing(feeds)).values()} == {(3, "record")}
    assert done(await void(feeds, stolen)) == {}


async def test_what_waits_is_refused_and_what_was_read_again_in_the_window_is_taken_back(feeds: FeedSide) -> None:
    stolen = await feeds.key(PITTSBURGH)
    await feeds.register("rms", "lead_csv")
    rows = [
        f"PAPPD0000,C-{n},1,{day},14:30,Fable,Quincy,1984-02-03,5505,x" for n, day in enumerate(["2026-03-05", "?"])
    ]
    header = "ori,case_no,arrest_no,arrest_date,arrest_time,last,first,dob,statute,description"
    held = await send_file(feeds, stolen, "rms", "\n".join([header, *rows, ""]).encode())
    assert (await feeds.batch(held))["status"] == "held"
    good = await send_file(feeds, stolen, "rms", "\n".join([header, rows[0], ""]).encode())
    async with feeds.client() as http:
        await http.post(f"/api/batches/{good}/replay")
    await feeds.work()

    assert done(await void(feeds, stolen)) == {"batches": 3, "batches_refused": 1, "arrests_voided": 1}
    assert (await feeds.batch(held))["status"] == "refused"
    async with feeds.client() as http:
        assert (await http.post(f"/api/batches/{held}/apply")).status_code == 409
    assert await feeds.rows("select 1 from own.raw_record where outcome is null") == []


async def test_uses_are_taken_back_too(feeds: FeedSide) -> None:
    stolen, good = await feeds.key(PITTSBURGH), await feeds.key(PITTSBURGH)
    await feeds.register("jail", "utilization_csv")

    def file(*units: int) -> bytes:
        rows = [f"{n},Sampleton,Marlow,5/17/1990,jail,1/3/2024,1/5/2024,{days},day" for n, days in enumerate(units)]
        return "\n".join([HEADER, *rows, ""]).encode()

    await send_file(feeds, good, "jail", file(2))
    forged = file(20, 30)
    await send_file(feeds, stolen, "jail", forged)
    assert done(await void(feeds, stolen)) == {"batches": 1, "uses_restored": 1, "uses_voided": 1}
    facts = await feeds.outbox("utilization-recorded")
    assert [(one["version"], one["action"], one.get("units")) for one in facts[-2:]] in (
        [(3, "replace", 2.0), (2, "void", None)],
        [(2, "void", None), (3, "replace", 2.0)],
    )
    assert done(await void(feeds, stolen)) == {}
    await send_file(feeds, good, "jail", forged)
    facts = await feeds.outbox("utilization-recorded")
    assert sorted((one["version"], one["action"]) for one in facts[-2:]) == [(3, "record"), (4, "replace")]


async def test_referrals_become_void_and_what_was_given_up_stays_given_up(feeds: FeedSide, police: PoliceSide) -> None:
    stolen, good = await police.key(), await police.key()

    async def refer(key: str, *numbers: str) -> list[dict[str, Any]]:
        async with police.machine(key) as machine:
            body = [REFERRAL | {"source_record_id": number} for number in numbers]
            answer = await machine.post("/api/referrals", json=body)
        assert answer.status_code == 202, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    (kept,) = await refer(good, "G-1")
    given_up, held = await refer(stolen, "S-1", "S-2")
    (row,) = await police.rows(
        "select person_id from own.referral where referral_id = cast(:id as uuid)", id=given_up["referral_id"]
    )
    moment = datetime(2026, 3, 10, 15, tzinfo=UTC)
    await police.deliver(intake(given_up["referral_id"], row["person_id"], moment))

    tried = await void(feeds, stolen, dry_run=True)
    answer = await void(feeds, stolen)
    assert done(tried) == done(answer) == {"referrals_voided": 2, "charges_kept_relinquished": 1}
    (listed,) = answer["listed"]
    assert listed["referral_id"] == given_up["referral_id"]
    states = {str(r["referral_id"]): r["state"] for r in await police.rows("select * from own.referral")}
    assert states == {
        kept["referral_id"]: states[kept["referral_id"]],
        given_up["referral_id"]: "void",
        held["referral_id"]: "void",
    }
    assert states[kept["referral_id"]] != "void"
    charges = {str(r["referral_id"]): r["state"] for r in await police.rows("select * from own.charge")}
    assert charges[given_up["referral_id"]] == "relinquished"
    assert charges[held["referral_id"]] == "eligible_to_file"
    decided = [one for one in await police.published("referral-decided") if one["decision"] == "void"]
    assert {(one["decided_by_role"], tuple(one["reasons"])) for one in decided} == {("operator", ("key_voided",))}
    assert done(await void(feeds, stolen)) == {}

    # Void is final, so the same referral from a good key is one of its own; sent twice it is there once.
    (again,) = await refer(good, "S-2")
    assert again["result"] == "created"
    assert again["referral_id"] != held["referral_id"]
    (twice,) = await refer(good, "S-2")
    assert (twice["referral_id"], twice["result"]) == (again["referral_id"], "duplicate")


async def test_a_wide_window_is_carried_out_in_pages(feeds: FeedSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voiding_keys, "PAGE", 3)
    stolen = await feeds.key(PITTSBURGH)
    await send(feeds, stolen, *(arrest(f"A-{n}", person={"last": f"Fable{n}"}) for n in range(8)))
    assert done(await void(feeds, stolen)) == {"batches": 1, "arrests_voided": 8}
    assert {told[:2] for told in (await standing(feeds)).values()} == {(2, "void")}


@pytest.mark.parametrize(
    ("since", "until", "status"),
    [("2026-01-02", "2026-01-01", 422), (FUTURE, FUTURE, 422), ("yesterday", "2026-01-01", 422)],
)
async def test_a_window_that_is_none_is_refused(feeds: FeedSide, since: str, until: str, status: int) -> None:
    key_id = (await feeds.key(PITTSBURGH)).split("_")[1]
    async with feeds.client() as http:
        answer = await http.post(f"/api/keys/{key_id}/void", json={"from": since, "to": until})
        assert answer.status_code == status
        assert answer.json()["errors"]
        unknown = await http.post("/api/keys/0123456789ab/void", json={"from": "2026-01-01", "to": "2026-01-02"})
        assert unknown.status_code == 404


async def test_an_agencys_own_key_takes_nothing_back(feeds: FeedSide) -> None:
    key = await feeds.key(PITTSBURGH)
    async with feeds.client(key) as http:
        answer = await http.post(f"/api/keys/{key.split('_')[1]}/void", json={"from": "2026-01-01", "to": "2026-01-02"})
    assert answer.status_code in (403, 404)


async def test_the_command_waits_prints_what_was_done_and_says_that_the_key_still_works(
    feeds: FeedSide, service_process: Callable[..., ServiceProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    running = await asyncio.to_thread(service_process, feeds.settings)
    monkeypatch.setenv("LEAD_REFERRAL_URL", running.url)
    monkeypatch.setenv("LEAD_OPERATOR_TOKEN", feeds.settings.operator_token)

    async def lead(*words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, police_commands, [*words], catch_exceptions=False)

    made = await lead("create", "--agency", PITTSBURGH, "--scope", "ingest", "--days", "30", "--address", "127.0.0.1")
    key = json.loads(made.stdout)
    kept = json.loads((await lead("list", "--agency", PITTSBURGH)).stdout)
    assert (kept["scopes"], kept["addresses"]) == (["ingest"], ["127.0.0.1/32"])
    life = datetime.fromisoformat(kept["expires_at"]) - datetime.fromisoformat(kept["created_at"])
    assert life.days == 30
    assert (await lead("create", "--agency", PITTSBURGH, "--days", "181")).exit_code == 2

    await send(feeds, key["key"], arrest("A-1"))
    window = ["void", key["key_id"], "--from", "2026-01-01", "--to", FUTURE]
    tried = await lead(*window, "--dry-run")
    assert json.loads(tried.stdout)["arrests_voided"] == 1
    carried_out = await lead(*window)
    assert done(json.loads(carried_out.stdout)) == {"batches": 1, "arrests_voided": 1}
    assert f"lead keys revoke {key['key_id']}" in carried_out.stderr
    assert done(json.loads((await lead(*window)).stdout)) == {}
