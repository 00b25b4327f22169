"""Every address of the four services says whom it is for, and every link of the navigation leads somewhere."""

from __future__ import annotations

from importlib import import_module

import pytest
from starlette.routing import BaseRoute

from shared.runtime.service import Service
from shared.runtime.settings import SERVICES
from shared.web.gate import GatedRoute
from shared.web.pages import Declared, Pages
from shared.web.policy import policy


def _service(name: str) -> Service:
    service = import_module(f"services.{name}.app").service
    assert isinstance(service, Service)
    return service


def _routers(name: str) -> list[Pages]:
    service = _service(name)
    routers = [*service.routers, *service.public_routers]
    for router in routers:
        assert isinstance(router, Pages), f"{name}: {router} is not shared.web.Pages"
    return [router for router in routers if isinstance(router, Pages)]


def _declared(name: str) -> list[Declared]:
    return [one for router in _routers(name) for one in router.declared]


@pytest.mark.parametrize("name", SERVICES)
def test_every_route_stands_behind_the_gate(name: str) -> None:
    for router in _routers(name):
        routes: list[BaseRoute] = router.routes
        assert all(isinstance(route, GatedRoute) for route in routes)
        assert len(routes) == len(router.declared)
        assert router.service == name


@pytest.mark.parametrize("name", SERVICES)
def test_every_route_says_class_purpose_and_roles(name: str) -> None:
    for one in _declared(name):
        if one.access.public:
            continue
        assert one.access.purpose, f"{one.method} {name}{one.path} has no purpose"
        assert one.access.classes, f"{one.method} {name}{one.path} names no class"
        assert one.access.role_names or one.access.key, f"{one.method} {name}{one.path} is for nobody"


def test_only_metrics_shows_the_public_anything() -> None:
    for name in SERVICES:
        if name != "metrics":
            assert [one for one in _declared(name) if one.access.public] == []


def test_every_link_of_the_navigation_opens_for_its_roles() -> None:
    links = [*policy().nav, *(link for name in SERVICES for link in _service(name).nav)]
    for link in links:
        found = [one for one in _declared(link.service) if (one.method, one.path) == ("GET", link.path)]
        assert found, f"{link.text} leads to {link.service}{link.path}, which is not there"
        if link.roles != "*":
            missing = set(link.roles.split()) - found[0].access.role_names
            assert not missing, f"{link.text} is shown to {sorted(missing)}, who may not open it"


def test_pages_change_nothing_by_get() -> None:
    for name in SERVICES:
        for one in _declared(name):
            if one.method == "GET":
                assert not one.access.writes or one.access.key, f"GET {name}{one.path} writes"
