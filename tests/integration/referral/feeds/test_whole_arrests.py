"""An arrest is taken with all its lines or not at all, and what cannot be read replaces nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import event as sql_event

from services.referral.feeds import staging
from services.referral.feeds.adapter import Item, Record
from services.referral.feeds.side_by_side import CHARS
from services.referral.feeds.whole_arrests import LeftOut, incomplete_lines
from services.referral.store.batches import Batch
from shared.messaging import Tx
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import counts, register, send, warnings
from tests.unit.referral.feeds.feed_files import ORI, row, template
from tests.unit.referral.feeds.nibrs_files import arrested, flat, incident, incident_number, level6, level7, submission
from tests.unit.referral.feeds.nibrs_files import report as nibrs_report

pytestmark = pytest.mark.integration

# So many arrests beside those at fault that the batch is not held for its rejects.
OTHERS = [row(case_no=f"K-{number}") for number in range(40)]
GROUP_A = "GROUP A INCIDENT REPORT"


@pytest.fixture
async def agency(feeds: FeedSide) -> FeedSide:
    await register(feeds, "template", "lead_csv", ORI)
    return feeds


@pytest.fixture
async def state(feeds: FeedSide) -> FeedSide:
    await register(feeds, "state", "nibrs_flat", "per-record")
    return feeds


async def rejects(feeds: FeedSide, batch: dict[str, Any], key: str | None = None) -> list[dict[str, Any]]:
    async with feeds.client(key) as http:
        found: list[dict[str, Any]] = (await http.get(batch["rejects_url"])).json()
    return found


def told(found: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(one["line"], one["code"]) for one in found]


async def live(feeds: FeedSide) -> int:
    return len(await feeds.rows("select 1 from own.arrest where state = 'live'"))


async def test_long_lines_are_few_at_a_time_when_they_are_read_once_more(
    agency: FeedSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []

    async def seen(tx: Tx, batch: Batch, before: int, items: Sequence[Item]) -> LeftOut:
        held.append(sum(item.chars for item in items if isinstance(item, Record)))
        return await incomplete_lines(tx, batch, before, items)

    monkeypatch.setattr(staging, "incomplete_lines", seen)
    said = "x" * 60_000
    lines = [*OTHERS, row(statute="5503"), row(case_no="K-99"), row(arrest_date="soon")]
    header, *rows = template(*lines).decode().splitlines()
    content = "\n".join([f"{header},remark", *(f"{line},{said}" for line in rows), ""]).encode()
    batch = await send(agency, "template", content)
    assert counts(batch) == {"accepted": 41, "rejected": 2}
    assert 0 < max(held) < 2 * CHARS


@pytest.mark.parametrize("bad", [row(description="Disorderly, Conduct"), row(arrest_date="soon"), row(zone="x" * 20)])
@pytest.mark.parametrize("first", [True, False])
async def test_a_bad_line_that_stands_apart_rejects_every_line_of_its_arrest(
    agency: FeedSide, bad: str, first: bool
) -> None:
    good = [row(statute="5503"), row(statute="2701")]
    lines = [bad, *OTHERS, *good] if first else [*good, *OTHERS, bad]
    batch = await send(agency, "template", template(*lines))
    assert (batch["status"], counts(batch)) == ("applied", {"accepted": 40, "rejected": 3})
    assert await live(agency) == 40
    found = await rejects(agency, batch, await agency.key(ORI))
    bad_line, good_lines = (2, [43, 44]) if first else (44, [2, 3])
    codes = dict(told(found))
    assert sorted(codes) == sorted([bad_line, *good_lines])
    assert [codes[line] for line in good_lines] == ["E_REF", "E_REF"]
    assert [one["line"] for one in found] == sorted(codes)
    assert [one["raw"] for one in found if one["line"] in good_lines] == good


async def test_a_line_of_the_future_rejects_every_line_of_its_arrest(agency: FeedSide) -> None:
    lines = [row(statute="5503"), row(statute="2701"), *OTHERS, row(arrest_date="1/3/2199")]
    batch = await send(agency, "template", template(*lines, row(case_no="C-2", arrest_date="1/3/2199"), ""))
    assert counts(batch) == {"accepted": 40, "rejected": 4, "other": 1}
    assert told(await rejects(agency, batch)) == [(2, "E_REF"), (3, "E_REF"), (44, "E_FUTURE"), (45, "E_FUTURE")]


async def test_lines_that_hold_thousands_of_charges_together_are_rejected_with_the_reason(agency: FeedSide) -> None:
    many = [row(statute=" / ".join([number] * 570)) for number in ("5503", "2701")]
    batch = await send(agency, "template", template(*OTHERS, *many))
    assert counts(batch) == {"accepted": 40, "rejected": 2}
    found = await rejects(agency, batch)
    assert told(found) == [(42, "E_LENGTH"), (43, "E_LENGTH")]
    assert {one["reason"] for one in found} == {"expected at most 1,000 charges of one arrest, in 40,000 characters"}


async def test_both_lines_of_an_arrest_of_the_future_come_back(agency: FeedSide) -> None:
    future = [row(arrest_date="1/3/2199"), row(arrest_date="1/3/2199", statute="5503")]
    batch = await send(agency, "template", template(*OTHERS, *future))
    assert counts(batch) == {"accepted": 40, "rejected": 2}
    found = await rejects(agency, batch, await agency.key(ORI))
    assert [one["raw"] for one in found] == future


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize("other", [{"last": "Else"}, {"dob": "5/18/1990"}, {"arrest_time": "15:00"}])
async def test_lines_that_differ_in_person_or_time_are_told_alike_together_and_apart(
    agency: FeedSide, other: dict[str, str], apart: bool
) -> None:
    between = OTHERS if apart else []
    behind = [] if apart else OTHERS
    batch = await send(agency, "template", template(row(), *between, row(**other, statute="5503"), *behind))
    assert counts(batch) == {"accepted": 40, "rejected": 2}
    assert warnings(batch) == {}
    assert {code for _, code in told(await rejects(agency, batch))} == {"E_KEY"}


@pytest.mark.parametrize("apart", [True, False])
async def test_lines_that_say_the_same_are_told_alike_together_and_apart(agency: FeedSide, apart: bool) -> None:
    again = [row(), row(statute="5503"), row(statute="2701")]
    if apart:
        again = [line for number, one in enumerate(again) for line in (OTHERS[number], one)]
    lines = [row(), row(statute="5503"), *again, *OTHERS[3 if apart else 0 :]]
    batch = await send(agency, "template", template(*lines))
    assert counts(batch) == {"accepted": 41, "duplicates": 2, "other": 2}
    (several,) = [fact for fact in await agency.outbox() if len(fact["charges"]) > 1]
    assert [charge["section"] for charge in several["charges"]] == ["3929", "5503", "2701"]
    resent = await send(agency, "template", template(*lines, ""))
    assert counts(resent) == {"duplicates": 43, "other": 3}


@pytest.mark.parametrize("apart", [True, False])
async def test_more_charges_than_an_arrest_can_have_reject_it_with_all_its_lines(agency: FeedSide, apart: bool) -> None:
    many = [row(statute=str(2700 + number)) for number in range(101)]
    others = [row(case_no=f"K-{number}") for number in range(410)]
    lines = [*many[:50], *others, *many[50:]] if apart else [*many, *others]
    batch = await send(agency, "template", template(*lines))
    assert counts(batch) == {"accepted": 410, "rejected": 101}
    found = await rejects(agency, batch)
    assert {one["code"] for one in found} == {"E_LENGTH"}
    assert {one["reason"] for one in found} == {"expected at most 100 charges of one arrest"}


async def test_more_charges_than_a_group_b_arrest_can_have_reject_it(state: FeedSide) -> None:
    codes = [f"{number:02d}{letter}" for number in range(10, 60) for letter in "ABC"][:101]
    others = [level7(f"K{number}") for number in range(410)]
    batch = await send(state, "state", flat(*[level7("A1", code=code) for code in codes], *others))
    assert counts(batch) == {"accepted": 410, "rejected": 101}
    exact = await send(state, "state", flat(*[level7("A1", code=code) for code in codes[:100]]))
    assert counts(exact) == {"accepted": 1, "other": 99}
    assert len((await state.outbox())[-1]["charges"]) == 100


async def test_a_bad_line_of_a_group_b_arrest_rejects_its_other_charges(state: FeedSide) -> None:
    others = [level7(f"K{number}") for number in range(10)]
    batch = await send(state, "state", flat(level7("A1"), *others, level7("A1", code="90J", kind="?")))
    assert counts(batch) == {"accepted": 10, "rejected": 2}
    assert told(await rejects(state, batch)) == [(1, "E_REF"), (12, "E_CODE")]


BAD_LEVEL_6 = {
    "a day that is none": level6("I1", "X1", day="20241399"),
    "a type that is none": level6("I1", "X1", kind="?"),
    "a length that is wrong": "0999" + level6("I1", "X1")[4:],
    "no number of the arrestee": level6("I1", "X1", "  "),
    "an agency that cannot be read": level6("I1", "X1", ori="pa??????1"),
    "other bytes": level6("I1", "X\u00e9"),
    "a day in the future": level6("I1", "X1", day="21990103"),
}


@pytest.mark.parametrize("name", BAD_LEVEL_6)
async def test_an_incident_deleted_and_sent_again_with_a_line_that_cannot_be_read_stands(
    state: FeedSide, name: str
) -> None:
    others = [level7(f"K{number}") for number in range(10)]
    await send(state, "state", flat(incident("I1"), level6("I1", "X1"), incident("I2"), level6("I2", "X2")))
    lines = [incident("I1", "D"), incident("I1"), BAD_LEVEL_6[name], incident("I2", "D"), *others]
    batch = await send(state, "state", flat(*lines))
    assert counts(batch) == {"accepted": 10, "rejected": 1, "voided": 1, "other": 2}
    # X1 stands, the incident that was only deleted does not.
    assert await live(state) == 11


@pytest.mark.parametrize("bad", [level7("A1", kind="?"), level7("A1", day="21990103"), "0999" + level7("A1")[4:]])
async def test_an_arrest_deleted_and_sent_again_with_a_line_that_cannot_be_read_stands(
    state: FeedSide, bad: str
) -> None:
    others = [level7(f"K{number}") for number in range(10)]
    await send(state, "state", flat(level7("A1"), level7("A2")))
    lines = [level7("A1", action="D"), bad, level7("A2", action="D"), *others]
    batch = await send(state, "state", flat(*lines))
    assert counts(batch) == {"accepted": 10, "rejected": 1, "voided": 1, "other": 1}
    assert await live(state) == 11


async def test_a_delete_behind_a_line_that_cannot_be_read_still_deletes(state: FeedSide) -> None:
    others = [level7(f"K{number}") for number in range(10)]
    await send(state, "state", flat(level7("A1")))
    batch = await send(state, "state", flat(level7("A1", kind="?"), level7("A1", action="D"), *others))
    assert counts(batch) == {"accepted": 10, "rejected": 1, "voided": 1}
    again = await send(state, "state", flat(level7("A1", kind="?"), level7("A1", action="D"), level7("A1"), *others))
    assert counts(again) == {"accepted": 1, "rejected": 1, "duplicates": 10, "other": 1}


@pytest.mark.parametrize(
    "change",
    [{"kind": "?"}, {"day": "2024-13-01"}, {"day": "2199-01-01"}, {"seqs": ("1", "")}],
    ids=["kind", "no day", "future", "no number"],
)
async def test_a_report_that_replaces_and_cannot_be_read_leaves_the_old_one(
    feeds: FeedSide, change: dict[str, Any]
) -> None:
    await register(feeds, "xml", "nibrs_xml", "PASAMPLE1")
    fine = [nibrs_report("GROUP B ARREST REPORT", "A", arrested(f"K{number}")) for number in range(10)]
    two = nibrs_report(GROUP_A, "A", incident_number("I1") + arrested("X1", ("1", "2")))
    assert counts(await send(feeds, "xml", submission(two))) == {"accepted": 2}
    wrong = nibrs_report(GROUP_A, "R", incident_number("I1") + arrested("X1", **{"seqs": ("1",), **change}))
    batch = await send(feeds, "xml", submission(wrong, *fine))
    assert (batch["status"], batch["voided"], batch["rejected"], batch["accepted"]) == ("applied", 0, 1, 10)
    assert await live(feeds) == 12


async def test_combining_takes_the_same_few_statements_however_many_arrests(agency: FeedSide) -> None:
    sent: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    taken = []
    sql_event.listen(agency.consumer.engine.sync_engine, "before_cursor_execute", note)
    # The first of all also learns what the others know.
    # (A file of over a page is linked in transactions of its own: some statements for each.)
    for arrests in (1, 2, 100):
        sent.clear()
        one, other = (
            [row(case_no=f"{arrests}-{number}", statute=statute) for number in range(arrests)]
            for statute in ("3929(a)(1)", "5503")
        )
        batch = await send(agency, "template", template(*one, *other))
        assert counts(batch) == {"accepted": arrests, "other": arrests}
        taken.append(len(sent))
    sql_event.remove(agency.consumer.engine.sync_engine, "before_cursor_execute", note)
    assert taken[1] == taken[2] < 80
