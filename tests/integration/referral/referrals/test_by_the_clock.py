"""What happens by the clock, with the police record, and when a person is erased."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
import pytest

from shared.contracts import ErasureRecorded
from shared.runtime.ids import now, uuid7
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import intake, local, participant, police_consent, record

pytestmark = pytest.mark.integration


async def arrest(
    police: PoliceSide, person_id: UUID, case_no: str, *, linkable: bool = True, **demographics: Any
) -> UUID:
    """The police record of a case, as the feeds leave it."""
    arrest_id = uuid7()
    async with police.consuming() as tx:
        await tx.execute(
            """
            insert into own.arrest (arrest_id, person_id, home_id, programme, agency_ori, version, state, record_key,
              source, case_key, arrested_at, divertible, linkable, fact, batch_id, recorded_at)
            values (:id, :person, :person, 'allegheny', 'PAPPD0000', 1, 'applied', '', 's', :case_key, :now, 'yes',
              :linkable, cast(:fact as jsonb), :id, :now)
            """,
            {
                "id": arrest_id,
                "person": person_id,
                "case_key": police.keys.blind("case", f"PAPPD0000:{case_no}").hex(),
                "now": now(),
                "linkable": linkable,
                "fact": orjson.dumps({"demographics": demographics}).decode(),
            },
        )
    return arrest_id


async def withdrawn(police: PoliceSide, arrest_id: UUID) -> None:
    """Its source deletes it, as the feeds leave it."""
    async with police.consuming() as tx:
        await tx.execute("update own.arrest set state = 'void', version = 2 where arrest_id = :id", {"id": arrest_id})


async def test_a_referral_lets_go_of_an_arrest_that_is_withdrawn_and_takes_the_one_that_comes_instead(
    police: PoliceSide,
) -> None:
    (made,) = await police.refer(record(case_no="C-1"))
    for _ in range(2):
        mine = await arrest(police, made.person_id, "C-1")
        await police.tick("case-links")
        await withdrawn(police, mine)
        await police.tick("case-links")
        await police.tick("case-links")
    first = await arrest(police, made.person_id, "C-1")
    await police.tick("case-links")
    await withdrawn(police, first)
    second = await arrest(police, made.person_id, "C-1")
    await police.tick("case-links")
    told = await police.published("referral-created")
    assert [fact["version"] for fact in told] == list(range(1, 8))
    assert [fact.get("arrest_id") is None for fact in told] == [True, False, True, False, True, False, False]
    assert [fact["arrest_id"] for fact in told[-2:]] == [str(first), str(second)]


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ({"sex": "U", "race": "U"}, True),
        ({"sex": "F", "race": "W", "age": 34}, True),
        ({"sex": "M", "race": "W"}, False),
        ({"sex": "F", "race": "B"}, False),
        ({"sex": "F", "race": "W", "age": 52}, False),
    ],
)
@pytest.mark.parametrize("first", [True, False])
async def test_a_nameless_record_of_the_case_is_taken_up_only_if_nothing_speaks_against_it(
    police: PoliceSide, said: dict[str, Any], taken: bool, first: bool
) -> None:
    person = {"last": "Sampleton", "first": "Ada", "birth_date": "1990-05-05", "sex": "F", "race": "W"}
    if first:
        await arrest(police, uuid7(), "C-1", linkable=False, **said)
    await police.refer(record(case_no="C-1", person=person))
    if not first:
        await arrest(police, uuid7(), "C-1", linkable=False, **said)
    await police.tick("case-links")
    told = await police.published("referral-created")
    assert (told[-1].get("arrest_id") is not None) is taken


async def test_the_police_record_of_the_case_is_taken_up_when_it_comes_later(police: PoliceSide) -> None:
    (made,) = await police.refer(record(case_no="C-1"))
    (row,) = await police.rows("select person_id from own.referral")
    await arrest(police, uuid7(), "C-1")
    mine = await arrest(police, row["person_id"], "C-1")
    await police.tick("case-links")
    await police.tick("case-links")
    told = await police.published("referral-created")
    assert [(fact["version"], fact["action"], fact.get("arrest_id")) for fact in told] == [
        (1, "record", None),
        (2, "replace", str(mine)),
    ]
    changing = {"version", "action", "arrest_id", "recorded_at"}
    assert {k: v for k, v in told[0].items() if k not in changing} == {
        k: v for k, v in told[1].items() if k not in changing
    }
    assert told[1]["referral_id"] == str(made.referral_id)


@pytest.mark.parametrize(("others", "linked"), [(0, True), (1, False)])
async def test_a_record_without_a_name_is_taken_up_only_where_it_is_the_only_one(
    police: PoliceSide, others: int, linked: bool
) -> None:
    await police.refer(record(case_no="C-2"))
    await arrest(police, uuid7(), "C-2", linkable=False)
    for _ in range(others):
        await arrest(police, uuid7(), "C-2", linkable=False)
    await police.tick("case-links")
    assert len(await police.published("referral-created")) == (2 if linked else 1)


async def test_a_police_record_that_came_first_stands_in_the_first_version(police: PoliceSide) -> None:
    first = await arrest(police, uuid7(), "C-3", linkable=False)
    await police.refer(record(case_no="C-3"), record(case_no="C-4"))
    assert [fact.get("arrest_id") for fact in await police.published("referral-created")] == [str(first), None]


async def test_the_programmes_places_are_told_once(police: PoliceSide) -> None:
    await police.tick("areas")
    await police.tick("areas")
    told = await police.published("jurisdiction-changed")
    assert len(told) == 135
    zone = next(fact for fact in told if fact["area_id"] == "pittsburgh-zone-1")
    assert [stage["stage"] for stage in zone["stages"]] == ["signed", "active"]


async def test_slots_count_people_once_and_free_those_who_left(police: PoliceSide) -> None:
    await police.refer(record(occurred_at="2026-11-20T12:00:00-05:00"))
    (row,) = await police.rows("select person_id from own.referral")
    others = [participant(uuid7(), status) for status in ("active", "in_the_wind", "inactive", "moved")]
    await police.deliver(participant(row["person_id"]), *others)
    await police.tick("slots")
    assert (await police.rows("select used from own.capacity")) == [{"used": 3}]


async def test_a_full_programme_puts_a_referral_on_the_waiting_list(police: PoliceSide) -> None:
    async with police.consuming() as tx:
        await tx.execute("insert into own.capacity values ('allegheny', 600, :now)", {"now": tx.now})
    (made,) = await police.refer(record())
    assert made.state == "waitlisted"
    assert [fact["state"] for fact in await police.published("charge-decided")] == ["held"]


async def test_an_erased_person_leaves_tombstones_and_no_row(police: PoliceSide) -> None:
    (made,) = await police.refer(record())
    await police.refer(record(person={"last": "Otherfiction", "first": "Bo", "birth_date": "1980-01-01"}))
    (row,) = await police.rows("select person_id from own.referral where referral_id = :id", id=made.referral_id)
    person_id = row["person_id"]
    await police.tick("due-days", local("2026-04-02 00:00"))
    await police.deliver(
        intake(made.referral_id, person_id, local("2026-03-20 10:00")),
        police_consent(person_id),
        participant(person_id),
    )
    told = {(fact["topic"], fact["id"]) for fact in await police.published() if fact.get("person_id") == str(person_id)}
    order = ErasureRecorded(
        recorded_at=now(), erasure_id=uuid7(), service="casework", state="ordered", person_id=person_id
    )
    await police.deliver(order)
    await police.deliver(order)
    gone = {(fact["topic"], fact["id"]) for fact in await police.published() if "recorded_at" not in fact}
    assert told <= gone
    (confirmed,) = await police.published("erasure-recorded")
    assert (confirmed["state"], confirmed["service"], confirmed["rows_left"]) == ("confirmed", "referral", 0)
    assert await _rows_of(police, person_id) == 0
    assert len(await police.rows("select 1 from own.referral")) == 1


async def _rows_of(police: PoliceSide, person_id: UUID) -> int:
    tables = await police.rows(
        "select table_schema || '.' || table_name as name from information_schema.columns"
        " where table_schema in ('own', 'copied') and column_name = 'person_id'"
    )
    found: list[dict[str, Any]] = []
    for table in tables:
        found += await police.rows(f"select 1 from {table['name']} where person_id = :id", id=person_id)
    return len(found)
