"""Signing in, staying in, and being out: what a browser and a thief can and cannot do."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import httpx
import pytest

from shared.web import sessions
from shared.web.app import create_app
from tests.integration.web.demo.running import ORIGIN, Demo

pytestmark = pytest.mark.integration


async def test_a_page_sends_who_is_not_signed_in_to_sign_in_and_back(demo: Demo) -> None:
    answer = await demo.client().get("/people/x?kind=arrest")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?return_to=/people/x%3Fkind%3Darrest"


async def test_signing_in_returns_to_where_the_person_was(demo: Demo) -> None:
    answer = await demo.client().post(
        "/sign-in/demo", data={"persona": "coordinator", "return_to": "/people/x?kind=arrest"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/people/x?kind=arrest")


@pytest.mark.parametrize("elsewhere", ["//evil.test/", "https://evil.test/", "/\\evil.test", "/a\r\nSet-Cookie: x"])
async def test_signing_in_never_returns_to_another_host(demo: Demo, elsewhere: str) -> None:
    answer = await demo.client().post("/sign-in/demo", data={"persona": "coordinator", "return_to": elsewhere})
    assert answer.headers["location"] == "/start"


async def test_the_cookie_is_kept_from_scripts_and_other_sites(demo: Demo) -> None:
    answer = await demo.client().post("/sign-in/demo", data={"persona": "coordinator"})
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith("lead-casework="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


async def test_the_database_keeps_only_the_hash_of_a_session(demo: Demo, admin: asyncpg.Connection) -> None:
    browser = await demo.signed_in("coordinator")
    secret = browser.cookies["lead-casework"]
    stored = [bytes(row["id_hash"]) for row in await admin.fetch("select id_hash from own.web_session")]
    assert sessions.fingerprint(secret) in stored
    assert secret.encode() not in b"".join(stored)


async def test_every_sign_in_makes_a_new_id_and_ends_the_one_presented(demo: Demo) -> None:
    browser = await demo.signed_in("coordinator")
    first = browser.cookies["lead-casework"]
    await browser.post("/sign-in/demo", data={"persona": "supervisor"})
    assert browser.cookies["lead-casework"] != first
    thief = demo.client()
    thief.cookies.set("lead-casework", first)
    assert (await thief.get("/")).status_code == 303


async def test_an_id_planted_before_sign_in_does_not_become_the_session(demo: Demo) -> None:
    browser = demo.client()
    browser.cookies.set("lead-casework", "planted", domain="127.0.0.1")
    await browser.post("/sign-in/demo", data={"persona": "coordinator"})
    thief = demo.client()
    thief.cookies.set("lead-casework", "planted")
    assert (await thief.get("/")).status_code == 303


async def _age(admin: asyncpg.Connection, browser: httpx.AsyncClient, column: str, by: timedelta) -> None:
    await admin.execute(
        f"update own.web_session set {column} = {column} - $1::interval where id_hash = $2",
        by,
        sessions.fingerprint(browser.cookies["lead-casework"]),
    )


async def test_thirty_idle_minutes_end_a_session(demo: Demo, admin: asyncpg.Connection) -> None:
    browser = await demo.signed_in("coordinator")
    await _age(admin, browser, "seen_at", timedelta(minutes=29))
    assert (await browser.get("/")).status_code == 200
    await _age(admin, browser, "seen_at", timedelta(minutes=31))
    assert (await browser.get("/")).status_code == 303


async def test_polling_does_not_keep_a_session_alive(demo: Demo, admin: asyncpg.Connection) -> None:
    browser = await demo.signed_in("coordinator")
    await _age(admin, browser, "seen_at", timedelta(minutes=20))
    assert (await browser.get("/", headers={"HX-Request": "true", "Lead-Poll": "1"})).status_code == 200
    await _age(admin, browser, "seen_at", timedelta(minutes=11))
    assert (await browser.get("/")).status_code == 303


async def test_twelve_hours_end_a_session_whatever_happens(demo: Demo, admin: asyncpg.Connection) -> None:
    browser = await demo.signed_in("coordinator")
    await _age(admin, browser, "ends_at", timedelta(hours=12))
    assert (await browser.get("/")).status_code == 303


async def test_signing_out_ends_the_session_on_the_server(demo: Demo) -> None:
    browser = await demo.signed_in("coordinator")
    kept = browser.cookies["lead-casework"]
    token = (await browser.get("/sign-in/token")).text
    answer = await browser.post("/sign-out", data={"csrf": token})
    assert answer.status_code == 303
    thief = demo.client()
    thief.cookies.set("lead-casework", kept)
    assert (await thief.get("/")).status_code == 303


async def test_demo_people_sign_in_only_on_this_machine(demo: Demo) -> None:
    far = httpx.AsyncClient(transport=httpx.ASGITransport(demo.app, client=("10.1.2.3", 5)), base_url=ORIGIN)
    assert (await far.post("/sign-in/demo", data={"persona": "supervisor"})).status_code == 404
    rebound = demo.client(Host="lead.evil.test")
    assert (await rebound.post("/sign-in/demo", data={"persona": "supervisor"})).status_code == 404


async def test_a_foreign_page_cannot_sign_anybody_in(demo: Demo) -> None:
    answer = await demo.client(**{"Sec-Fetch-Site": "cross-site"}).post(
        "/sign-in/demo", data={"persona": "coordinator"}
    )
    assert answer.status_code == 403


async def test_signing_in_and_out_is_audited(demo: Demo, admin: asyncpg.Connection) -> None:
    browser = await demo.signed_in("supervisor")
    token = (await browser.get("/sign-in/token")).text
    await browser.post("/sign-out", data={"csrf": token})
    rows = await admin.fetch("select action, role, actor from own.audit order by id desc limit 2")
    assert [row["action"] for row in rows] == ["sign-out", "sign-in"]
    assert {row["actor"] for row in rows} == {"demo|supervisor"}


async def test_outside_the_demo_there_are_no_personas_and_https_only(demo: Demo) -> None:
    settings = demo.settings.model_copy(update={"demo": False})
    app = create_app(service="casework", settings=settings, transactions=demo.transactions(), routers=[])
    answer = await demo.client(app).post("/sign-in/demo", data={"persona": "supervisor"})
    assert answer.status_code == 404
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    page = await demo.client(app).get("/sign-in")
    assert "Makebelieve" not in page.text
    assert "Training site" not in page.text
    out = await demo.client(app).post("/sign-out")
    cookie = out.headers["set-cookie"]
    assert cookie.startswith("__Host-lead-casework=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
