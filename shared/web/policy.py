"""access.yaml, read once: roles, classes, purposes, navigation, personas. Default deny."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from shared.web.access import Access, AccessError

FILE = Path(__file__).parent / "access.yaml"


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True)
class Grant:
    """What one role, or one key scope, may do for one purpose."""

    purpose: str
    services: frozenset[str]
    reads: frozenset[str]
    writes: frozenset[str]


@dataclass(frozen=True)
class KeyScope(Grant):
    """A grant that machines hold: by an agency's key, by the operator's token, or either."""

    operator: bool = False
    agencies: bool = True


@dataclass(frozen=True)
class Role:
    name: str
    title: str
    scope: Literal["programme", "agency", "none"]
    grants: dict[str, Grant]

    def works_in(self, service: str) -> bool:
        return any(service in grant.services for grant in self.grants.values())


@dataclass(frozen=True)
class Link:
    """One place of the navigation. `roles` is `*` for everybody, the public too."""

    service: str
    path: str
    text: str
    roles: str

    def shown_to(self, role: str) -> bool:
        return self.roles == "*" or role in self.roles.split()


@dataclass(frozen=True)
class Persona:
    """A demo person; `key` is also the `sub` an identity provider would give."""

    key: str
    role: str
    name: str
    does: str
    agency_ori: str | None = None


@dataclass(frozen=True)
class Policy:
    """The whole file, checked."""

    classes: dict[str, bool]
    roles: dict[str, Role]
    keys: dict[str, KeyScope]
    workers: frozenset[str]
    nav: tuple[Link, ...]
    personas: dict[str, Persona]

    def personal(self, classes: Iterable[str]) -> bool:
        """Whether any of the classes is about people, so that the request is audited."""
        return any(self.classes[name] for name in classes)

    def settle(self, service: str, access: Access, where: str) -> Access:
        """The declaration with what follows from it filled in.

        Raises AccessError, which names the route, unless every listed role may do all of it in this service.
        """
        if access.public:
            if access.roles or access.key or access.classes:
                raise AccessError(f"{where}: a public route has no roles, key or classes")
            return access
        if access.key:
            return self._settle_key(service, access, where)
        if not (access.purpose and access.role_names and access.classes):
            raise AccessError(f"{where}: declare purpose, roles, and the classes it reads or writes")
        for name in sorted(access.role_names):
            self._check_role(service, access, name, where)
        return access

    def _settle_key(self, service: str, access: Access, where: str) -> Access:
        scope = self.keys.get(access.key)
        if scope is None or service not in scope.services:
            raise AccessError(f"{where}: access.yaml has no key scope {access.key!r} in {service}")
        return replace(
            access,
            purpose=scope.purpose,
            reads=" ".join(sorted(scope.reads)),
            writes=" ".join(sorted(scope.writes)),
        )

    def _check_role(self, service: str, access: Access, name: str, where: str) -> None:
        role = self.roles.get(name)
        if role is None:
            raise AccessError(f"{where}: access.yaml has no role {name!r}")
        grant = role.grants.get(access.purpose)
        if grant is None or service not in grant.services:
            raise AccessError(f"{where}: {name} has no purpose {access.purpose!r} in {service}")
        for verb, asked, given in (
            ("read", access.read_classes, grant.reads),
            ("write", access.write_classes, grant.writes),
        ):
            if asked - given:
                listed = " ".join(sorted(asked - given))
                raise AccessError(f"{where}: {name} may not {verb} {listed} for {access.purpose!r}")


@cache
def policy() -> Policy:
    """The policy of this installation."""
    return parse(yaml.safe_load(FILE.read_text()))


def parse(data: dict[str, Any]) -> Policy:
    """Read the file's content. Raises AccessError for a word that is not declared in it."""
    found = Policy(
        classes={name: bool(spec["person"]) for name, spec in data["classes"].items()},
        roles={name: _role(name, spec) for name, spec in data["roles"].items()},
        keys={name: _key(spec) for name, spec in data["keys"].items()},
        workers=words(data["workers"]),
        nav=tuple(Link(**link) for link in data["nav"]),
        personas={key: Persona(key=key, **spec) for key, spec in data["personas"].items()},
    )
    grants: list[Grant] = [grant for role in found.roles.values() for grant in role.grants.values()]
    for grant in [*grants, *found.keys.values()]:
        unknown = (grant.reads | grant.writes) - found.classes.keys()
        if unknown:
            raise AccessError(f"access.yaml: {grant.purpose} names unknown classes {sorted(unknown)}")
    named = {role for link in found.nav if link.roles != "*" for role in link.roles.split()}
    named |= {persona.role for persona in found.personas.values()}
    if named - found.roles.keys():
        raise AccessError(f"access.yaml: unknown roles {sorted(named - found.roles.keys())}")
    return found


def _role(name: str, spec: dict[str, Any]) -> Role:
    grants = {
        purpose: Grant(purpose, words(given["in"]), words(given["reads"]), words(given["writes"]))
        for purpose, given in spec["purposes"].items()
    }
    return Role(name, spec["title"], spec["scope"], grants)


def _key(spec: dict[str, Any]) -> KeyScope:
    return KeyScope(
        purpose=spec["purpose"],
        services=words(spec["in"]),
        reads=words(spec["reads"]),
        writes=words(spec["writes"]),
        operator=spec.get("operator", False),
        agencies=spec.get("agencies", True),
    )
