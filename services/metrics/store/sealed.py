"""Sealed columns of this service: none. Metrics holds no identity, no text, and no person_id to seal."""

from __future__ import annotations

SEALED: dict[str, tuple[str, str]] = {}
