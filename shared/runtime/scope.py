"""The tenant scope of a request, as the row-level policies read it from `lead.scope`."""

from __future__ import annotations

from typing import Literal

Kind = Literal["programme", "agency", "municipality"]


def token(kind: Kind, name: str) -> str:
    """One token, such as `agency:PAPPD0000`. Spaces become `_` since tokens are space-separated."""
    return f"{kind}:{name.strip().replace(' ', '_')}"


def scope(
    *,
    programmes: tuple[str, ...] = (),
    agencies: tuple[str, ...] = (),
    municipalities: tuple[str, ...] = (),
) -> str:
    """The whole scope: a row is seen when any of its tokens stands in it. Empty: no rows."""
    return " ".join(
        [token("programme", name) for name in programmes]
        + [token("agency", name) for name in agencies]
        + [token("municipality", name) for name in municipalities]
    )
