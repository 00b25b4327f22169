"""A real service process: what it answers without sign-in, and how its roles and its end behave."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.integration.conftest import FreshDatabase
from tests.integration.service_process import ServiceProcess

Start = Callable[..., ServiceProcess]


async def test_a_process_of_all_roles_tells_each_dependency_and_stops_gently(
    fresh_database: FreshDatabase, service_process: Start
) -> None:
    settings = await fresh_database("casework")
    process = service_process(settings)

    assert process.get("/health/live").json() == {"status": "live", "service": "casework", "role": "all"}
    ready = process.get("/health/ready").json()
    assert ready["status"] == "ready"
    assert {"database-web", "database-consumer", "database-sealer", "consumer", "relay", "sealer"} <= set(
        ready["dependencies"]
    )
    plain = process.get("/metrics")
    assert plain.headers["content-type"].startswith("text/plain")
    assert b"lead_consumer_lag_records" in plain.content
    opened = process.get("/metrics", headers={"Accept": "application/openmetrics-text"})
    assert opened.headers["content-type"].startswith("application/openmetrics-text")
    assert opened.content.endswith(b"# EOF\n")
    assert process.get("/openapi.json").status_code == 200

    process.stop()
    assert process.status == 0
    lines = [json.loads(line) for line in process.log().splitlines() if line.startswith("{")]
    assert lines[-1]["event"] == "stopped"
    assert not [line for line in lines if line["level"] == "error" and line["logger"].startswith("lead")]


async def test_a_web_process_holds_no_other_role(fresh_database: FreshDatabase, service_process: Start) -> None:
    process = service_process(await fresh_database("casework"), role="web")
    assert set(process.get("/health/ready").json()["dependencies"]) == {"database-web"}
    assert process.get("/").status_code in (200, 303, 401)


async def test_a_relay_process_serves_no_page(fresh_database: FreshDatabase, service_process: Start) -> None:
    process = service_process(await fresh_database("casework"), role="relay")
    assert process.get("/health/live").status_code == 200
    assert process.get("/").status_code == 404
    assert process.get("/participants").status_code == 404


async def test_the_public_process_knows_the_dashboard_and_nothing_else(
    fresh_database: FreshDatabase, service_process: Start
) -> None:
    process = service_process(await fresh_database("metrics"), role="public")
    assert set(process.get("/health/ready").json()["dependencies"]) == {"database-public"}
    assert process.get("/").status_code == 200
    assert process.get("/programme").status_code == 404


async def test_demo_personas_are_refused_beyond_this_machine(
    fresh_database: FreshDatabase, service_process: Start
) -> None:
    settings = (await fresh_database("intake")).model_copy(update={"host": "0.0.0.0"})
    process = service_process(settings, wait=False)
    process.wait_until_ended()
    assert process.status == 1
    assert "LEAD_DEMO: demo personas are for 127.0.0.1 only" in process.log()
