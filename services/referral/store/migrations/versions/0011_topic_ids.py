"""An agency's topic is known by the broker's id of it: a topic made anew under its name is another one (KIP-516)."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Null: nothing was read of it yet, or only by a release that did not know ids.
    op.execute("alter table own.agency_topic add column topic_id uuid")
