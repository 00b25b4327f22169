"""What stands remembers when its content came; a batch, what a person was asked; a source, from when it takes over."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # When the content came that a batch holds: of a file that is read again, when it came first.
    op.execute("alter table own.batch add column content_at timestamptz")
    op.execute("""
        update own.batch b set content_at = coalesce(
          (select o.received_at from own.batch o where o.batch_id = b.replay_of), b.received_at)""")
    op.execute("alter table own.batch alter column content_at set not null")
    # The questions that a person answered by applying the batch, as they were asked.
    op.execute("alter table own.batch add column answered jsonb not null default '[]'")
    # The batch that the same bytes made before, where others of the source came between.
    op.execute("alter table own.batch add column again_of uuid")
    op.execute("create index batch_of_body on own.batch (source, body_key)")
    op.execute("""
        create index batch_complete on own.batch (source, content_at)
        where complete_from is not null and status = 'applied'""")
    # When the newest word came of what stands, live or void: an older one changes nothing.
    for table in ("own.arrest", "own.utilization"):
        op.execute(f"alter table {table} add column content_at timestamptz not null default now()")
        op.execute(f"update {table} t set content_at = b.content_at from own.batch b where b.batch_id = t.batch_id")  # noqa: S608
    # The first day of those that the source takes over from the one that published before.
    op.execute("alter table own.feed_source add column takes_over_from date")
