"""The formats that a source can be registered with. A new format is one file and one line here."""

from __future__ import annotations

from typing import Final

from services.referral.feeds import wprdc
from services.referral.feeds.adapter import Format

FORMATS: Final[dict[str, Format]] = {found.name: found for found in wprdc.FORMATS}
