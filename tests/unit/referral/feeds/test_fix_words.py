"""What a row was likely meant to say is proposed only where that is plain, and only what can be read."""

from __future__ import annotations

import pytest

from services.referral.feeds.reject_columns import Columns
from services.referral.feeds.reject_rows import Cause
from services.referral.pages.fix_words import meant

COLUMNS = Columns(("case_no", "arrest_date"), ("case_no", "arrest_date"), frozenset({0}))


@pytest.mark.parametrize(
    ("came", "proposed"),
    [
        ("31/1/2026", "1/31/2026"),
        ("31.12.2026", "12/31/2026"),
        ("29-2-2024", "2/29/2024"),
        # No such day: nothing is plain.
        ("31/11/2026", ""),
        ("30/2/2026", ""),
        ("32/1/2026", ""),
        ("13/13/2026", ""),
        # It may be either.
        ("5/6/2026", ""),
        ("soon", ""),
    ],
)
def test_a_day_written_day_first_is_proposed_month_first_if_there_is_such_a_day(came: str, proposed: str) -> None:
    assert meant(Cause("E_DATE", 1, came, []), COLUMNS) == proposed
