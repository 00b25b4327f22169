"""LEAD was not offered: it is told as a stop with `offered: false`, once, whatever comes first and however often."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from services.referral.domain.arrest import CanonicalArrest
from services.referral.feeds.officers_word import tell
from services.referral.feeds.records import open_batch, seal
from services.referral.feeds.sealing import Sealer
from services.referral.feeds.worker import work
from services.referral.store import raw_records
from services.referral.store.policy import policy_of
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.test_form import held
from tests.integration.referral.referrals.test_kept import phone_of

pytestmark = pytest.mark.integration

SAID = {
    "why_not": "no_time",
    "did": "arrested",
    "charge": "retail_theft",
    "municipality": "Pittsburgh",
    "zone": "1",
    "race": "B",
    "sex": "F",
    "case_no": "Fictional 26-4711",
    "occurred_at": "2026-03-01T23:30",
}
RECORD: dict[str, Any] = {
    "ori": "PAPPD0000",
    "source_record_id": "A-1",
    "case_no": "Fictional 26-4711",
    "arrested_at": "2026-03-01T23:30:00-05:00",
    "disposition": "arrested",
    "place": {"municipality": "Pittsburgh", "zone": "1"},
    "person": {"sex": "F", "race": "B"},
    "charges": [{"text": "3929(a)(1) Retail theft"}],
}


async def say(police: PoliceSide, **changes: str) -> str:
    """An officer fills in the form and sends it; the address they end at."""
    async with police.browser() as officer:
        form = held((await officer.get("/refer/not-offered")).text)
        sent = await officer.post("/refer/not-offered", data=form | SAID | {"go": "send"} | changes)
        assert sent.status_code == 303, sent.text
        again = await officer.post("/refer/not-offered", data=form | SAID | {"go": "send"} | changes)
        assert again.headers["location"] == sent.headers["location"]
        shown = await officer.get(sent.headers["location"])
        assert "Recorded. You can go." in shown.text
    await passes(police)
    return sent.headers["location"].rsplit("/", 1)[1]


async def police_record(police: PoliceSide, **changes: Any) -> UUID:
    """A record of the agency's own system comes in."""
    record = CanonicalArrest.model_validate(RECORD | changes)
    async with police.consuming() as tx:
        batch = await open_batch(tx, "PAPPD0000", 1)
        (row,) = seal(Sealer(tx.keys, batch, await policy_of(tx)), [record], [1])
        await raw_records.stage(tx, batch, [row])
    await passes(police)
    return row.arrest_id


async def passes(police: PoliceSide) -> None:
    """Time passes: the timers run."""
    for job in (work, tell, work):
        async with police.consuming() as tx:
            await job(tx)


async def stops(police: PoliceSide) -> list[dict[str, Any]]:
    """The stops that stand in the log: the newest version of each arrest that is not void."""
    newest: dict[str, dict[str, Any]] = {}
    for fact in await police.published("arrest-recorded"):
        newest[fact["id"]] = fact
    return [fact for fact in newest.values() if fact["action"] != "void"]


async def test_it_is_told_as_a_divertible_stop_without_an_offer_and_without_a_person(police: PoliceSide) -> None:
    await say(police)
    (stop,) = await stops(police)
    assert (stop["offered"], stop["disposition"], stop["divertible"]) == (False, "arrested", "yes")
    assert (stop["zone"], stop["demographics"]["race"], stop["linkable"]) == ("1", "B", False)
    assert datetime.fromisoformat(stop["arrested_at"]) == datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
    assert await police.published("referral-created") == []
    assert await police.published("person-profile") == []
    # One officer's word is no proof that the agency's records are complete up to that day.
    assert await police.published("feed-coverage") == []


async def test_the_police_record_that_comes_later_says_it_and_the_forms_is_taken_back(police: PoliceSide) -> None:
    await say(police)
    arrest_id = await police_record(police)
    (stop,) = await stops(police)
    assert (stop["id"], stop["offered"]) == (str(arrest_id), False)


async def test_the_police_record_that_came_first_says_it(police: PoliceSide) -> None:
    arrest_id = await police_record(police)
    assert [stop.get("offered") for stop in await stops(police)] == [None]
    await say(police)
    (stop,) = await stops(police)
    assert (stop["id"], stop["offered"]) == (str(arrest_id), False)


