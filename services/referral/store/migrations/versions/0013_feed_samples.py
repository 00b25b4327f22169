"""A file that somebody maps: kept sealed for a day, so that a mapping can be tried before it is anybody's."""

from __future__ import annotations

from alembic import op

from shared.runtime.tables import grant, protect

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        create table own.feed_sample (
          source text not null,
          -- the agency whose feed it is; empty for a feed of several
          owner text not null,
          content bytea not null,
          uploaded_at timestamptz not null,
          primary key (source, owner)
        )""")
    op.execute("alter table own.feed_sample alter column content set storage external")
    grant("own.feed_sample", web="select, insert, update, delete", consumer="select, delete")
    # As for feeds themselves: county IT keeps those of every agency, and pages ask by owner.
    protect("own.feed_sample", tenant=False)
