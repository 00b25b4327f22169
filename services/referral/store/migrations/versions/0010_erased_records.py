"""What was erased stays erased: ids of records that no later file brings back, and files that are no longer kept."""

from __future__ import annotations

from alembic import op

from shared.runtime.tables import grant, protect

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Ids are HMACs of an agency's own numbers: they say nothing of who it was.
    op.execute("create table own.erased_record (record_id uuid primary key, erased_at timestamptz not null)")
    grant("own.erased_record", consumer="select, insert")
    protect("own.erased_record", tenant=False)
    op.execute("alter table own.batch add column file_erased_at timestamptz")
