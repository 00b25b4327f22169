"""An entry of the officer's form as a phone kept it: opened, and its time told by our clock."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from services.referral.pages import not_offered_form, refer_form
from services.referral.pages.refer_page import SEALED_FOR
from shared.runtime.browser_box import open_entry
from shared.runtime.keys import Keyring, SealError

LONGEST = 64 * 1024
KEPT_AT_MOST = timedelta(hours=72)
"""As long as a phone keeps a finished entry (`kept/box.js`)."""
Said = Annotated[str, Field(max_length=2000)]


class UnreadableEntry(Exception):
    """It does not open here, or is not such an entry. No content is told."""


class _Sealed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    owner: str = Field(max_length=64)
    draft: UUID
    kept_at: AwareDatetime
    values: dict[str, Said] = Field(max_length=60)


@dataclass(frozen=True)
class KeptEntry:
    """Whose it is, the id it is sent under, and what was typed. `clocked`: the time is when it was finished, by the
    phone's clock set right by ours, since none was typed."""

    owner: str
    draft: UUID
    kept_at: datetime
    values: dict[str, str]
    seen: str
    clocked: bool
    kind: str


def opened(keys: Keyring, form: Mapping[str, Any], now: datetime) -> KeptEntry:
    """The entry that a form brings as `sealed`; `now` in it is the phone's time. Raises UnreadableEntry."""
    text = str(form.get("sealed") or "")
    if not text or len(text) > LONGEST:
        raise UnreadableEntry
    try:
        plain = open_entry(keys, SEALED_FOR, base64.b64decode(text, validate=True))
        found = _Sealed.model_validate_json(plain)
    except (SealError, ValueError, ValidationError):
        raise UnreadableEntry from None
    kind = "not_offered" if found.values.get("kind") == "not_offered" else "referral"
    fields = not_offered_form.FIELDS if kind == "not_offered" else refer_form.FIELDS
    values = {name: found.values.get(name, "") for name in fields} | {"draft": str(found.draft)}
    entry = KeptEntry(found.owner, found.draft, found.kept_at, values, found.values.get("seen", ""), False, kind)
    if values["occurred_at"]:
        return entry
    at = _by_our_clock(found.kept_at, str(form.get("now") or ""), now)
    return replace(entry, values=values | {"occurred_at": at.isoformat()}, clocked=True)


def _by_our_clock(kept_at: datetime, phone_now: str, now: datetime) -> datetime:
    """When the entry was finished. What a phone's clock is off, it is off both times."""
    try:
        passed = datetime.fromisoformat(phone_now) - kept_at
    except (ValueError, TypeError, OverflowError):
        return min(kept_at.astimezone(UTC), now)
    # No entry is older than a phone keeps one, whatever its clock says.
    return now - min(max(timedelta(), passed), KEPT_AT_MOST)
