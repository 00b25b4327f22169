"""Rates, paths, pages: small rules each with its edge."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from starlette.datastructures import QueryParams

from shared.web.answers import faults
from shared.web.paging import Paging
from shared.web.rate import Buckets
from shared.web.sign_in import safe_path


def test_a_key_may_ask_ten_times_a_second() -> None:
    clock = SimpleNamespace(now=100.0)
    buckets = Buckets(lambda: clock.now)
    assert [buckets.wait("a") for _ in range(10)] == [0] * 10
    assert buckets.wait("a") == 1
    assert buckets.wait("b") == 0
    clock.now += 0.125
    assert buckets.wait("a") == 0
    assert buckets.wait("a") == 1


@pytest.mark.parametrize(
    "path", ["//evil.test", "/\\evil.test", "https://evil.test", "", "a", "/a\nb", "/a\\b", "\\\\evil.test"]
)
def test_a_return_path_stays_here(path: str) -> None:
    assert safe_path(path) == "/"


def test_a_return_path_keeps_its_query() -> None:
    assert safe_path("/people?page=2&q=a%20b") == "/people?page=2&q=a%20b"


def _paging(total: int, query: str = "") -> Paging:
    request = SimpleNamespace(query_params=QueryParams(query), url=SimpleNamespace(path="/people"))
    return Paging.of(request, total)  # type: ignore[arg-type]


def test_paging_keeps_filters_and_stops_at_forty_pages() -> None:
    paging = _paging(2000, "q=a&page=3&town=Rankin")
    assert (paging.offset, paging.first_row, paging.last_row) == (50, 51, 75)
    assert paging.address(4) == "/people?q=a&town=Rankin&page=4"
    assert (paging.last, paging.capped) == (40, True)
    assert _paging(0).first_row == 0
    assert _paging(30, "page=99").number == 2


def test_faults_name_fields_and_reasons_without_values() -> None:
    errors = [
        {"loc": ("body", "charges", 0, "text"), "type": "missing", "msg": "Field required"},
        {"loc": ("body",), "type": "value_error", "msg": "Value error, Marlow is not a date"},
    ]
    assert faults(errors) == [
        {"field": "charges.0.text", "reason": "Field required"},
        {"field": "body", "reason": "value_error"},
    ]
