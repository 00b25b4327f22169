"""Requests generated from `/openapi.json`: never a fault of ours, never half a batch, refusals as described.

Bounded here; `make fuzz` sends 200 per operation (`LEAD_TEST_GENERATED`).
"""

from __future__ import annotations

import os
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st
from schemathesis import Case

from services.referral.app import service
from shared.web.described import Described
from tests.integration.referral.arrests.records import arrest
from tests.integration.referral.feed_side import ORIGIN
from tests.integration.referral.machines.machine_side import MachineSide
from tests.integration.referral.machines.records import REFERRAL

pytestmark = [pytest.mark.integration, pytest.mark.hypothesis]

GOOD = {"/api/arrests": arrest("made"), "/api/referrals": REFERRAL}
EXAMPLES = int(os.environ.get("LEAD_TEST_GENERATED", "20"))


def document() -> dict[str, Any]:
    """What the service tells of its API."""
    app = Described(service.routers, title="LEAD referral")
    for router in service.routers:
        app.include_router(router)
    return app.openapi()


DOCUMENT = document()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
SCHEMA.config.update(base_url=ORIGIN)
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}


def said_of(case: Case) -> dict[str, Any]:
    described: dict[str, Any] = DOCUMENT["paths"][case.path][case.method.lower()]
    return described


def request_of(case: Case, known: dict[str, str]) -> httpx.Request:
    """The generated case as it goes out; with `known`, about something that exists."""
    case.path_parameters = {name: known.get(name, value) for name, value in case.path_parameters.items()}
    try:
        ready = requests.Request(**case.as_transport_kwargs()).prepare()
        return httpx.Request(ready.method or "GET", ready.url or "", headers=dict(ready.headers), content=ready.body)
    except (requests.exceptions.RequestException, httpx.InvalidURL, UnicodeError):
        assume(False)
        raise


def mixed(good: dict[str, Any], made: Any, which: int) -> dict[str, Any]:
    """A record that would be taken, with one field as it was generated: a wholly generated one hardly ever is."""
    fields = sorted(made.items()) if isinstance(made, dict) else []
    field = dict([fields[which % len(fields)]]) if fields else {}
    return good | {"source_record_id": f"made-{which}"} | field


def test_every_operation_says_that_it_wants_a_key_and_how_it_refuses() -> None:
    assert len(OPERATIONS) >= 19
    for path, methods in DOCUMENT["paths"].items():
        for method, said in methods.items():
            assert said["security"] == [{"key": []}], (method, path)
            assert "application/problem+json" in said["responses"]["4XX"]["content"], (method, path)
            if method in ("post", "put") and not path.endswith(("/apply", "/discard", "/replay", "/topic")):
                assert said["requestBody"]["content"], (method, path)


@pytest.mark.parametrize("label", OPERATIONS)
def test_a_generated_request_is_answered_or_refused_and_leaves_nothing_half_done(
    machines: MachineSide, label: str
) -> None:
    operation = OPERATIONS[label]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), exists=st.booleans(), operator=st.booleans(), which=st.integers(0, 20))
    def ask(case: Case, exists: bool, operator: bool, which: int) -> None:
        if exists and case.path in GOOD:
            case.body = mixed(GOOD[case.path], case.body, which)
        request = request_of(case, machines.known if exists else {})
        answer = machines.ask(request, operator=operator)
        event(str(answer.status_code))
        machines.judge(answer, said_of(case))

    ask()
    machines.settle()
