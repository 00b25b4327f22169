"""Who asks: a signed-in person, an agency's machine, the county's operator, or nobody."""

from __future__ import annotations

from dataclasses import dataclass

from shared.runtime import scope as tenancy
from shared.web.policy import Role


@dataclass(frozen=True)
class Actor:
    """The one who makes this request, as rules and the audit see them.

    `worker` is the pseudonym other services know a person by; `scope` is what PostgreSQL's row policies read.
    """

    role: str
    name: str = ""
    iss: str = ""
    sub: str = ""
    worker: str = ""
    agency_ori: str | None = None
    programme: str = ""
    scope: str = ""
    key_id: str | None = None

    @property
    def known(self) -> bool:
        """False for the public."""
        return self.role != "public"

    @property
    def id(self) -> str:
        """Who it is for good, as records keep it: a machine's key, or a subject with who vouches for it."""
        return f"key|{self.key_id}" if self.key_id else f"{self.iss}|{self.sub}".strip("|")

    @property
    def initials(self) -> str:
        parts = self.name.split()
        return (parts[0][0] + parts[-1][0]).upper() if parts else ""

    @property
    def short(self) -> str:
        """The name to greet with; ranks are skipped."""
        parts = [part for part in self.name.split() if part not in {"Officer", "Sergeant"}]
        return parts[0] if parts else ""


NOBODY = Actor(role="public")


def tokens(role: Role, programme: str, agency_ori: str | None) -> str:
    """The tenant scope of a role. An agency role without an agency sees nothing."""
    if role.scope == "programme":
        return tenancy.scope(programmes=(programme,))
    if role.scope == "agency" and agency_ori:
        return tenancy.scope(agencies=(agency_ori,))
    return ""
