"""What the documentation prints is what the code does."""

from __future__ import annotations

from pathlib import Path

from services.referral.transition_tables import document

PAGE = Path(__file__).parents[4] / "docs" / "referral-states.md"


def test_the_page_of_states_is_current() -> None:
    assert PAGE.read_text() == document(), "regenerate it, see services.referral.transition_tables"
