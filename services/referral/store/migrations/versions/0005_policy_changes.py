"""Changes of the policy: proposed by one person, adopted by another, dated, and never edited afterwards."""

from __future__ import annotations

from alembic import op

from shared.runtime.tables import grant, protect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        create table own.policy_change (
          change_id uuid primary key,
          programme text not null,
          municipality text,
          agency_ori text,
          kind text not null,
          from_day date not null,
          content jsonb not null,
          note text not null,
          status text not null check (status in ('proposed', 'adopted', 'refused', 'withdrawn')),
          -- The order of adoption: the policy in force is what ships plus every edition.
          edition int,
          proposed_by text not null,
          proposed_name text not null,
          proposed_at timestamptz not null,
          decided_by text,
          decided_name text,
          decided_at timestamptz,
          -- Until when recorded arrests were held against it: empty while that is still to do.
          applied_at timestamptz,
          check ((status = 'adopted') = (edition is not null)),
          check (decided_by is distinct from proposed_by or status in ('proposed', 'withdrawn'))
        )""")
    op.execute("create unique index policy_edition on own.policy_change (programme, edition)")
    op.execute("create index policy_waits on own.policy_change (programme, proposed_at) where status = 'proposed'")
    grant("own.policy_change", web="select, insert, update", consumer="select, update")
    # Rules are nobody's data: whoever screens needs all of them.
    protect("own.policy_change", tenant=False)
    # What a policy is tried on: the arrests of a period.
    op.execute("create index arrest_day on own.arrest (arrested_at)")
