"""The policy that ships with the service: data files, read once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from services.referral.domain.policy import Policy


@cache
def policy(programme: str = "allegheny") -> Policy:
    """A programme's dated policy with its places and agencies. Raises pydantic's error for a wrong file."""
    rules, areas, agencies = (_read(name) for name in (programme, "areas", "agencies"))
    return Policy.model_validate({**rules, **areas, **agencies})


def _read(name: str) -> dict[str, Any]:
    text = (files("services.referral") / "data" / "policy" / f"{name}.yaml").read_text("utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content
