"""Machines: the operator's token, agencies' keys, and problem documents."""

from __future__ import annotations

import pytest

from tests.integration.web.demo.running import Demo

pytestmark = pytest.mark.integration


def _operator(demo: Demo) -> dict[str, str]:
    return {"Authorization": f"Bearer {demo.settings.operator_token}"}


@pytest.fixture(autouse=True)
def operator_token(demo: Demo) -> None:
    (demo.settings.secrets_dir / "operator.token").write_text("operator-token-for-this-test")


async def test_the_operators_token_opens_what_it_may(demo: Demo) -> None:
    answer = await demo.client().post("/api/stones", json={"weight": 3, "label": "flint"}, headers=_operator(demo))
    assert (answer.status_code, answer.json()) == (200, {"label": "flint"})


async def test_without_a_key_a_machine_gets_a_problem(demo: Demo) -> None:
    answer = await demo.client().post("/api/stones", json={"weight": 3, "label": "flint"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("key", ["x", "lead_0123456789ab_" + "0" * 64, "lead__", "Basic abc", "operator-token"])
async def test_a_wrong_key_is_not_valid(demo: Demo, key: str) -> None:
    answer = await demo.client().post("/api/stones", json={}, headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.json()["title"]) == (401, "The key is not valid")


async def test_a_bad_record_lists_every_field_and_repeats_no_value(demo: Demo) -> None:
    sent = {"weight": -73519, "label": "Marlow Sampleton"}
    answer = await demo.client().post("/api/stones", json=sent, headers=_operator(demo))
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"weight", "label"}
    assert "Marlow" not in answer.text
    assert "-73519" not in answer.text


async def test_a_body_that_is_not_json_is_a_problem_too(demo: Demo) -> None:
    answer = await demo.client().post(
        "/api/stones", content=b"{Marlow", headers={**_operator(demo), "Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert "Marlow" not in answer.text


async def test_public_calls_need_nothing(demo: Demo) -> None:
    assert (await demo.client().get("/api/open")).json() == {"who": "public"}


async def test_a_wrong_method_is_said_so(demo: Demo) -> None:
    answer = await demo.client().put("/api/open")
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
