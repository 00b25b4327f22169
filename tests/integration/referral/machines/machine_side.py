"""Referral's whole machine API on a real database, asked by generated requests one after another."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import jsonschema

from services.referral.app import service
from services.referral.domain.feed_health import COUNTS
from services.referral.feeds.voiding_keys import void_keys
from shared.messaging import Transactions
from shared.web.app import create_app
from tests.integration.referral.arrests.records import PITTSBURGH, arrest
from tests.integration.referral.feed_side import ORIGIN, FeedSide
from tests.integration.referral.machines.records import REFERRAL
from tests.integration.stack import Stack

PROBLEM = "application/problem+json"
FILE = (
    b"ori,case_no,arrest_no,arrest_date,arrest_time,last,first,dob,statute,description\n"
    b"PAPPD0000,C-1,1,2026-03-05,14:30,Fable,Quincy,1984-02-03,5505,Public Drunkenness\n"
)
WAITS = ("previewed", "held")


class MachineSide:
    """One service with its keys, and a loop of its own, since generated tests are not asynchronous."""

    def __init__(self, stack: Stack) -> None:
        self._runner = asyncio.Runner()
        self._stack = stack
        self._settings = self._runner.run(stack.fresh_database("referral"))
        self.feeds = FeedSide(self._settings, stack.administrator)
        self.app = self.feeds.app = create_app(
            service="referral",
            settings=self.feeds.settings,
            transactions=Transactions(self.feeds.web, self.feeds.keys, self.feeds.settings),
            routers=service.routers,
        )
        # Thousands of requests are generated: none of them is to be refused for being many.
        self.app.state.site.buckets.wait = lambda _key_id: 0
        self.document: dict[str, Any] = self.app.openapi()
        self.known: dict[str, str] = {}
        self._runner.run(self._begin())

    def close(self) -> None:
        self._runner.run(self.feeds.close())
        self._runner.run(self._stack.drop_database(self._settings))
        self._runner.close()

    async def _begin(self) -> None:
        """An agency with keys, a feed, and something of everything that has an id."""
        async with self.feeds.client() as http:
            scopes = {"agency": PITTSBURGH, "scope": ["ingest", "status"]}
            self.key = (await http.post("/api/keys", json=scopes)).json()["key"]
            spare = (await http.post("/api/keys", json={"agency": "PA0000001", "scope": ["ingest"]})).json()
            window = {"from": "2026-01-01", "to": "2026-01-02"}
            void = (await http.post(f"/api/keys/{spare['key_id']}/void", json=window)).json()
        await self.feeds.register("rms", "lead_csv")
        batch = await self.feeds.ingest("rms", FILE)
        async with self.feeds.client(self.key) as http:
            arrested = (await http.post("/api/arrests", json=arrest("known"))).json()["results"][0]
            referred = (await http.post("/api/referrals", json=REFERRAL)).json()["results"][0]
        await self.work()
        self.known = {
            "source": "rms",
            "batch_id": batch["batch_id"],
            "arrest_id": arrested["arrest_id"],
            "referral_id": referred["referral_id"],
            "key_id": spare["key_id"],
            "void_id": void["void_id"],
            "ori": PITTSBURGH,
        }

    async def work(self) -> None:
        await self.feeds.work()
        more = True
        while more:
            async with Transactions(self.feeds.consumer, self.feeds.keys, self.feeds.settings).begin() as tx:
                more = await void_keys(tx)

    def ask(self, request: httpx.Request, *, operator: bool = False) -> httpx.Response:
        """The answer to a request, with the agency's key or as the operator."""
        token = self.feeds.settings.operator_token if operator else self.key
        request.headers["Authorization"] = f"Bearer {token}"
        return self._runner.run(self._ask(request))

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, timeout=60) as http:
            return await http.send(request)

    def judge(self, answer: httpx.Response, described: dict[str, Any]) -> None:
        """It is no fault of ours, a refusal is a problem document, and it is what its operation says that it gives."""
        assert answer.status_code < 500, f"{answer.status_code}: {answer.text[:500]}"
        kind = answer.headers.get("content-type", "").partition(";")[0]
        responses = described["responses"]
        if answer.status_code >= 400:
            assert kind == PROBLEM, f"{answer.status_code} {kind}: {answer.text[:500]}"
            content = responses["4XX"]["content"]
            assert answer.json()["status"] == answer.status_code
        else:
            assert str(answer.status_code) in responses, f"{answer.status_code} is not described"
            content = responses[str(answer.status_code)]["content"]
            assert kind in content, f"{kind} is not described"
        if kind in (PROBLEM, "application/json"):
            schema = {**content[kind]["schema"], "components": self.document["components"]}
            jsonschema.validate(answer.json(), schema)

    def settle(self) -> None:
        """Do what waits; then every batch must be whole: its sum rule holds, and nothing of it is left half done."""
        self._runner.run(self.work())
        for batch in self._rows("select * from own.batch"):
            named = f"batch {batch['batch_id']} of {batch['format']}, {batch['status']}"
            assert batch["status"] not in ("received", "staged"), named
            assert (batch["error"] or {}).get("code") != "E_INTERNAL", named
            if batch["status"] == "applied":
                assert batch["rows"] == sum(batch[name] for name in COUNTS if name != "rows"), named
        waits = ", ".join(f"'{one}'" for one in WAITS)
        half = self._rows(
            "select r.batch_id from own.raw_record r join own.batch b using (batch_id)"
            f" where (r.outcome is null) <> (b.status in ({waits}))"
        )
        assert half == []
        told = {fact["key"]: fact["version"] for fact in self._runner.run(self.feeds.outbox()) if "version" in fact}
        stored = {str(row["arrest_id"]): row["version"] for row in self._rows("select * from own.arrest")}
        assert told == stored, "what stands and what was told differ"

    def _rows(self, sql: str) -> list[dict[str, Any]]:
        return self._runner.run(self.feeds.rows(sql))
