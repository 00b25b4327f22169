"""Tables of the web side in every service's database; a service's first migration calls `install`."""

from __future__ import annotations

from alembic import op

from shared.runtime.tables import grant, protect

_WEB_SESSION = """
create table own.web_session (
    id_hash bytea primary key,
    iss text not null,
    sub text not null,
    role text not null,
    name text not null,
    agency_ori text,
    programme text not null,
    started_at timestamptz not null,
    seen_at timestamptz not null,
    ends_at timestamptz not null
)"""

_AUDIT = """
create table own.audit (
    id bigint generated always as identity primary key,
    at timestamptz(2) not null,
    request_id uuid not null,
    actor text not null,
    role text not null,
    scope text not null,
    session bytea,
    address text not null,
    action text not null,
    purpose text not null,
    outcome text not null,
    person_ids text[] not null,
    reads text not null,
    writes text not null,
    fields text[] not null,
    changes jsonb not null,
    consent_id uuid,
    break_glass_id uuid,
    seal_id bigint
)"""

_AUDIT_SEAL = """
create table own.audit_seal (
    seal_id bigint generated always as identity primary key,
    sealed_at timestamptz not null,
    rows int not null,
    last_id bigint not null,
    head bytea not null
)"""

_API_KEY = """
create table own.api_key (
    key_id text primary key,
    secret_sha256 bytea not null,
    agency_ori text not null,
    scopes text[] not null,
    addresses text[] not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
)"""


def install(service: str) -> None:
    """Sessions, audit and its seals; in referral also API keys. Nobody may change or delete audit rows:
    the sealer may only write which seal covers a row."""
    op.execute(_WEB_SESSION)
    grant("own.web_session", web="select, insert, update, delete")
    protect("own.web_session", tenant=False)

    op.execute(_AUDIT)
    op.execute("create index audit_unsealed on own.audit (id) where seal_id is null")
    op.execute("create index audit_person on own.audit using gin (person_ids)")
    grant("own.audit", web="insert", consumer="insert", sealer="select, update (seal_id)")
    protect("own.audit", tenant=False)

    op.execute(_AUDIT_SEAL)
    grant("own.audit_seal", sealer="select, insert")
    protect("own.audit_seal", tenant=False)

    if service == "referral":
        op.execute(_API_KEY)
        grant("own.api_key", web="select, insert, update")
        protect("own.api_key", tenant=False)
