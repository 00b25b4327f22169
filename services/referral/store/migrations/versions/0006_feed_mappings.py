"""Every version of a source's registration: a batch is read by the one it came in under."""

from __future__ import annotations

from alembic import op

from shared.runtime.tables import grant, protect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Names of columns and codes, no content of any record.
    op.execute("""
        create table own.feed_mapping (
          source text not null,
          mapping_version int not null,
          programme text not null,
          municipality text,
          agency_ori text,
          format text not null,
          timezone text not null,
          mapping jsonb,
          created_at timestamptz not null,
          primary key (source, mapping_version)
        )""")
    op.execute("""
        insert into own.feed_mapping
        select source, mapping_version, programme, municipality, agency_ori, format, timezone, mapping, updated_at
        from own.feed_source""")
    grant("own.feed_mapping", web="select, insert", consumer="select")
    protect("own.feed_mapping", tenant=False)
