"""A file of rejected rows that were put right names the batch they were rejected in."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table own.batch add column mends uuid")
