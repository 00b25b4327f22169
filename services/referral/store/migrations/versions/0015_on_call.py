"""Who is on call, kept on a page: each change of an entry is a version of its own, and none is edited afterwards."""

from __future__ import annotations

from alembic import op

from shared.runtime.tables import grant, protect

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        create table own.on_call (
          entry_id uuid not null,
          version int not null,
          programme text not null,
          name text not null,
          phone text not null,
          backup_phone text,
          zones text[] not null,
          from_time time,
          to_time time,
          -- 1 is Monday; none: every day. Weekdays and days are those on which it begins.
          weekdays int[] not null,
          from_day date,
          to_day date,
          ended boolean not null,
          changed_by text not null,
          changed_name text not null,
          changed_at timestamptz not null,
          primary key (entry_id, version),
          check ((from_time is null) = (to_time is null)),
          check (to_day >= from_day))""")
    op.execute("create index on_call_programme on own.on_call (programme, changed_at)")
    grant("own.on_call", web="select, insert")
    # Whom to call is for every officer of the programme to see.
    protect("own.on_call", tenant=False)
