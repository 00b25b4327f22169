"""The offense list by its pages: reviewed by two people, and what follows for recorded arrests of its days."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from services.referral.domain.arrest import CanonicalArrest, classify_charges
from services.referral.store.crosswalk import classifier_as
from services.referral.store.policy import policy_of
from services.referral.store.reclassifying import reclassify
from shared.messaging import Transactions
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.referrals.test_desks import token

pytestmark = pytest.mark.integration
HERE = ZoneInfo("America/New_York")
THEFT = {"title": "18", "section": "3929", "sub_prefix": ""}
NEW = {
    "title": "18", "section": "5999", "sub_prefix": "", "description": "Made-up offense", "nibrs": "90Z",
    "category": "public_order", "eligibility": "Y", "desc_regex": "", "notes": "fictional",
}  # fmt: skip


def today() -> date:
    return datetime.now(HERE).date()


def hidden(page: httpx.Response, name: str) -> str:
    return page.text.split(f'name="{name}" value="')[1].split('"')[0]


async def propose(feeds: FeedSide, fields: dict[str, str], persona: str = "programme_manager") -> httpx.Response:
    """A row's form as opened and sent, with these fields typed over what it holds."""
    where = {"title": fields["title"], "section": fields["section"], "sub": fields["sub_prefix"]}
    async with feeds.signed_in(persona) as person:
        form = await person.get("/policy/crosswalk/new", params=where)
        known = {"known": "yes", "seen": hidden(form, "seen")} if 'name="known"' in form.text else {}
        sent = {"csrf": token(form), "note": "a fictional reason", "from": str(today()), **known, **fields}
        return await person.post("/policy/crosswalk/new", data=sent)


async def confirm(feeds: FeedSide, *rows: str, first: date | None = None) -> httpx.Response:
    async with feeds.signed_in("programme_manager") as person:
        form = await person.get("/policy/crosswalk/confirm", params=[("row", row) for row in rows])
        assert form.status_code == 200, form.text[-2000:]
        seen = [part.split('"')[0] for part in form.text.split('name="seen" value="')[1:]]
        data: dict[str, Any] = {"csrf": token(form), "note": "held against the code", "row": list(rows), "seen": seen}
        return await person.post("/policy/crosswalk/confirm", data={**data, "from": str(first or today())})


async def answer(feeds: FeedSide, said: str = "adopted", persona: str = "prosecutor") -> httpx.Response:
    async with feeds.signed_in(persona) as person:
        path = (await person.get("/policy")).text.split('href="/policy/changes/')[1].split('"')[0]
        page = await person.get(f"/policy/changes/{path}")
        assert page.status_code == 200
        return await person.post(f"/policy/changes/{path}", data={"csrf": token(page), "answer": said})


async def arrest(feeds: FeedSide, number: str, *charges: dict[str, Any], at: datetime | None = None) -> str:
    record = {
        "ori": "PAPPD0000", "source_record_id": number, "charges": list(charges),
        "arrested_at": (at or datetime.combine(today(), datetime.min.time(), HERE)).isoformat(),
        "person": {"last": "Sampleton", "first": number},
    }  # fmt: skip
    async with feeds.client() as http:
        sent = await http.post("/api/arrests", json=record)
    assert sent.status_code == 202, sent.text
    await feeds.work()
    return str(sent.json()["results"][0]["arrest_id"])


async def judge_again(feeds: FeedSide) -> None:
    async with Transactions(feeds.consumer, feeds.keys, feeds.settings).begin() as tx:
        await reclassify(tx)


async def shown(feeds: FeedSide, arrest_id: str) -> dict[str, Any]:
    async with feeds.client() as http:
        found: dict[str, Any] = (await http.get(f"/api/arrests/{arrest_id}")).json()
        return found


