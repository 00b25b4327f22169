"""What a route says about itself: whom it lets in, why, and which classes of data it touches."""

from __future__ import annotations

from dataclasses import dataclass


class AccessError(TypeError):
    """A route's declaration contradicts access.yaml; raised when the module is imported."""


@dataclass(frozen=True)
class Access:
    """One route's declaration. Words are separated by spaces.

    - people: `Access(purpose="care", reads="ID CON", writes="CON", roles="coordinator supervisor")`
    - machines with an API key: `Access(key="ingest")`; classes and purpose follow from the key's scope
    - anyone: `Access(public=True)`
    """

    purpose: str = ""
    reads: str = ""
    writes: str = ""
    roles: str = ""
    key: str = ""
    public: bool = False

    @property
    def role_names(self) -> frozenset[str]:
        return frozenset(self.roles.split())

    @property
    def read_classes(self) -> frozenset[str]:
        return frozenset(self.reads.split())

    @property
    def write_classes(self) -> frozenset[str]:
        return frozenset(self.writes.split())

    @property
    def classes(self) -> frozenset[str]:
        return self.read_classes | self.write_classes