async def test_a_police_record_sent_anew_keeps_saying_it(police: PoliceSide) -> None:
    await say(police)
    arrest_id = await police_record(police)
    before = len(await police.published("arrest-recorded"))
    await police_record(police)
    assert len(await police.published("arrest-recorded")) == before
    await police_record(police, charges=[{"text": "3503(b)(1) Defiant trespass"}])
    (stop,) = await stops(police)
    assert (stop["id"], stop["offered"], stop["charges"][0]["section"]) == (str(arrest_id), False, "3503")


async def test_a_police_record_that_says_of_the_offer_itself_is_believed(police: PoliceSide) -> None:
    await say(police)
    await police_record(police, offered=True, disposition="offered_declined")
    (stop,) = await stops(police)
    assert stop["offered"] is True


async def test_of_two_arrested_in_one_case_the_one_it_fits_says_it(police: PoliceSide) -> None:
    await police_record(police, source_record_id="A-2", person={"sex": "M", "race": "W"})
    await police_record(police)
    await say(police)
    assert sorted(str(stop.get("offered")) for stop in await stops(police)) == ["False", "None"]


async def test_where_nothing_tells_two_of_a_case_apart_neither_is_said_and_nothing_counts_twice(
    police: PoliceSide,
) -> None:
    await police_record(police)
    await police_record(police, source_record_id="A-2")
    await say(police)
    assert [stop.get("offered") for stop in await stops(police)] == [None, None]


@pytest.mark.parametrize(("did", "told"), [("arrested", 1), ("warned", 2)])
async def test_without_a_number_only_what_no_agency_sends_is_told(police: PoliceSide, did: str, told: int) -> None:
    await police_record(police)
    await say(police, case_no="", did=did)
    assert len(await stops(police)) == told


@pytest.mark.parametrize(
    ("field", "said"),
    [("why_not", "Say why LEAD was not offered."), ("did", "Say what you did."), ("charge", "Name the most serious")],
)
async def test_what_is_missing_is_said_and_nothing_is_kept(police: PoliceSide, field: str, said: str) -> None:
    async with police.browser() as officer:
        form = held((await officer.get("/refer/not-offered")).text)
        answer = await officer.post("/refer/not-offered", data=form | SAID | {"go": "send", field: ""})
    assert answer.status_code == 422
    assert said in answer.text
    assert held(answer.text)["case_no"] == SAID["case_no"]
    assert await police.rows("select 1 from own.discretion") == []


async def test_the_first_step_of_a_referral_is_taken_over(police: PoliceSide) -> None:
    async with police.browser() as officer:
        first = held((await officer.get("/refer")).text)
        begun = first | {"charge": "trespass", "zone": "2", "counterfactual": "citation", "go": "open"}
        form = held((await officer.post("/refer/not-offered", data=begun)).text)
    assert (form["charge"], form["did"]) == ("trespass", "cited")
    assert form["draft"] == first["draft"]


async def test_a_partner_has_no_such_form_and_another_agency_no_such_row(police: PoliceSide) -> None:
    found = await say(police)
    async with police.browser("partner") as partner:
        assert (await partner.get("/refer/not-offered")).status_code == 404
        assert (await partner.get(f"/refer/not-offered/{found}")).status_code == 404
    async with police.browser() as officer:
        assert (await officer.get(f"/refer/not-offered/{uuid4()}")).status_code == 404


async def test_kept_on_a_phone_it_is_recorded_once_when_sent(police: PoliceSide) -> None:
    async with police.browser() as officer:
        phone = await phone_of(police, officer)
        sealed = phone.sealed(str(uuid4()), kind="not_offered", **SAID)
        told = [await phone.send(sealed, now=datetime.now(UTC).isoformat()) for _ in range(2)]
        assert [one["result"] for one in told] == ["sent", "sent"]
        assert (await officer.get(told[0]["href"])).status_code == 200
    await passes(police)
    (stop,) = await stops(police)
    assert stop["offered"] is False
    assert orjson.dumps(stop).find(b"4711") == -1