async def test_a_row_is_reviewed_once_two_people_confirmed_it_and_nothing_else_changes(feeds: FeedSide) -> None:
    stolen = await arrest(feeds, "stolen", {"text": "3929(a)(1) Retail Theft"})
    before = await shown(feeds, stolen)
    assert (before["crosswalk_reviewed"], before["charges"][0]["reviewed"]) == (False, False)
    assert (await confirm(feeds, "18|3929|", "18|5505|")).status_code == 303
    async with feeds.signed_in("prosecutor") as person:
        listed = (await person.get("/policy/crosswalk", params={"q": "3929"})).text
        assert "Unreviewed: ships with LEAD" in listed
        assert "A proposal waits" in listed
    own = await answer(feeds, persona="programme_manager")
    assert own.status_code == 409
    assert (await answer(feeds)).status_code == 303
    await judge_again(feeds)
    after = await shown(feeds, stolen)
    assert (after["crosswalk_reviewed"], after["charges"][0]["reviewed_from"]) == (True, str(today()))
    assert (after["version"], after["classifier_version"]) == (1, "C1-seed")
    assert len(await feeds.outbox()) == 1
    async with feeds.signed_in("prosecutor") as person:
        listed = (await person.get("/policy/crosswalk", params={"show": "reviewed"})).text
        assert "Morgan Fictus and Jordan Exampleton" in listed
        assert "2 of 67 rows are reviewed" in listed
        assert "C1-seed+1" in listed


async def test_a_new_row_reads_recorded_arrests_again_and_tells_only_what_changed(feeds: FeedSide) -> None:
    unknown = await arrest(feeds, "unknown", {"text": "5999(b) Made-up offence"})
    # A text of several charges, a statute given by its title, and one that nothing touches.
    several = await arrest(feeds, "several", {"text": "5999 Made-up / 2701 Simple Assault"})
    given = await arrest(feeds, "given", {"title": "18", "section": "5999", "grade": "S"})
    other = await arrest(feeds, "other", {"text": "5505 Public Drunkenness"})
    first = {one: (await shown(feeds, one)) for one in (unknown, several, given, other)}
    assert {one["divertible"] for one in first.values()} == {"review", "no", "yes"}
    assert (await propose(feeds, NEW)).status_code == 303
    assert (await answer(feeds)).status_code == 303
    told = len(await feeds.outbox())
    await judge_again(feeds)
    news = (await feeds.outbox())[told:]
    assert {(one["arrest_id"], one["action"], one["version"], one["divertible"]) for one in news} == {
        (unknown, "replace", 2, "yes"), (several, "replace", 2, "no"), (given, "replace", 2, "yes"),
    }  # fmt: skip
    assert {one["classifier_version"] for one in news} == {"C1-seed+1"}
    charge = (await shown(feeds, unknown))["charges"][0]
    assert (charge["label"], charge["reviewed"], charge["confidence"]) == ("Made-up offense", True, 0.9)
    assert charge["reason"] == "Made-up offense: fictional"
    assert (await shown(feeds, given))["charges"][0]["grade"] == "S"
    assert await shown(feeds, other) == first[other]
    await judge_again(feeds)
    assert len(await feeds.outbox()) == told + 3


