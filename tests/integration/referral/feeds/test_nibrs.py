"""NIBRS through the whole pipeline: what counts as what, deletes, several charges, one publishing source an agency."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import counts, register, send, warnings
from tests.shared_data import shared_data
from tests.unit.referral.feeds.nibrs_files import (
    arrested,
    flat,
    incident,
    incident_number,
    level6,
    level7,
    property_of,
    report,
    submission,
    zero_report,
)

pytestmark = pytest.mark.integration


@pytest.fixture
async def nibrs(feeds: FeedSide) -> FeedSide:
    await register(feeds, "state", "nibrs_flat", "per-record")
    return feeds


async def test_a_real_states_month_and_its_replay_have_the_designs_counts(nibrs: FeedSide) -> None:
    content = shared_data("nibrs/flatfile/VTUCR0001_20200420_NIBRS_010.txt").read_bytes()
    batch = await send(nibrs, "state", content)
    assert batch["status"] == "applied", batch
    assert (batch["rows"], counts(batch)) == (6518, {"accepted": 758, "duplicates": 3, "other": 5757})
    assert warnings(batch) == {"W_VOID_UNKNOWN": 1}
    facts = await nibrs.outbox()
    assert Counter(fact["action"] for fact in facts) == {"record": 758}
    assert not any(fact["linkable"] for fact in facts)
    assert len({fact["person_id"] for fact in facts}) == 758
    async with nibrs.client() as http:
        await http.post(f"/api/batches/{batch['batch_id']}/replay")
    await nibrs.work()
    replay = (await nibrs.rows("select * from own.batch where replay_of is not null"))[0]
    assert counts(dict(replay)) == {"duplicates": 761, "other": 5757}
    assert len(await nibrs.outbox()) == 758


async def test_the_certification_file_and_its_answer(nibrs: FeedSide) -> None:
    batch = await send(nibrs, "state", shared_data("nibrs/flatfile/Test-Submission-1.txt").read_bytes())
    assert (batch["rows"], counts(batch)) == (1400, {"accepted": 206, "other": 1194})
    types = Counter(fact["arrest_type"] for fact in await nibrs.outbox())
    assert types == {"on_view": 25, "summoned": 62, "taken": 119}
    refused = await send(nibrs, "state", shared_data("nibrs/flatfile/Test-EDS-1.txt").read_bytes())
    assert (refused["status"], refused["error"]["code"]) == ("refused", "E_TYPE")


async def test_the_official_xml_samples(feeds: FeedSide) -> None:
    found: dict[str, tuple[dict[str, int], dict[str, int]]] = {}
    for path in sorted(shared_data("nibrs/xml").glob("*.xml")):
        name = path.stem.removeprefix("2019_1__nibrs_").replace("_Sample", "").lower().replace("_", "-")
        # Each into an empty store: a source's records are its own, and the others must not be compared with it.
        await register(feeds, name, "nibrs_xml", "WVNDX0100", primary=True)
        batch = await send(feeds, name, path.read_bytes())
        found[name] = (counts(batch), warnings(batch))
    one, none = ({"accepted": 1}, {}), ({"other": 1}, {})
    unknown = ({"other": 1}, {"W_VOID_UNKNOWN": 1})
    assert found == {
        "allfields": one,
        "groupbarrest": one,
        "groupbarrest-hi": ({"accepted": 1}, {"W_CODE": 1}),
        "groupbarrest-multiplearrestees": ({"accepted": 2}, {}),
        "groupaincident": none,
        "groupaincident-hi": none,
        "groupareplace": none,
        "zeroreport": none,
        "groupbarrestdelete": unknown,
        "incidentdelete": unknown,
    }


async def test_several_lines_of_a_key_are_one_arrest_with_several_charges(nibrs: FeedSide) -> None:
    lines = [level7("A1", code="90C"), level7("A2"), level7("A1", code="90E"), level7("A1", code="90C")]
    batch = await send(nibrs, "state", flat(*lines))
    assert counts(batch) == {"accepted": 2, "duplicates": 1, "other": 1}
    assert warnings(batch) == {}
    (several,) = [fact for fact in await nibrs.outbox() if len(fact["charges"]) == 2]
    assert [(charge["seq"], charge["nibrs"]) for charge in several["charges"]] == [(1, "90C"), (2, "90E")]
    again = await send(nibrs, "state", flat(*lines, ""))
    assert counts(again) == {"duplicates": 3, "other": 2}
    more = await send(nibrs, "state", flat(*lines, level7("A1", code="90J", age="26")))
    assert counts(more) == {"replaced": 1, "duplicates": 2, "other": 2}
    assert warnings(more) == {"W_KEY_TWICE": 1}
    assert [charge["nibrs"] for charge in (await nibrs.outbox())[-1]["charges"]] == ["90C", "90E", "90J"]


async def test_a_delete_takes_back_one_arrest_or_all_of_an_incident_and_what_comes_again_counts_on(
    nibrs: FeedSide,
) -> None:
    first = [
        incident("I1"),
        level6("I1", "X1"),
        level6("I1", "X2", "02"),
        incident("I2"),
        level6("I2", "X3"),
        level7("A1"),
    ]
    assert counts(await send(nibrs, "state", flat(*first))) == {"accepted": 4, "other": 2}
    taken = await send(nibrs, "state", flat(incident("I1", "D"), level7("A1", action="D")))
    assert (counts(taken), warnings(taken)) == ({"voided": 2}, {})
    voids = [fact for fact in await nibrs.outbox() if fact["action"] == "void"]
    assert [fact["version"] for fact in voids] == [2, 2, 2]
    gone = await send(nibrs, "state", flat(incident("I1", "D"), level7("A1", action="D"), ""))
    assert (counts(gone), warnings(gone)) == ({"other": 3}, {"W_VOID_UNKNOWN": 2})
    again = await send(nibrs, "state", flat(incident("I1"), level6("I1", "X1"), level7("A1")))
    assert counts(again) == {"accepted": 2, "other": 1}
    assert [(fact["action"], fact["version"]) for fact in (await nibrs.outbox())[-2:]] == [("record", 3), ("record", 3)]


async def test_delete_then_add_in_one_file_is_an_update_and_add_then_delete_leaves_nothing(nibrs: FeedSide) -> None:
    await send(nibrs, "state", flat(incident("I1"), level6("I1", "X1"), level6("I1", "X2", "02"), level7("A1")))
    changed = flat(
        incident("I1", "D"), incident("I1"), property_of("I1"), level6("I1", "X1", code="13B"),
        level7("A1", action="D"), level7("A1"),
        level7("A9"), level7("A9", action="D"),
    )  # fmt: skip
    batch = await send(nibrs, "state", changed)
    # The incident's delete voids the arrest that was not sent again; that of A1 is cancelled, that of A9 finds it.
    assert (counts(batch), warnings(batch)) == ({"replaced": 1, "voided": 1, "duplicates": 1, "other": 5}, {})
    assert [(fact["action"], fact["version"]) for fact in (await nibrs.outbox())[3:]] == [("replace", 2), ("void", 2)]
    rows = await nibrs.rows("select state, count(*) as n from own.arrest group by state order by state")
    assert rows == [{"state": "live", "n": 2}, {"state": "void", "n": 1}]


async def test_a_replaced_report_voids_the_arrests_it_leaves_out(feeds: FeedSide) -> None:
    await register(feeds, "xml", "nibrs_xml", "PASAMPLE1")
    group_a = "GROUP A INCIDENT REPORT"
    two = report(group_a, "A", incident_number("I1") + arrested("X1", ("1", "2")))
    assert counts(await send(feeds, "xml", submission(two))) == {"accepted": 2}
    one = report(group_a, "R", incident_number("I1") + arrested("X1", ("1",)))
    assert counts(await send(feeds, "xml", submission(one))) == {"voided": 1, "duplicates": 1}


async def test_a_zero_report_covers_its_month_and_an_agency_out_of_the_feeds_list_is_refused(feeds: FeedSide) -> None:
    await register(feeds, "state", "nibrs_flat", "per-record", agencies=["PASAMPLE1"])
    fine = [level7(f"A{n}") for n in range(1, 9)]
    batch = await send(feeds, "state", flat(zero_report("022024"), *fine, level7("A9", ori="PASAMPLE2")))
    assert counts(batch) == {"accepted": 8, "rejected": 1, "other": 1}
    async with feeds.client() as http:
        (reject,) = (await http.get(batch["rejects_url"])).json()
    assert (reject["line"], reject["code"]) == (10, "E_ORI_FORBIDDEN")
    covered = (await feeds.outbox("feed-coverage"))[-1]
    assert (covered["agency_ori"], covered["covered_through"]) == ("PASAMPLE1", "2024-02-29")


async def test_where_an_agency_sends_more_nibrs_only_compares(feeds: FeedSide) -> None:
    await register(feeds, "own", "wprdc_arrests", "PASAMPLE1")
    header = "PK,CCR,AGE,GENDER,RACE,ARRESTTIME,OFFENSES,INCIDENTLOCATION,INCIDENTZONE,X,Y"
    rows = [f"{n},C{n},30,F,B,1/{n}/2024,5503 Disorderly Conduct,x,2,0,0" for n in range(1, 11)]
    await send(feeds, "own", "\n".join([header, *rows, ""]).encode())
    await register(feeds, "state", "nibrs_flat", "per-record")
    sent = [level7(f"A{n}") for n in range(1, 9)]
    batch = await send(feeds, "state", flat(*sent, level7("B1", ori="PASAMPLE2"), incident("I1", "D")))
    assert counts(batch) == {"accepted": 1, "other": 9}
    assert warnings(batch) == {"W_NOT_PRIMARY": 8, "W_MONTH_OFF": 1}
    assert batch["comparison"] == [{"agency": "PASAMPLE1", "month": "2024-01", "sent": 8, "known": 10}]
    facts = await feeds.outbox()
    assert Counter((fact["agency_ori"], fact["source"]) for fact in facts) == {
        ("PASAMPLE1", "own"): 10,
        ("PASAMPLE2", "state"): 1,
    }


async def test_a_person_may_name_the_source_that_publishes(feeds: FeedSide) -> None:
    await register(feeds, "state", "nibrs_flat", "PASAMPLE1", primary=True)
    await register(feeds, "other", "nibrs_flat", "PASAMPLE1")
    assert counts(await send(feeds, "other", flat(level7("A1")))) == {"other": 1}
    assert counts(await send(feeds, "state", flat(level7("A1")))) == {"accepted": 1}
    await register(feeds, "state", "nibrs_flat", "PASAMPLE1", primary=False)
    assert counts(await send(feeds, "state", flat(level7("A2")))) == {"other": 1}
    assert len(await feeds.outbox()) == 1


async def test_an_agencys_key_registers_no_source_for_others(feeds: FeedSide) -> None:
    key = await feeds.key("PASAMPLE1")
    body = {"agency": "PASAMPLE1", "format": "nibrs_flat"}
    async with feeds.client(key) as http:
        assert (await http.put("/api/sources/mine", json=body | {"agencies": ["PASAMPLE2"]})).status_code == 403
        made = await http.put("/api/sources/mine", json=body | {"agencies": ["PASAMPLE1"], "primary": True})
    assert (made.status_code, made.json()["primary"]) == (201, True)
