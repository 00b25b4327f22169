"""A request's trace is taken over when it is well formed, and a new one begun when it is not."""

from __future__ import annotations

import pytest

from shared.runtime.tracing import span_of

GOOD = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_the_callers_trace_goes_on() -> None:
    span = span_of(GOOD)
    assert f"{span.trace_id:032x}" == GOOD[3:35]
    assert span.is_remote


@pytest.mark.parametrize("said", [None, "", "Marlow", GOOD.upper(), GOOD + "-x", GOOD.replace("4bf92f35", "zzzzzzzz"),
                                  "00-" + "0" * 32 + "-00f067aa0ba902b7-01"])  # fmt: skip
def test_anything_else_begins_a_new_trace(said: str | None) -> None:
    first, second = span_of(said), span_of(said)
    assert first.is_valid
    assert first.trace_id != second.trace_id
