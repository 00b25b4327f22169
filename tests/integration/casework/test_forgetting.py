"""Erasure leaves nothing of a person, and is confirmed once."""

from __future__ import annotations

from itertools import product
from typing import Any
from uuid import UUID

import pytest

from services.casework.domain.referrals import is_live
from services.casework.store.merges import ABOUT_PEOPLE
from services.casework.store.sealed import SEALED
from shared.contracts import ErasureRecorded
from shared.runtime.ids import now, uuid7
from tests.integration.casework.desk import Casework
from tests.integration.casework.facts import (
    arrest,
    assessment,
    charge,
    consent,
    contact,
    decision,
    intake,
    profile,
    referral,
    status,
)
from tests.integration.casework.test_pages import post, take_on

pytestmark = pytest.mark.integration


async def known(casework: Casework, person: UUID) -> None:
    made = referral(person)
    await casework.deliver(
        made,
        decision(made, "approved"),
        intake(made),
        charge(made),
        profile(person),
        assessment(made, "A door that locks."),
        arrest(person),
        consent(person),
        status(person),
        contact(person),
    )
    async with casework.browser() as robin:
        await take_on(robin, person)
        fields = {"contact_id": str(uuid7()), "pid": str(person), "outcome": "reached", "note": "Met June."}
        await post(robin, "/", "/contacts", **fields)
        (seen,) = await casework.rows("select arrest_id from copied.arrest where person_id = :p", p=person)
        await post(robin, "/", f"/alerts/{seen['arrest_id']}/seen")


async def held(casework: Casework, person: UUID) -> dict[str, int]:
    rows: dict[str, Any] = {}
    for table in ABOUT_PEOPLE:
        found = await casework.rows(f"select count(*) from {table} where person_id = :p or home_id = :p", p=person)
        rows[table] = found[0]["count"]
    return rows


async def test_erasure_deletes_every_row_and_erases_every_fact_once(casework: Casework) -> None:
    june, otis = uuid7(), uuid7()
    await known(casework, june)
    await known(casework, otis)
    assert all((await held(casework, june)).values()), "the test knows something of every table"
    kept = await held(casework, otis)
    order = ErasureRecorded(erasure_id=uuid7(), service="casework", state="ordered", person_id=june, recorded_at=now())
    await casework.deliver(order)
    await casework.deliver(order)
    assert not any((await held(casework, june)).values())
    assert await held(casework, otis) == kept
    (confirmed,) = await casework.published("erasure-recorded")
    assert (confirmed["state"], confirmed["service"], confirmed["rows_left"]) == ("confirmed", "casework", 0)
    assert "person_id" not in confirmed
    tombstones = [fact for fact in await casework.published() if set(fact) == {"topic", "id", "version"}]
    assert {fact["topic"] for fact in tombstones} == {
        "contact-logged", "participant-status-changed", "assignment-changed",
    }  # fmt: skip


async def test_every_table_about_people_is_rehomed_and_erased(casework: Casework) -> None:
    rows = await casework.rows(
        "select format('%s.%s', c.table_schema, c.table_name) as name from information_schema.columns c"
        " join information_schema.tables t using (table_schema, table_name)"
        " where c.column_name = 'home_id' and t.table_type = 'BASE TABLE' and c.table_name <> 'home'"
    )
    assert {row["name"] for row in rows} == set(ABOUT_PEOPLE)


async def test_every_sealed_column_is_listed(casework: Casework) -> None:
    rows = await casework.rows(
        "select format('%s.%s.%s', table_schema, table_name, column_name) as name from information_schema.columns"
        " where data_type = 'bytea' and table_name not in ('outbox', 'dead_letter', 'waiting', 'inbox')"
        " and table_schema in ('own', 'copied')"
    )
    keyed_hashes = {"copied.name_token.token"}
    shared = {name for name in (row["name"] for row in rows) if name.split(".")[1] in WEB_TABLES}
    assert {row["name"] for row in rows} - keyed_hashes - shared - {"own.person_line.details"} - VIEWS == set(SEALED)


WEB_TABLES = {"session", "draft", "audit", "audit_head", "audit_chain", "api_key"}
VIEWS = {"own.every_contact.details"}


async def test_the_database_and_the_domain_agree_on_who_may_be_known(casework: Casework) -> None:
    states = ("approved", "ineligible", "void", "declined", "expired", "withdrawn", "waitlisted", "reopened")
    for state, offer in product(states, ("accepted", "declined", "not_yet_made")):
        made = referral(uuid7(), offer=offer, decision="pending")
        await casework.deliver(made, decision(made, state))
        (row,) = await casework.rows("select live from copied.referral where referral_id = :r", r=made.referral_id)
        assert row["live"] is is_live(state, offer), (state, offer)
