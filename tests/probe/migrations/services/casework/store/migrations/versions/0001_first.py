"""Messaging's own tables, and a ledger of effects to count by."""

from __future__ import annotations

from alembic import op

from shared.messaging.schema import install
from shared.runtime.tables import create_schemas, grant, protect

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_schemas("casework")
    install("casework")
    op.execute("""
        create table copied.contact (
            contact_id uuid primary key, version int not null, person_id uuid not null, minutes int not null,
            note bytea, times int not null default 1)
    """)
    grant("copied.contact", web="select", consumer="select, insert, update, delete")
    protect("copied.contact", tenant=False)
    op.execute("create table own.effect (fact_id text not null, version int not null, what text not null, times int)")
    op.execute("create unique index effect_once on own.effect (fact_id, version, what)")
    grant("own.effect", consumer="select, insert, update")
    protect("own.effect", tenant=False)
