"""A block holds what is compared of its members: to link a record reads its blocks, and nobody by themselves."""

from __future__ import annotations

from alembic import op

from shared.runtime.tables import grant

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table own.person_block add column home_id uuid, add column traits bytea")
    op.execute("""
        update own.person_block b set home_id = i.home_id
        from own.person_identity i where i.identity_id = b.identity_id""")
    # Of members from before, and of such as have too much to stand in an index, `said` is read instead.
    op.execute("""
        alter table own.person_block alter column home_id set not null,
          add constraint traits_fit_the_index check (octet_length(traits) <= 1200)""")
    op.execute("""
        alter table own.person_block drop constraint person_block_pkey,
          add primary key (token, identity_id) include (person_id, home_id, traits)""")
    # The index answers by itself only where the table was vacuumed.
    op.execute("alter table own.person_block set (autovacuum_vacuum_insert_scale_factor = 0.02)")
    grant("own.person_block", consumer="update")  # merged people move
