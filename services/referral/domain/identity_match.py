"""Whether a record of a feed can be linked at all, as texts whose HMACs may be stored with it before it is applied."""

from __future__ import annotations

from typing import Final

from services.referral.domain.identity.traits import Identity, Traits, plain

__all__ = ["NAME_BIRTH", "SID", "Identity", "match_texts", "plain"]

SID: Final = "sid"
NAME_BIRTH: Final = "name_birth"


def match_texts(identity: Identity) -> dict[str, str]:
    """Normalised texts by kind, `sid` and `name_birth`. Empty: no rule may link it to a person."""
    traits = Traits.of(identity)
    if not traits.linkable:
        return {}
    texts = {SID: traits.sid} if traits.sid else {}
    if traits.born or traits.otn:
        texts[NAME_BIRTH] = "|".join((traits.surname, traits.given, traits.generation, traits.born or traits.otn))
    return texts
