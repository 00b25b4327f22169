"""No row, no answer: what the audit keeps, when it is committed, and how tampering shows."""

from __future__ import annotations

import re
from typing import Any

import asyncpg
import pytest
from starlette.types import Message, Receive, Scope, Send

from shared.web import audit_chain
from tests.integration.web.demo.running import ELSEWHERE, MARLOW, Demo

pytestmark = pytest.mark.integration


async def _row(admin: asyncpg.Connection, request_id: str) -> asyncpg.Record:
    row = await admin.fetchrow("select * from own.audit where request_id = $1", request_id)
    assert row is not None
    return row


async def test_a_read_leaves_who_whom_what_and_why(demo: Demo, admin: asyncpg.Connection) -> None:
    browser = await demo.signed_in("coordinator")
    answer = await browser.get(f"/people/{MARLOW}")
    row = await _row(admin, answer.headers["x-request-id"])
    assert (row["actor"], row["role"], row["purpose"]) == ("demo|coordinator", "coordinator", "care")
    assert (row["action"], row["outcome"]) == ("GET /people/{person_id}", "done")
    assert row["person_ids"] == [str(MARLOW)]
    assert (row["reads"], row["writes"], row["fields"]) == ("CON ID", "", ["name"])
    assert row["scope"] == "programme:allegheny"


async def test_a_change_leaves_hmacs_of_what_was_and_is(demo: Demo, admin: asyncpg.Connection) -> None:
    browser = await demo.signed_in("coordinator")
    page = (await browser.get(f"/people/{MARLOW}")).text
    sent = {
        "csrf": re.findall(r'name="csrf" value="(\w+)"', page)[0],
        "version": re.findall(r'name="version" value="(\w+)"', page)[0],
        "name": "Marlow Sampleton the Third",
    }
    answer = await browser.post(f"/people/{MARLOW}", data=sent)
    row = await _row(admin, answer.headers["x-request-id"])
    assert row["writes"] == "CON"
    assert '"before":' in row["changes"].replace(" ", "")
    assert '"after":' in row["changes"].replace(" ", "")
    assert "Third" not in str(dict(row))


async def test_no_name_ever_enters_the_audit(demo: Demo, admin: asyncpg.Connection) -> None:
    browser = await demo.signed_in("coordinator")
    await browser.get("/")
    everything = str([dict(row) for row in await admin.fetch("select * from own.audit")])
    assert "Sampleton" not in everything
    assert "Makebelieve" not in everything


async def test_refusals_and_misses_are_kept_too(demo: Demo, admin: asyncpg.Connection) -> None:
    auditor, coordinator = await demo.signed_in("auditor"), await demo.signed_in("coordinator")
    refused = await auditor.get(f"/people/{MARLOW}")
    assert (await _row(admin, refused.headers["x-request-id"]))["role"] == "auditor"
    missed = await coordinator.get(f"/people/{ELSEWHERE}")
    assert (await _row(admin, missed.headers["x-request-id"]))["outcome"] == "not_found"
    forged = await coordinator.post(f"/people/{MARLOW}", data={"name": "x"})
    assert (await _row(admin, forged.headers["x-request-id"]))["outcome"] == "refused"


async def test_the_row_is_committed_before_the_first_byte_leaves(demo: Demo) -> None:
    seen: list[int] = []
    watcher = await demo.admin()

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        async def spy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers: dict[bytes, bytes] = dict(message["headers"])
                request_id = headers[b"x-request-id"].decode()
                found = await watcher.fetchval("select count(*) from own.audit where request_id = $1", request_id)
                seen.append(found)
            await send(message)

        await demo.app(scope, receive, spy)

    browser = await demo.signed_in("coordinator", watched)
    for path in ("/", f"/people/{MARLOW}", f"/people/{ELSEWHERE}"):
        await browser.get(path)
    await watcher.close()
    assert seen == [1, 1, 1, 1]


async def test_without_its_row_no_answer_leaves(demo: Demo, admin: asyncpg.Connection) -> None:
    browser = await demo.signed_in("coordinator")
    await admin.execute("revoke insert on own.audit from lead_casework_web")
    try:
        answer = await browser.get(f"/people/{MARLOW}")
        missed = await browser.get(f"/people/{ELSEWHERE}")
    finally:
        await admin.execute("grant insert on own.audit to lead_casework_web")
    assert (answer.status_code, missed.status_code) == (500, 500)
    assert "Marlow" not in answer.text
    assert (await browser.get(f"/people/{MARLOW}")).status_code == 200


@pytest.mark.parametrize(
    "statement",
    ["update own.audit set role = 'x'", "delete from own.audit", "select * from own.audit", "truncate own.audit"],
)
async def test_the_web_role_can_only_add_rows(demo: Demo, statement: str) -> None:
    async with demo.web.connect() as connection:
        with pytest.raises(Exception, match="permission denied"):
            await connection.exec_driver_sql(statement)


async def test_the_sealer_cannot_change_what_a_row_says(demo: Demo) -> None:
    for statement in (
        "update own.audit set role = 'x'",
        "delete from own.audit",
        "insert into own.audit default values",
    ):
        async with demo.sealer.connect() as connection:
            with pytest.raises(Exception, match="permission denied"):
                await connection.exec_driver_sql(statement)


async def _seal(demo: Demo) -> None:
    async with demo.transactions("sealer").begin() as tx:
        await audit_chain.seal(tx)


async def _broken(demo: Demo) -> list[int]:
    async with demo.transactions("sealer").begin() as tx:
        return await audit_chain.broken_seals(tx)


async def _three_seals(demo: Demo) -> None:
    browser = await demo.signed_in("coordinator")
    for _ in range(3):
        await browser.get("/")
        await browser.get(f"/people/{MARLOW}")
        await _seal(demo)


async def test_a_whole_audit_has_no_broken_seal(demo: Demo, admin: asyncpg.Connection) -> None:
    await _three_seals(demo)
    assert await admin.fetchval("select count(*) from own.audit where seal_id is null") == 0
    assert await _broken(demo) == []


@pytest.mark.parametrize(
    "tampering",
    [
        "update own.audit set role = 'supervisor' where id = $1",
        "update own.audit set at = at + interval '1 second' where id = $1",
        "delete from own.audit where id = $1",
        "update own.audit set seal_id = seal_id + 1 where id = $1",
    ],
)
async def test_a_row_altered_deleted_or_moved_breaks_its_seal(
    demo: Demo, admin: asyncpg.Connection, tampering: str
) -> None:
    await _three_seals(demo)
    row: dict[str, Any] = dict(await admin.fetchrow("select * from own.audit order by id desc offset 3 limit 1"))
    transaction = admin.transaction()
    await transaction.start()
    await admin.execute(tampering, row["id"])
    await transaction.commit()
    try:
        assert await _broken(demo)
    finally:
        await admin.execute("delete from own.audit where id = $1", row["id"])
        columns = ", ".join(row)
        marks = ", ".join(f"${place}" for place in range(1, len(row) + 1))
        await admin.execute(
            f"insert into own.audit ({columns}) overriding system value values ({marks})", *row.values()
        )
    assert await _broken(demo) == []
