"""What a phone kept and sends later: judged by its own day, taken once, doubts shown to the officer, never dropped."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from services.referral.pages.refer_page import SEALED_FOR
from shared.runtime.browser_box import public_key
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.test_form import STEP_1, STEP_2, held
from tests.sealed_by_phone import sealed_by_phone

pytestmark = pytest.mark.integration

TYPED = STEP_1 | STEP_2
HTMX = {"HX-Request": "true"}


async def form_of(officer: httpx.AsyncClient) -> tuple[str, str]:
    """The form token and the owner that the officer's page names."""
    page = (await officer.get("/refer")).text
    owner = re.search(r'data-owner="([0-9a-f]+)"', page)
    assert owner is not None
    return held(page)["csrf"], owner[1]


class Phone:
    """What one officer's phone keeps and sends."""

    def __init__(self, police: PoliceSide, officer: httpx.AsyncClient, csrf: str, owner: str) -> None:
        self.police, self.officer, self.csrf, self.owner = police, officer, csrf, owner

    def sealed(self, draft: str, kept_at: datetime | None = None, owner: str = "", **changes: str) -> str:
        plain = orjson.dumps(
            {
                "owner": owner or self.owner,
                "draft": draft,
                "kept_at": (kept_at or datetime.now(UTC)).isoformat(),
                "values": TYPED | changes,
            }
        )
        entry = sealed_by_phone(public_key(self.police.keys, SEALED_FOR), SEALED_FOR, plain)
        return base64.b64encode(entry).decode()

    async def send(self, sealed: str, **more: str) -> dict[str, Any]:
        answer = await self.officer.post("/refer/kept", data={"csrf": self.csrf, "sealed": sealed} | more, headers=HTMX)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def look(self, sealed: str) -> httpx.Response:
        return await self.officer.post("/refer/kept", data={"csrf": self.csrf, "sealed": sealed, "look": "1"})


async def phone_of(police: PoliceSide, officer: httpx.AsyncClient) -> Phone:
    return Phone(police, officer, *await form_of(officer))


async def test_the_rules_of_the_encounters_day_count_whenever_it_is_sent(police: PoliceSide) -> None:
    async with police.browser() as officer:
        phone = await phone_of(police, officer)
        told = await phone.send(phone.sealed(str(uuid4())))
    assert told["result"] == "sent"
    (created,) = await police.published("referral-created")
    assert created["occurred_at"] == "2026-03-02T04:30:00Z"
    assert created["intake_due_on"] == "2026-03-31"


@pytest.mark.parametrize("off", [timedelta(), timedelta(days=1), timedelta(days=-400)])
async def test_without_a_time_it_is_when_it_was_finished_even_by_a_wrong_clock(
    police: PoliceSide, off: timedelta
) -> None:
    async with police.browser() as officer:
        phone = await phone_of(police, officer)
        kept_at = datetime.now(UTC) + off - timedelta(hours=3)
        sealed = phone.sealed(str(uuid4()), kept_at, occurred_at="")
        told = await phone.send(sealed, now=(datetime.now(UTC) + off).isoformat())
        again = await phone.send(sealed, now=(datetime.now(UTC) + off).isoformat())
    assert (told["result"], again["result"]) == ("sent", "sent")
    (created,) = await police.published("referral-created")
    late = datetime.now(UTC) - datetime.fromisoformat(created["occurred_at"])
    assert timedelta(hours=3) <= late < timedelta(hours=3, minutes=2)


@pytest.mark.parametrize(
    "now",
    ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00", "2026-01-01", "soon", "", "2026-01-01T00:00:00-23:59"],
)
async def test_a_clock_that_tells_nonsense_puts_no_encounter_out_of_reach(police: PoliceSide, now: str) -> None:
    async with police.browser() as officer:
        phone = await phone_of(police, officer)
        told = await phone.send(phone.sealed(str(uuid4()), datetime.now(UTC), occurred_at=""), now=now)
    assert told["result"] == "sent"
    (created,) = await police.published("referral-created")
    assert datetime.now(UTC) - datetime.fromisoformat(created["occurred_at"]) < timedelta(hours=73)


