"""The formats that a source can be registered with. A new format is one file and one name here."""

from __future__ import annotations

from typing import Final

from services.referral.feeds import (
    canonical_json,
    lead_csv,
    mapped_csv,
    mapped_json,
    nibrs_flat,
    nibrs_xml,
    niem_xml,
    utilization_csv,
    wprdc,
)
from services.referral.feeds.adapter import Format

_ADAPTERS: Final = (
    wprdc,
    lead_csv,
    mapped_csv,
    mapped_json,
    canonical_json,
    nibrs_flat,
    nibrs_xml,
    niem_xml,
    utilization_csv,
)

FORMATS: Final[dict[str, Format]] = {found.name: found for adapter in _ADAPTERS for found in adapter.FORMATS}
