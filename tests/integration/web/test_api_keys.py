"""Agencies' keys on referral's own table: one agency, its scopes, its addresses, its time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from deploy.local import databases, postgres
from shared.messaging import Transactions
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.migrations import upgrade
from shared.runtime.settings import load
from shared.web import Access, Desk, Pages, api_keys
from shared.web.app import create_app
from shared.web.rate import Buckets
from tests.integration.web.demo.running import ROOT, Server

pytestmark = pytest.mark.integration
router = Pages("referral")


@router.api_get("/api/mine", access=Access(key="status"))
async def mine(desk: Desk) -> dict[str, str | None]:
    scope = await desk.tx.value("select current_setting('lead.scope')")
    return {"agency": desk.actor.agency_ori, "scope": scope}


@router.api_post("/api/sent", access=Access(key="ingest"))
async def sent(desk: Desk) -> dict[str, str]:
    desk.changed("file received", [], classes="POL")
    return {}


class Referral:
    """The smallest referral service: API keys and two machine routes."""

    def __init__(self, transactions: Transactions, app: FastAPI, server: Server) -> None:
        self.transactions = transactions
        self.app = app
        self.server = server

    async def key(self, *scopes: str, ori: str = "PAPPD0000", **terms: object) -> str:
        async with self.transactions.begin() as tx:
            return await api_keys.create(tx, ori, scopes, **terms)  # type: ignore[arg-type]

    async def get(self, key: str, path: str = "/api/mine", address: str = "127.0.0.1") -> httpx.Response:
        transport = httpx.ASGITransport(self.app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8101") as machine:
            method = machine.post if path == "/api/sent" else machine.get
            return await method(path, headers={"Authorization": f"Bearer {key}"})

    async def execute(self, statement: str, *values: object) -> None:
        admin = await postgres.connect(self.server.url, self.server.secrets.postgres_password, "lead_referral")
        await admin.execute(statement, *values)
        await admin.close()


@pytest.fixture(scope="module")
async def referral(server: Server) -> AsyncIterator[Referral]:
    await databases.provision(server.url, server.secrets)
    settings = load("referral", home=server.home, database=server.url, demo=True)
    await upgrade(settings, root=ROOT)
    database = Database(settings.database_url("web"))
    transactions = Transactions(database, Keyring.for_tests("referral"), settings)
    app = create_app(service="referral", settings=settings, transactions=transactions, routers=[router])
    yield Referral(transactions, app, server)
    await database.close()


async def test_a_key_is_its_agency_and_sees_only_its_rows(referral: Referral) -> None:
    answer = await referral.get(await referral.key("status"))
    assert answer.json() == {"agency": "PAPPD0000", "scope": "agency:PAPPD0000"}


async def test_a_key_does_what_its_scopes_say(referral: Referral) -> None:
    key = await referral.key("status")
    answer = await referral.get(key, "/api/sent")
    assert (answer.status_code, answer.json()["detail"]) == (403, "It needs the scope ingest.")
    assert (await referral.get(await referral.key("ingest"), "/api/sent")).status_code == 200


async def test_only_the_whole_secret_opens(referral: Referral) -> None:
    key = await referral.key("status")
    for wrong in (key[:-1], key + "0", key.replace("lead_", "Lead_"), key.upper()):
        assert (await referral.get(wrong)).status_code == 401


async def test_the_secret_is_not_kept(referral: Referral) -> None:
    secret = (await referral.key("status")).split("_")[2]
    async with referral.transactions.begin() as tx:
        rows = await tx.rows("select * from own.api_key")
    assert rows
    assert secret not in str([dict(row) for row in rows])


async def test_over_revoked_and_foreign_addresses_are_refused(referral: Referral) -> None:
    over = await referral.key("status", ori="PA0000001")
    await referral.execute(
        "update own.api_key set expires_at = expires_at - $1::interval where key_id = $2",
        timedelta(days=181),
        over.split("_")[1],
    )
    assert (await referral.get(over)).status_code == 401
    revoked = await referral.key("status", ori="PA0000002")
    async with referral.transactions.begin() as tx:
        assert await api_keys.revoke(tx, revoked.split("_")[1])
        assert not await api_keys.revoke(tx, revoked.split("_")[1])
    assert (await referral.get(revoked)).status_code == 401
    bound = await referral.key("status", ori="PA0000003", addresses=["10.1.0.0/16"])
    assert (await referral.get(bound, address="10.1.2.3")).status_code == 200
    assert (await referral.get(bound, address="10.2.2.3")).status_code == 401


async def test_an_older_key_ends_two_weeks_after_its_successor_comes(referral: Referral) -> None:
    await referral.key("status", ori="PA0000004")
    await referral.key("status", ori="PA0000004")
    async with referral.transactions.begin() as tx:
        newer, older = await api_keys.of_agency(tx, "PA0000004")
        assert older.expires_at <= tx.now + api_keys.OVERLAP
        assert newer.expires_at > tx.now + timedelta(days=179)


@pytest.mark.parametrize("terms", [{"days": 181}, {"days": 0}, {"addresses": ["somewhere"]}])
async def test_a_key_is_not_made_for_longer_or_for_nowhere(referral: Referral, terms: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        await referral.key("status", **terms)


async def test_more_than_ten_requests_a_second_wait(referral: Referral) -> None:
    referral.app.state.site.buckets = Buckets(clock=lambda: 0.0)  # all within one moment, however busy the machine
    key = await referral.key("status", ori="PA0000005")
    answers = [await referral.get(key) for _ in range(14)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 4
    assert answers[-1].headers["retry-after"] == "1"


async def test_the_use_of_a_key_is_audited_by_its_id(referral: Referral) -> None:
    key = await referral.key("ingest", ori="PA0000006")
    answer = await referral.get(key, "/api/sent")
    admin = await postgres.connect(referral.server.url, referral.server.secrets.postgres_password, "lead_referral")
    row = await admin.fetchrow("select * from own.audit where request_id = $1", answer.headers["x-request-id"])
    await admin.close()
    assert row is not None
    assert (row["actor"], row["writes"]) == (f"key|{key.split('_')[1]}", "POL")