async def test_every_classification_is_reproduced_by_its_stored_versions_and_day(feeds: FeedSide) -> None:
    text = "5999(b) Made-up / 3929(a)(1) Retail Theft"
    yesterday = datetime.combine(today(), datetime.min.time(), HERE) - timedelta(hours=3)
    first = await arrest(feeds, "first", {"text": text}, at=yesterday)
    for number, fields in enumerate((NEW, {**NEW, "eligibility": "N", "notes": "decided anew"}, {**NEW, "act": "end"})):
        await arrest(feeds, f"before {number}", {"text": text})
        assert (await propose(feeds, fields)).status_code == 303
        assert (await answer(feeds)).status_code == 303
    await arrest(feeds, "last", {"text": text})
    facts = await feeds.rows("select fact, arrested_at from own.arrest order by arrested_at, recorded_at")
    assert [one["fact"]["classifier_version"] for one in facts] == [
        "C1-seed", "C1-seed", "C1-seed+1", "C1-seed+2", "C1-seed+3",
    ]  # fmt: skip
    assert [one["fact"]["divertible"] for one in facts] == ["review", "review", "yes", "no", "review"]
    record = CanonicalArrest.model_validate(
        {"source_record_id": "r", "arrested_at": yesterday, "charges": [{"text": text}]}
    )
    async with Transactions(feeds.consumer, feeds.keys, feeds.settings).begin() as tx:
        rules = await policy_of(tx)
    for one in facts:
        fact = one["fact"]
        day = rules.civil_day(one["arrested_at"])
        again = classifier_as(rules, fact["classifier_version"], fact["policy_version"], day)
        charges = classify_charges(record.charges, again)
        assert [charge.listed(seq) for seq, charge in enumerate(charges, 1)] == fact["charges"]
    assert (await shown(feeds, first))["version"] == 1
    # The pages show each version too.
    async with feeds.signed_in("prosecutor") as person:
        where = {"version": "C1-seed+2", "day": str(today())}
        assert "decided anew" in (await person.get("/policy/crosswalk.csv", params=where)).text
        assert "Made-up offense" in (await person.get("/policy/crosswalk", params={**where, "page": "3"})).text
        wrong = await person.get("/policy/crosswalk", params={**where, "version": "C1-seed+9"})
        assert (wrong.status_code, "No encounter of that day" in wrong.text) == (422, True)


async def test_a_change_from_tomorrow_changes_no_encounter_of_today(feeds: FeedSide) -> None:
    tomorrow = today() + timedelta(days=1)
    await arrest(feeds, "before", {"text": "3929 Retail Theft"})
    changed = {**NEW, **THEFT, "description": "Retail theft", "eligibility": "N", "from": str(tomorrow)}
    assert (await propose(feeds, changed)).status_code == 303
    assert (await answer(feeds)).status_code == 303
    await judge_again(feeds)
    await arrest(feeds, "after", {"text": "3929 Retail Theft"})
    told = await feeds.outbox()
    assert [(one["version"], one["divertible"], one["classifier_version"]) for one in told] == [
        (1, "yes", "C1-seed"), (1, "yes", "C1-seed"),
    ]  # fmt: skip
    async with feeds.signed_in("prosecutor") as person:
        listed = (await person.get("/policy/crosswalk", params={"q": "3929"})).text
        assert "Another from" in listed
        assert "C1-seed</span>" in listed
    # Today's row cannot be changed under the one that is adopted already.
    refused = await propose(feeds, {**changed, "from": str(today())})
    assert (refused.status_code, f"begins on {tomorrow} is adopted already" in refused.text) == (422, True)


async def test_a_proposal_is_tried_on_the_past_by_municipality_and_race(feeds: FeedSide) -> None:
    for number in range(3):
        await arrest(feeds, f"t{number}", {"text": "3929(a)(1) Retail Theft"})
    await arrest(feeds, "unknown", {"text": "5999 Made-up"})
    changed = {**NEW, **THEFT, "description": "Retail theft", "eligibility": "N", "go": "try"}
    tried = await propose(feeds, changed)
    assert tried.status_code == 200
    assert "<strong>3</strong> arrests would be answered differently" in tried.text
    assert "cannot know how they would be read anew" in tried.text
    added = await propose(feeds, {**NEW, "go": "try"})
    assert "<strong>1</strong> arrest would be answered differently" in added.text
    ended = await propose(feeds, {**changed, "act": "end"})
    assert "<strong>3</strong> arrests would be answered differently" in ended.text
    assert await feeds.rows("select 1 from own.policy_change") == []


