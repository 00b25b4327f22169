"""What an agency's identifier is, in every format."""

from __future__ import annotations

import pytest

from services.referral.feeds.ori import is_ori


@pytest.mark.parametrize("text", ["PAPPD0000\n", "pappd0000", "PAPPD000", "PAPPD00000", "", "PA\u0661234567"])
def test_what_is_no_agency(text: str) -> None:
    assert is_ori("PAPPD0000")
    assert not is_ori(text)