async def test_the_same_entry_by_the_form_and_by_the_outbox_is_one_referral(police: PoliceSide) -> None:
    async with police.browser() as officer:
        phone = await phone_of(police, officer)
        first = held((await officer.get("/refer")).text) | TYPED | {"occurred_at": "", "step": "3"}
        sent = await officer.post("/refer", data=first)
        assert sent.status_code == 303
        sealed = phone.sealed(first["draft"], occurred_at="")
        told = await phone.send(sealed, now=datetime.now(UTC).isoformat())
    assert (told["result"], told["href"]) == ("sent", sent.headers["location"])
    assert len(await police.published("referral-created")) == 1


async def test_sent_before_with_other_words_is_said_and_can_be_sent_as_another(police: PoliceSide) -> None:
    draft = str(uuid4())
    async with police.browser() as officer:
        phone = await phone_of(police, officer)
        await phone.send(phone.sealed(draft))
        other = phone.sealed(draft, zone="2", last="Otherfiction", first="Ada")
        assert (await phone.send(other))["result"] == "differs"
        assert len(await police.published("referral-created")) == 1
        shown = held((await phone.look(other)).text)
    assert shown["draft"] != draft
    assert (shown["last"], shown["zone"]) == ("Otherfiction", "2")


async def test_an_error_comes_back_with_its_reason_and_the_form_to_mend_it(police: PoliceSide) -> None:
    async with police.browser() as officer:
        phone = await phone_of(police, officer)
        sealed = phone.sealed(str(uuid4()), birth_date="yesterday")
        told = await phone.send(sealed)
        assert (told["result"], told["said"]) == (
            "mend",
            ["Write the date of birth as MM/DD/YYYY, or leave it blank."],
        )
        page = await phone.look(sealed)
    assert page.status_code == 422
    assert "Step 2 of 3" in page.text
    assert held(page.text)["last"] == "Sampleton"
    assert await police.published() == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"zone": "3"}, "By the rules of that day it is: Not eligible as a diversion."),
        ({"zone": "3", "seen": "yes"}, "When you kept it, the answer was “Eligible”."),
        ({"zone": "", "seen": "yes"}, "A person will look first"),
    ],
)
async def test_an_answer_other_than_the_officer_saw_is_theirs_to_decide(
    police: PoliceSide, changes: dict[str, str], said: str
) -> None:
    async with police.browser() as officer:
        phone = await phone_of(police, officer)
        sealed = phone.sealed(str(uuid4()), **changes)
        told = await phone.send(sealed)
        assert told["result"] == "ask"
        assert said in told["said"][0]
        assert await police.published() == []
        assert (await phone.send(sealed, sure="1"))["result"] == "sent"
    assert len(await police.published("referral-created")) == 1


async def test_a_second_referral_of_a_person_that_day_is_asked_about(police: PoliceSide) -> None:
    async with police.browser() as officer:
        phone = await phone_of(police, officer)
        await phone.send(phone.sealed(str(uuid4())))
        twin = phone.sealed(str(uuid4()), charge="drunkenness")
        told = await phone.send(twin)
        assert told["result"] == "ask"
        assert "of this person on that day is here already: R-" in told["said"][0]
        another_day = await phone.send(phone.sealed(str(uuid4()), occurred_at="2026-03-02T23:30"))
        assert another_day["result"] == "sent"
        assert (await phone.send(twin, sure="1"))["result"] == "sent"
    assert len(await police.published("referral-created")) == 3


async def test_another_officers_entry_is_not_taken(police: PoliceSide) -> None:
    async with police.browser() as officer, police.browser("agency_supervisor") as sergeant:
        mine, theirs = await phone_of(police, officer), await phone_of(police, sergeant)
        sealed = mine.sealed(str(uuid4()))
        told = await theirs.send(sealed)
    assert told == {"result": "not_yours", "title": "", "said": [], "href": ""}
    assert await police.published() == []


@pytest.mark.parametrize("sealed", ["", "AAAA", "no base64!", "A" * 70_000])
async def test_what_does_not_open_is_said_to_be_so(police: PoliceSide, sealed: str) -> None:
    async with police.browser() as officer:
        phone = await phone_of(police, officer)
        assert (await phone.send(sealed))["result"] == "unreadable"


async def test_the_pages_a_phone_keeps_name_nobody_and_hold_no_token(police: PoliceSide) -> None:
    async with police.browser() as officer:
        csrf, _ = await form_of(officer)
        for path in ("/refer/offline", "/refer/kept"):
            page = await officer.get(path)
            assert page.status_code == 200
            assert page.headers["cache-control"] == "no-store"
            for word in ("Placeholder", csrf, "csrf-token"):
                assert word not in page.text, (path, word)
