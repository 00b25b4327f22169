"""A route that does not say whom it is for, or says more than access.yaml allows, does not exist."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from starlette.responses import Response

from shared.web import Access, AccessError, Desk, Pages
from shared.web.policy import FILE, parse, policy


async def _nothing(desk: Desk) -> Response:
    return Response()


def test_a_route_without_access_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        Pages("casework").get("/x")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "access",
    [
        Access(),
        Access(purpose="care", roles="coordinator"),
        Access(reads="ID", roles="coordinator"),
        Access(purpose="care", reads="ID"),
        Access(public=True, roles="coordinator"),
        Access(public=True, reads="ID"),
    ],
)
def test_class_purpose_and_roles_must_all_be_there(access: Access) -> None:
    with pytest.raises(AccessError, match="GET casework/x"):
        Pages("casework").get("/x", access=access)(_nothing)


@pytest.mark.parametrize(
    ("service", "access", "reason"),
    [
        ("casework", Access(purpose="care", reads="ID", roles="officer"), "officer has no purpose 'care'"),
        ("casework", Access(purpose="care", reads="ID", roles="mayor"), "no role 'mayor'"),
        ("referral", Access(purpose="decide_charge", reads="CLI", roles="prosecutor"), "may not read CLI"),
        ("referral", Access(purpose="refer", reads="ID CLI", roles="officer"), "may not read CLI"),
        ("referral", Access(purpose="refer", reads="ID POL", roles="officer partner"), "partner may not read POL"),
        ("referral", Access(purpose="operate", reads="ID OPS", roles="county_it"), "may not read ID"),
        ("metrics", Access(purpose="evaluate", reads="ID", roles="evaluator"), "may not read ID"),
        ("casework", Access(purpose="care", reads="ID", writes="POL", roles="coordinator"), "may not write POL"),
        ("intake", Access(purpose="care", reads="ID", roles="coordinator"), "in intake"),
        ("intake", Access(key="ingest"), "no key scope 'ingest' in intake"),
    ],
)
def test_no_route_gives_a_role_more_than_the_wall_allows(service: str, access: Access, reason: str) -> None:
    with pytest.raises(AccessError, match=reason):
        Pages(service).get("/x", access=access)


def test_police_prosecutor_and_partner_never_reach_client_information() -> None:
    for name in ("officer", "agency_supervisor", "prosecutor", "partner"):
        for grant in policy().roles[name].grants.values():
            assert "CLI" not in grant.reads | grant.writes
            assert grant.services == {"referral"}


def test_operators_and_evaluators_never_reach_a_person() -> None:
    for name in ("county_it", "evaluator", "programme_manager"):
        for grant in policy().roles[name].grants.values():
            assert not (grant.reads | grant.writes) & {"ID", "POL", "REF", "CHG", "ENG", "CON", "CLI", "CNS"}


def test_only_agency_roles_are_bound_to_an_agency() -> None:
    bound = {role.name for role in policy().roles.values() if role.scope == "agency"}
    assert bound == {"officer", "agency_supervisor", "partner"}
    for persona in policy().personas.values():
        assert (persona.agency_ori is not None) == (persona.role in bound)


def test_there_is_a_demo_person_for_every_role() -> None:
    assert {persona.role for persona in policy().personas.values()} == set(policy().roles)


def test_a_key_scope_settles_class_and_purpose_of_its_routes() -> None:
    pages = Pages("referral")
    pages.api_post("/api/x", access=Access(key="ingest"))(_nothing)
    settled = pages.declared[0].access
    assert (settled.purpose, settled.write_classes) == ("ingest", {"ID", "POL", "REF"})


def _changed(change: Any) -> dict[str, Any]:
    data: dict[str, Any] = copy.deepcopy(yaml.safe_load(FILE.read_text()))
    change(data)
    return data


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["roles"]["officer"]["purposes"]["refer"].update(reads="ID XYZ"),
        lambda data: data["nav"].append({"service": "intake", "path": "/", "text": "X", "roles": "mayor"}),
        lambda data: data["personas"].update(x={"role": "mayor", "name": "X", "does": "X"}),
    ],
)
def test_a_word_the_file_does_not_declare_is_an_error(change: Any) -> None:
    with pytest.raises(AccessError):
        parse(_changed(change))