async def test_a_statute_that_no_list_knows_leaves_the_worklist_once_it_is_listed(feeds: FeedSide) -> None:
    await arrest(feeds, "unknown", {"text": "5999(b) Made-up offence"})
    async with feeds.signed_in("prosecutor") as prosecutor:
        listed = (await prosecutor.get("/policy/unknown")).text
        assert "/policy/crosswalk/new?title=18&amp;section=5999&amp;sub=b" in listed
        form = (await prosecutor.get("/policy/crosswalk/new", params={"title": "18", "section": "5999"})).text
        assert 'value="5999"' in form
    # Recorded arrests are not read again yet, and still the statute is known from now on.
    assert (await propose(feeds, NEW)).status_code == 303
    assert (await answer(feeds)).status_code == 303
    async with feeds.signed_in("prosecutor") as prosecutor:
        assert "Every statute is known" in (await prosecutor.get("/policy/unknown")).text


async def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(feeds: FeedSide) -> None:
    wrong = {**NEW, "section": "fifty", "nibrs": "99X", "category": "", "eligibility": "", "desc_regex": "(a+)+$"}
    refused = await propose(feeds, {**wrong, "from": "", "note": ""})
    assert refused.status_code == 422
    for said in (
        "Give the section", "NIBRS has no offense code 99X", "Choose what it is about", "Choose what is presumed",
        "Give plain words", "Give the first day", "Say why this change is proposed",
    ):  # fmt: skip
        assert said in refused.text, said
    assert 'value="(a+)+$"' in refused.text
    yesterday = await propose(feeds, {**NEW, "from": str(today() - timedelta(days=1))})
    assert "from today on at the earliest" in yesterday.text
    known = {**NEW, **THEFT, "known": "", "description": "Theft again"}
    twice = await propose(feeds, known)
    assert "is on the list by then already" in twice.text
    nothing = await confirm_nothing(feeds)
    assert (nothing.status_code, "Tick at least one row" in nothing.text) == (422, True)
    assert await feeds.rows("select 1 from own.policy_change") == []


async def confirm_nothing(feeds: FeedSide) -> httpx.Response:
    async with feeds.signed_in("prosecutor") as prosecutor:
        return await prosecutor.get("/policy/crosswalk/confirm")


async def test_of_two_proposals_for_a_row_the_second_no_longer_fits(feeds: FeedSide) -> None:
    changed = {**NEW, **THEFT, "description": "Retail theft"}
    assert (await propose(feeds, {**changed, "eligibility": "REVIEW"})).status_code == 303
    assert (await propose(feeds, {**changed, "eligibility": "N"})).status_code == 303
    assert (await answer(feeds)).status_code == 303
    late = await answer(feeds)
    assert (late.status_code, "was changed meanwhile" in late.text) == (422, True)
    async with feeds.signed_in("programme_manager") as manager:
        stale = {**changed, "csrf": token(await manager.get("/policy/crosswalk/new")), "known": "yes", "seen": "old"}
        refused = await manager.post("/policy/crosswalk/new", data={**stale, "from": str(today()), "note": "late"})
        assert (refused.status_code, "By that day the row is another" in refused.text) == (422, True)


async def test_the_whole_list_can_be_taken_along(feeds: FeedSide) -> None:
    async with feeds.signed_in("prosecutor") as prosecutor:
        sent = await prosecutor.get("/policy/crosswalk.csv")
    rows = list(csv.DictReader(io.StringIO(sent.text)))
    assert len(rows) == 67
    assert {row["classifier_version"] for row in rows} == {"C1-seed"}
    assert next(row for row in rows if row["section"] == "901")["nibrs"] == "'=target"


@pytest.mark.parametrize("persona", ["coordinator", "officer", "county_it", "supervisor"])
async def test_nobody_else_sees_the_list(feeds: FeedSide, persona: str) -> None:
    async with feeds.signed_in(persona) as person:
        for path in (
            "/policy/crosswalk",
            "/policy/crosswalk.csv",
            "/policy/crosswalk/new",
            "/policy/crosswalk/confirm",
        ):
            assert (await person.get(path)).status_code == 404, path
