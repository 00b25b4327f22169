"""The version of the linkage weights that this release links with."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from services.referral.domain.identity.weights import Weights

VERSION = "1"


@cache
def current_weights() -> Weights:
    """The shipped figures; what they were trained on and what they cannot do: `data/identity/MODEL_CARD.md`."""
    folder = files("services.referral") / "data" / "identity"
    return Weights.model_validate_json((folder / f"weights-{VERSION}.json").read_bytes())
