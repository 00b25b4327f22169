"""The gate on a real database: rows by scope, the same 404, forged changes, errors that tell nothing."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from tests.integration.web.demo.running import ELSEWHERE, MARLOW, Demo

pytestmark = pytest.mark.integration


async def test_only_rows_of_the_readers_programme_are_seen(demo: Demo) -> None:
    browser = await demo.signed_in("coordinator")
    assert (await browser.get(f"/people/{MARLOW}")).status_code == 200
    assert (await browser.get(f"/people/{ELSEWHERE}")).status_code == 404
    assert "Vesper" not in (await browser.get("/?page=2")).text


async def test_missing_forbidden_and_unknown_give_the_same_bytes(demo: Demo) -> None:
    coordinator = await demo.signed_in("coordinator")
    auditor = await demo.signed_in("auditor")
    answers = [
        await coordinator.get("/people/00000000-0000-7000-8000-00000000dead"),
        await coordinator.get(f"/people/{ELSEWHERE}"),
        await coordinator.get("/people/not-an-id"),
        await coordinator.get("/no/such/page"),
        await auditor.get(f"/people/{MARLOW}"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert len({answer.content for answer in answers}) == 1
    ignored = {"x-request-id"}
    headers = {tuple((k, v) for k, v in a.headers.multi_items() if k not in ignored) for a in answers}
    assert len(headers) == 1


async def _token(demo: Demo, browser: object) -> str:
    page = await browser.get(f"/people/{MARLOW}")  # type: ignore[attr-defined]
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert found
    return found[1]


async def test_a_change_needs_the_token_of_its_own_session(demo: Demo) -> None:
    browser, other = await demo.signed_in("coordinator"), await demo.signed_in("supervisor")
    address, fields = f"/people/{MARLOW}", {"name": "", "version": "1"}
    assert (await browser.post(address, data=fields)).status_code == 403
    foreign = fields | {"csrf": await _token(demo, other)}
    assert (await browser.post(address, data=foreign)).status_code == 403
    own = fields | {"csrf": await _token(demo, browser)}
    assert (await browser.post(address, data=own)).status_code == 422


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.test"},
        {"Origin": "http://127.0.0.1:8102"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_change_from_another_origin_is_refused(demo: Demo, headers: dict[str, str]) -> None:
    browser = await demo.signed_in("coordinator")
    own = {"name": "Changed", "version": "1", "csrf": await _token(demo, browser)}
    assert (await browser.post(f"/people/{MARLOW}", data=own, headers=headers)).status_code == 403


async def test_a_form_of_our_own_page_says_null_and_is_taken(demo: Demo) -> None:
    browser = await demo.signed_in("coordinator")
    own = {"name": "", "version": "1", "csrf": await _token(demo, browser)}
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert (await browser.post(f"/people/{MARLOW}", data=own, headers=headers)).status_code == 422


async def test_an_invalid_form_keeps_what_was_typed_and_focuses_the_errors(demo: Demo) -> None:
    browser = await demo.signed_in("coordinator")
    sent = {"name": " ", "note": "<b>likes tea</b>", "version": "1", "csrf": await _token(demo, browser)}
    answer = await browser.post(f"/people/{MARLOW}", data=sent)
    assert answer.status_code == 422
    assert "&lt;b&gt;likes tea&lt;/b&gt;" in answer.text
    assert 'href="#name"' in answer.text
    assert 'aria-describedby="name-hint name-error"' in answer.text
    assert "<title>Error: " in answer.text
    part = await browser.post(f"/people/{MARLOW}", data=sent, headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith("<form")
    assert "HX-Request" in part.headers["vary"]


async def test_the_second_writer_is_told_and_changes_nothing(demo: Demo, admin: asyncpg.Connection) -> None:
    browser = await demo.signed_in("coordinator")
    token = await _token(demo, browser)
    address = f"/people/{MARLOW}"
    version = await admin.fetchval("select version from own.pebble where person_id = $1", MARLOW)
    sent = {"name": "Marlow S.", "version": str(version), "csrf": token}
    first = await browser.post(address, data=sent)
    assert (first.status_code, first.headers["location"]) == (303, address)
    second = await browser.post(address, data=sent | {"name": "Other"})
    assert second.status_code == 409
    assert "Somebody changed this name" in second.text
    assert "Reference" in second.text
    assert await admin.fetchval("select name from own.pebble where person_id = $1", MARLOW) == "Marlow S."
    part = await browser.post(address, data=sent, headers={"HX-Request": "true"})
    assert part.text.startswith('<div class="usa-alert')


async def test_a_saved_form_under_htmx_moves_the_whole_page(demo: Demo, admin: asyncpg.Connection) -> None:
    browser = await demo.signed_in("coordinator")
    version = await admin.fetchval("select version from own.pebble where person_id = $1", MARLOW)
    sent = {"name": "Marlow", "version": str(version), "csrf": await _token(demo, browser)}
    answer = await browser.post(f"/people/{MARLOW}", data=sent, headers={"HX-Request": "true"})
    assert answer.headers["hx-redirect"] == f"/people/{MARLOW}"


async def test_a_part_that_needs_sign_in_leaves_the_page_standing(demo: Demo) -> None:
    answer = await demo.client().get("/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (401, b"")


async def test_a_failure_tells_a_reference_and_nothing_else(demo: Demo) -> None:
    browser = await demo.signed_in("coordinator")
    answer = await browser.get("/broken")
    assert answer.status_code == 500
    assert "Sampleton" not in answer.text
    assert answer.headers["x-request-id"] in answer.text


@pytest.mark.parametrize("path", ["/", "/people/x", "/broken", "/static/app.js", "/nope", "/api/nope", "/sign-in"])
async def test_every_answer_carries_the_security_headers(demo: Demo, path: str) -> None:
    browser = await demo.signed_in("coordinator")
    for answer in (await browser.get(path), await demo.client().get(path)):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        if not path.startswith("/static"):
            assert answer.headers["cache-control"] == "no-store"
            assert "unsafe" not in answer.headers["content-security-policy"]


async def test_static_files_with_their_hash_are_kept_forever(demo: Demo) -> None:
    page = await demo.client().get("/sign-in")
    for address in re.findall(r'"(/static/[^"#]+\?v=[^"#]+)"', page.text):
        answer = await demo.client().get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


async def test_a_page_number_beyond_the_list_is_its_last(demo: Demo) -> None:
    browser = await demo.signed_in("coordinator")
    for asked in ("2", "999999", "-3", "x", "٣"):
        assert (await browser.get(f"/?page={asked}")).status_code == 200
    assert "26 to 30 of 30" in (await browser.get("/?page=40")).text


async def test_pages_are_compressed_but_never_for_a_foreign_page(demo: Demo) -> None:
    browser = await demo.signed_in("coordinator")
    ours = await browser.get("/", headers={"Sec-Fetch-Site": "same-origin"})
    foreign = await browser.get("/", headers={"Sec-Fetch-Site": "cross-site"})
    assert ours.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in ours.headers["vary"]
    assert "content-encoding" not in foreign.headers
    assert len(ours.content) == len(foreign.content)


async def test_nobody_is_left_at_a_dead_end(demo: Demo) -> None:
    coordinator, auditor = await demo.signed_in("coordinator"), await demo.signed_in("auditor")
    assert 'href="/start"' in (await auditor.get("/")).text
    assert (await coordinator.get("/start")).headers["location"] == "/"
    assert "no page for your role" in (await auditor.get("/start")).text
    assert (await demo.client().get("/start")).headers["location"] == "/sign-in"


async def test_two_requests_that_block_each_other_both_get_their_answer(demo: Demo) -> None:
    one, other = await demo.signed_in("coordinator"), await demo.signed_in("supervisor")
    answers = await asyncio.gather(one.get("/knot/41/42"), other.get("/knot/42/41"))
    assert [(answer.status_code, answer.text) for answer in answers] == [(200, "both")] * 2


async def test_a_database_that_does_not_answer_in_time_is_told_as_busy_not_as_broken(demo: Demo) -> None:
    browser = await demo.signed_in("coordinator")
    answer = await browser.get("/slow")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "Wait a few seconds" in answer.text


@pytest.mark.parametrize(
    ("how", "form"),
    [("whole", {"content": b"abcdef"}), ("form", {"data": {"a": "abc", "b": "def"}})],
)
async def test_a_request_whose_body_is_still_here_is_done_anew(demo: Demo, how: str, form: dict[str, Any]) -> None:
    answer = await _tangled(demo, how, **form)
    assert (answer.status_code, answer.json()) == (200, {"size": 6, "tries": 2})


@pytest.mark.parametrize("how", ["pieces", "first"])
async def test_a_request_whose_body_is_gone_is_never_done_with_what_is_left_of_it(demo: Demo, how: str) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"abc"
        yield b"def"

    answer = await _tangled(demo, how, content=pieces())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_a_file_in_a_form_is_sent_again_by_who_has_it(demo: Demo) -> None:
    answer = await _tangled(demo, "form", files={"file": ("fable.csv", b"abcdef")})
    assert answer.status_code == 503


async def _tangled(demo: Demo, how: str, **body: Any) -> httpx.Response:
    token = demo.settings.secrets_dir / "operator.token"
    token.write_text("operator-token-for-this-test")
    operator = demo.client(Authorization=f"Bearer {token.read_text()}")
    return await operator.post(f"/api/tangle/{secrets.token_hex(4)}/{how}", **body)
