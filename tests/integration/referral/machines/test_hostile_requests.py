"""Requests that no schema generates: hostile text, broken bodies, odd headers. Refused, and nothing half done."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import orjson
import pytest

from tests.integration.referral.arrests.records import arrest
from tests.integration.referral.feed_side import ORIGIN
from tests.integration.referral.machines.machine_side import MachineSide
from tests.integration.referral.machines.records import REFERRAL

pytestmark = pytest.mark.integration

ARRESTS, REFERRALS, FILES = "/api/arrests", "/api/referrals", "/api/sources/rms/files"
RECORDS = {ARRESTS: arrest("hostile"), REFERRALS: REFERRAL | {"source_record_id": "hostile"}}


def put_in(record: dict[str, Any], value: bytes) -> dict[str, bytes]:
    """The record as JSON with raw JSON in one of its texts: by place."""
    marked = {
        "id": record | {"source_record_id": "@@"},
        "name": record | {"person": record["person"] | {"first": "@@"}},
        "charge": record | {"charges": [{"text": "@@"}]},
        "place": record | {"place": {"municipality": "@@"}},
    }
    return {place: orjson.dumps(one).replace(b'"@@"', value) for place, one in marked.items()}


TEXTS = {
    "NUL": rb'"a\u0000b"',
    "lone surrogate": rb'"\ud800"',
    "raw surrogate": b'"\xed\xa0\x80"',
    "not UTF-8": b'"\xff\xfe"',
    "huge number": b"1" * 5000,
    "number out of range": b"1e999",
    "NaN": b"NaN",
    "deep": b"[" * 5000 + b"]" * 5000,
    "long text": b'"' + b"x" * 1_000_000 + b'"',
    "an object": b'{"$where": "1"}',
    "direction marks": rb'"\u202egnp.exe"',
}


def ask(machines: MachineSide, method: str, path: str, content: bytes = b"", headers: Any = None) -> httpx.Response:
    request = httpx.Request(method, ORIGIN + path, content=content, headers=headers or [])
    answer = machines.ask(request)
    known = path.partition("?")[0].replace("/rms/", "/{source}/")
    machines.judge(answer, machines.document["paths"][known][method.lower()])
    return answer


@pytest.mark.parametrize("path", RECORDS)
@pytest.mark.parametrize("what", TEXTS)
def test_hostile_values_anywhere_in_a_record(machines: MachineSide, path: str, what: str) -> None:
    for body in put_in(RECORDS[path], TEXTS[what]).values():
        answer = ask(machines, "POST", path, body)
        if answer.status_code == 202:
            assert what in ("direction marks",), f"{what} was taken"
    machines.settle()


@pytest.mark.parametrize("path", RECORDS)
@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"true", b'"text"', b"{", b"\x00", b"[" * 100_000, b"[null]", b'[{"a": 1}, 2]', b"{} {}"],
    ids=repr,
)
def test_a_body_that_is_no_record_is_refused(machines: MachineSide, path: str, body: bytes) -> None:
    assert ask(machines, "POST", path, body).status_code in (400, 422)


@pytest.mark.parametrize("path", RECORDS)
def test_one_bad_record_among_good_ones_leaves_none(machines: MachineSide, path: str) -> None:
    good = [RECORDS[path] | {"source_record_id": f"whole-{n}"} for n in range(5)]
    before = machines._rows("select count(*) as n from own.raw_record union all select count(*) from own.referral")
    body = orjson.dumps([*good, RECORDS[path] | {"person": {"first": "a\x00b"}}])
    assert ask(machines, "POST", path, body).status_code == 422
    assert ask(machines, "POST", path, orjson.dumps(good * 201)).status_code == 422
    after = machines._rows("select count(*) as n from own.raw_record union all select count(*) from own.referral")
    assert after == before


@pytest.mark.parametrize(
    "headers",
    [
        [("Content-Type", "text/html")],
        [("Content-Type", "multipart/form-data")],
        [("Content-Type", "application/json; charset=\x01")],
        [("Content-Type", "application/json"), ("Content-Type", "text/plain")],
        [("Idempotency-Key", "")],
        [("Idempotency-Key", "k" * 5000)],
        [("Idempotency-Key", "a"), ("Idempotency-Key", "b")],
        [("Idempotency-Key", "\x7f\x01'; drop table own.batch; --")],
        [("Content-Length", "5"), ("Content-Length", "6")],
        [("Content-Encoding", "gzip")],
        [("Accept", "\x01"), ("Accept-Encoding", "gzip;q=x")],
        [("Expect", "100-continue"), ("Range", "bytes=0-")],
    ],
    ids=lambda headers: headers[0][0],
)
def test_odd_headers_change_nothing(machines: MachineSide, headers: list[tuple[str, str]]) -> None:
    for path, record in RECORDS.items():
        assert ask(machines, "POST", path, orjson.dumps(record), headers).status_code in (202, 400, 415, 422)
    machines.settle()


MULTIPART = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (MULTIPART, b""),
        (MULTIPART, b"--x"),
        (MULTIPART, b"--x\r\n\r\nno header\r\n--x--"),
        (MULTIPART, b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\na text field\r\n--x--\r\n'),
        (MULTIPART, b'--x\r\nContent-Disposition: form-data; name="other"; filename="a"\r\n\r\na\r\n--x--\r\n'),
        (MULTIPART, b'--x\r\nContent-Disposition: form-data; name="file"; filename="a\x00b"\r\n\r\n\r\n--x--\r\n'),
        (MULTIPART, b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\ncut off'),
        (MULTIPART, (b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\na\r\n' * 3) + b"--x--"),
        (MULTIPART, b"--x\r\n" + b"A" * 100_000 + b": b\r\n\r\n--x--"),
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=", b"--x--"),
        ("multipart/form-data; boundary=" + "y" * 10_000, b"--x--"),
        (b"multipart/form-data; boundary=\xff", b"--x--"),
        ("application/octet-stream", b""),
        ("application/octet-stream", b"\x00" * 1000),
        ("application/octet-stream", b"PK\x03\x04" + b"\x00" * 100),
    ],
)
def test_bad_multipart_and_bad_files(machines: MachineSide, kind: str | bytes, body: bytes) -> None:
    ask(machines, "POST", FILES, body, [(b"Content-Type", kind if isinstance(kind, bytes) else kind.encode())])
    machines.settle()


CURSORS = [
    "x", "%00", "%ff%fe", "=" * 200, "a" * 201, "%F0%9F%92%A9",
    base64.urlsafe_b64encode(b"2026-01-01T00:00:00|00000000-0000-0000-0000-000000000000").decode(),
    base64.urlsafe_b64encode(b"0001-01-01T00:00:00+23:59|00000000-0000-0000-0000-000000000000").decode(),
    base64.urlsafe_b64encode(b"9999-12-31T23:59:59-23:59|00000000-0000-0000-0000-000000000000").decode(),
    base64.urlsafe_b64encode(b"2026-01-01T00:00:00+00:00|x").decode(),
    base64.urlsafe_b64encode(b"\x00|\x00").decode(),
]  # fmt: skip


@pytest.mark.parametrize("cursor", CURSORS)
def test_a_cursor_that_is_none_is_refused(machines: MachineSide, cursor: str) -> None:
    answer = ask(machines, "GET", f"/api/referrals?cursor={cursor}")
    assert answer.status_code == 422
    assert [one["field"].rpartition(".")[2] for one in answer.json()["errors"]] == ["cursor"]


@pytest.mark.parametrize(
    "query",
    [
        "ori=%00", "ori=PAPPD%00%00%00%00", "ori=%ff", "updated_since=0001-01-01T00:00:00%2B23:59",
        "updated_since=9999-12-31T23:59:59-23:59", "updated_since=0001-01-01T00:00:00", "updated_since=1e400",
        "updated_since=-1e18", "updated_since=NaN", "cursor=&cursor=x&ori=&ori=", "%00=%00",
    ],
)  # fmt: skip
def test_odd_queries_are_answered_or_refused(machines: MachineSide, query: str) -> None:
    assert ask(machines, "GET", f"/api/referrals?{query}").status_code in (200, 422)
