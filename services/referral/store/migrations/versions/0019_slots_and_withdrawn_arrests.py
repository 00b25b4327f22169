"""Whoever takes a referral in takes its slot in the same transaction; a referral lets go of a withdrawn arrest."""

from __future__ import annotations

from alembic import op

from shared.runtime.tables import grant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    grant("own.capacity", web="select, insert, update", consumer="select, insert, update")
    op.execute("create index referral_home_open on own.referral (home_id) where state in ('approved', 'reopened')")
    # A referral lets go of an arrest that its source withdrew.
    op.execute("create index arrest_void on own.arrest (arrest_id) where state = 'void'")
    op.execute("create index referral_arrest on own.referral (arrest_id) where arrest_id is not null")
