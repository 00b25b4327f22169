"""A small service's tables: what every service has, and visibly fictional people with notes."""

from alembic import op

from shared.messaging import schema as messaging
from shared.runtime.tables import create_schemas, grant, protect
from shared.web import schema

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_schemas("casework")
    messaging.install("casework")
    schema.install("casework")
    op.execute("""
        create table own.pebble (
            person_id uuid primary key,
            name text not null,
            version int not null default 1,
            programme text not null,
            municipality text,
            agency_ori text
        )""")
    grant("own.pebble", web="select, insert, update")
    protect("own.pebble")
