"""What a stolen key sent is taken back by a time window: orders, and what they leave behind."""

from __future__ import annotations

from alembic import op

from shared.runtime.tables import grant, protect

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The web side orders, the consumer carries out page by page: `stage` and `after` say how far it is.
    op.execute("""
        create table own.key_void (
          void_id uuid primary key,
          programme text not null,
          key_id text not null,
          sent_from timestamptz not null,
          sent_to timestamptz not null,
          dry_run boolean not null,
          stage text not null default 'batches',
          after uuid not null default '00000000-0000-0000-0000-000000000000',
          counts jsonb not null default '{}',
          listed jsonb not null default '[]',
          ordered_at timestamptz not null,
          done_at timestamptz)""")
    op.execute("create index on own.key_void (void_id) where done_at is null")
    grant("own.key_void", web="select, insert", consumer="select, update")
    protect("own.key_void", tenant=False)

    op.execute("alter table own.utilization add column voided boolean not null default false")
    # A file that was taken back may come again, by a good key, and is a batch of its own then.
    op.execute("alter table own.batch add column voided_at timestamptz")
    op.execute("drop index own.batch_once")
    op.execute(
        "create unique index batch_once on own.batch (source, batch_key) where replay_of is null and voided_at is null"
    )
    op.execute("create index batch_of_key on own.batch (key_id, received_at) where key_id is not null")
