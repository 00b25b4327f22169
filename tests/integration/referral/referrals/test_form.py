"""The officer's form by plain posts: the answer at once, nothing typed lost, sent once."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from tests.integration.referral.referrals.police_side import PoliceSide

pytestmark = pytest.mark.integration

STEP_1 = {
    "pathway": "arrest_diversion",
    "charge": "possession",
    "counterfactual": "arrest",
    "municipality": "Pittsburgh",
    "zone": "1",
    "occurred_at": "2026-03-01T23:30",
}
STEP_2 = {
    "first": "Marlow",
    "last": "Sampleton",
    "birth_date": "05/05/1990",
    "find": "Bus shelter, Fable and Fiction",
    "offer": "accepted",
    "complainant": "none",
}
_INPUT = re.compile(r"<input[^>]*>")
_SELECT = re.compile(r'<select[^>]*name="([^"]+)".*?</select>', re.S)


def held(page: str) -> dict[str, str]:
    """What the page's form would send: its inputs and choices as they stand."""
    values: dict[str, str] = {}
    form = page.split('id="of"')[1]
    for tag in _INPUT.findall(form.split("</form>")[0]):
        given = {name: unescape(value) for name, value in re.findall(r'(\w+)="([^"]*)"', tag)}
        if given.get("type") == "radio" and not re.search(r"\bchecked\b", tag):
            continue
        if "name" in given:
            values[given["name"]] = given.get("value", "")
    for choice in _SELECT.finditer(form):
        chosen = re.search(r'<option value="([^"]*)" selected', choice[0])
        values[choice[1]] = chosen[1] if chosen else ""
    return values


async def test_three_steps_make_one_referral_and_a_second_send_makes_none(police: PoliceSide) -> None:
    async with police.browser() as officer:
        first = held((await officer.get("/refer")).text)
        assert (first["pathway"], first["municipality"]) == ("arrest_diversion", "Pittsburgh")
        second = await officer.post("/refer", data=first | STEP_1)
        assert "Step 2 of 3" in second.text
        third = await officer.post("/refer", data=held(second.text) | STEP_2)
        assert "Step 3 of 3" in third.text
        assert "Marlow Sampleton" in third.text
        last = held(third.text) | {"handoff": "warm", "handoff_minutes": "20"}
        sent = await officer.post("/refer", data=last)
        again = await officer.post("/refer", data=last)
        assert (sent.status_code, again.headers["location"]) == (303, sent.headers["location"])
        shown = await officer.get(sent.headers["location"])
    assert "Hold your report until Tue Mar 31" in shown.text
    (created,) = await police.published("referral-created")
    assert (created["decision"], created["handoff_minutes"], created["zone"]) == ("approved", 20, "1")
    assert created["occurred_at"] == "2026-03-02T04:30:00Z"
    (profile,) = await police.published("person-profile")
    assert profile["addresses"] == ["Bus shelter, Fable and Fiction"]


async def test_what_was_typed_survives_every_step_and_every_error(police: PoliceSide) -> None:
    async with police.browser() as officer:
        first = held((await officer.get("/refer")).text) | STEP_1
        second = held((await officer.post("/refer", data=first)).text)
        wrong = await officer.post("/refer", data=second | STEP_2 | {"birth_date": "yesterday", "offer": ""})
        assert wrong.status_code == 422
        assert "What you typed is still here" in wrong.text
        kept = held(wrong.text)
        assert (kept["birth_date"], kept["first"], kept["zone"]) == ("yesterday", "Marlow", "1")
        back = await officer.post("/refer", data=kept | {"go": "back"})
    assert "Step 1 of 3" in back.text
    kept = held(back.text)
    for name, value in {**STEP_1, "last": "Sampleton", "birth_date": "yesterday"}.items():
        assert kept[name] == value, name


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Eligible"),
        ({"zone": "3"}, "not open in this zone"),
        ({"zone": ""}, "A person will look first"),
        ({"charge": "other", "charge_text": "2701 Simple assault"}, "Not eligible as a diversion"),
        ({"charge_text": "9501 Bench warrant"}, "A warrant has to be served"),
        ({"municipality": "Rankin", "zone": ""}, "not open in this municipality"),
        ({"pathway": "social_contact"}, "Open here"),
    ],
)
async def test_the_answer_comes_at_once_with_its_reason(police: PoliceSide, changes: dict[str, str], said: str) -> None:
    async with police.browser() as officer:
        form = held((await officer.get("/refer")).text)
        answer = await officer.post("/refer/check", data=form | STEP_1 | changes, headers={"HX-Request": "true"})
    assert said in answer.text
    assert "<html" not in answer.text
    assert await police.published() == []


async def test_a_minor_is_sent_to_the_youth_programme_and_no_identity_leaves(police: PoliceSide) -> None:
    async with police.browser() as officer:
        shown = await _send(officer, birth_date="03/02/2008")
    assert "Call the county" in shown.text
    assert await police.published("person-profile") == []


async def test_only_the_screening_is_shown_whatever_came_later(police: PoliceSide) -> None:
    async with police.browser() as officer:
        shown = await _send(officer)
        address = str(shown.url)
        await police.tick("due-days")
        assert [fact["decision"] for fact in await police.published("referral-decided")] == ["expired"]
        later = await officer.get(address)
    assert "You can go" in later.text
    assert "expired" not in later.text


async def test_a_partner_has_the_form_without_charges(police: PoliceSide) -> None:
    async with police.browser("partner") as partner:
        form = held((await partner.get("/refer")).text)
        assert form["pathway"] == "community"
        second = await partner.post("/refer", data=form | {"municipality": "Pittsburgh", "zone": "2"})
        third = await partner.post("/refer", data=held(second.text) | STEP_2)
        sent = await partner.post("/refer", data=held(third.text))
    assert sent.status_code == 303
    (created,) = await police.published("referral-created")
    assert (created["pathway"], created["referred_by"], created["decision"]) == (
        "community",
        "community_partner",
        "pending",
    )
    assert created.get("intake_due_on") is None


@pytest.mark.parametrize("persona", ["coordinator", "intake_worker", "prosecutor", "county_it", "evaluator"])
async def test_the_form_is_not_for_everybody(police: PoliceSide, persona: str) -> None:
    async with police.browser(persona) as someone:
        assert (await someone.get("/refer")).status_code == 404


async def _send(officer: httpx.AsyncClient, **changes: str) -> httpx.Response:
    second = await officer.post("/refer", data=held((await officer.get("/refer")).text) | STEP_1)
    third = await officer.post("/refer", data=held(second.text) | STEP_2 | changes)
    sent = await officer.post("/refer", data=held(third.text))
    assert sent.status_code == 303, sent.text
    return await officer.get(sent.headers["location"])
