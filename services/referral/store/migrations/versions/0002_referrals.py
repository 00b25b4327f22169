"""Referrals, what happened to each, the charge ledger, and what other services tell about them."""

from __future__ import annotations

from alembic import op

from shared.runtime.tables import grant, protect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TENANT = "programme text not null, municipality text, agency_ori text"
PERSON = f"person_id uuid not null, home_id uuid not null, {TENANT}"


def upgrade() -> None:
    _referrals()
    _ledger()
    _profiles()
    _copies()


def _referrals() -> None:
    op.execute(f"""
        create table own.referral (
          referral_id uuid primary key,
          {PERSON},
          pathway text not null,
          zone text,
          occurred_at timestamptz not null,
          referral_day date not null,
          received_at timestamptz not null,
          offer text not null,
          complainant text not null,
          attestation text,
          policy_version int not null,
          screening text not null,
          reasons text[] not null,
          first_state text not null,
          -- where it stands: the fold of its steps
          state text not null,
          published text not null,
          due_on date,
          approved_at timestamptz,
          seq int not null default 0,
          -- the fact as published: no identity in it
          version int not null default 1,
          fact jsonb not null,
          arrest_id uuid,
          case_key text,
          typed bytea not null,
          entered_by text not null,
          updated_at timestamptz not null
        )""")
    op.execute("create index referral_person on own.referral (home_id)")
    op.execute("create index referral_received on own.referral (agency_ori, received_at, referral_id)")
    op.execute("create index referral_open on own.referral (due_on) where state in ('approved', 'reopened')")
    op.execute("create index referral_waits on own.referral (state) where state in ('pending', 'waitlisted')")
    op.execute("create index referral_case on own.referral (case_key) where arrest_id is null")
    grant("own.referral", web="select, insert, update", consumer="select, insert, update, delete")
    protect("own.referral")

    # A rule's inputs, kept with what it did: a replayed fact that is here already changes nothing. A step may
    # come before its referral, so there is no foreign key.
    op.execute(f"""
        create table own.referral_step (
          referral_id uuid not null,
          step_id uuid not null,
          {PERSON},
          act text not null,
          at timestamptz not null,
          by_role text not null,
          reasons text[] not null default '{{}}',
          overridden boolean not null default false,
          due_on date,
          version int not null default 1,
          earliest_at timestamptz,
          voided_at timestamptz,
          recorded_at timestamptz not null,
          applied boolean not null default false,
          primary key (referral_id, step_id)
        )""")
    op.execute("create index step_waits on own.referral_step (referral_id) where not applied")
    grant("own.referral_step", web="select, insert, update", consumer="select, insert, update, delete")
    protect("own.referral_step")
    _with_referral("own.referral_step", "for all", "referral_id")

    op.execute("""
        create table own.idempotency (
          holder text not null,
          token text not null,
          body_hash bytea not null,
          answer bytea not null,
          at timestamptz not null,
          primary key (holder, token)
        )""")
    grant("own.idempotency", web="select, insert", consumer="select, delete")
    protect("own.idempotency", tenant=False)

    # How many slots are taken, counted over all agencies: nobody in particular.
    op.execute("create table own.capacity (programme text primary key, used int not null, at timestamptz not null)")
    grant("own.capacity", web="select", consumer="select, insert, update")
    protect("own.capacity", tenant=False)

    # Which erasures were carried out here; no person stays named.
    op.execute("create table own.erasure (erasure_id uuid primary key, confirmed_at timestamptz not null)")
    grant("own.erasure", consumer="select, insert")
    protect("own.erasure", tenant=False)

    op.execute("""
        create table own.area (area_id text primary key, version int not null, content_hash bytea not null)""")
    grant("own.area", consumer="select, insert, update")
    protect("own.area", tenant=False)


def _ledger() -> None:
    op.execute(f"""
        create table own.charge (
          charge_id uuid primary key,
          referral_id uuid not null,
          {PERSON},
          seq int not null,
          statute text not null,
          grade text,
          label text,
          state text not null,
          decided_at timestamptz not null,
          decided_by text not null,
          on_time_intake_at timestamptz,
          flagged boolean not null default false,
          version int not null default 1,
          updated_at timestamptz not null
        )""")
    op.execute("create index charge_referral on own.charge (referral_id)")
    op.execute("create index charge_held on own.charge (referral_id) where state = 'held'")
    op.execute("create index charge_queue on own.charge (state, updated_at desc)")
    grant("own.charge", web="select, insert, update", consumer="select, insert, update, delete")
    protect("own.charge")

    op.execute(f"""
        create table own.charge_step (
          charge_id uuid not null,
          version int not null,
          {PERSON},
          state text not null,
          cause text not null,
          decided_at timestamptz not null,
          decided_by text not null,
          reason text not null default '',
          recorded_at timestamptz not null,
          primary key (charge_id, version)
        )""")
    grant("own.charge_step", web="select, insert", consumer="select, insert, delete")
    protect("own.charge_step")


def _profiles() -> None:
    # The version of each published profile and an HMAC of its content; the content is in the referrals.
    op.execute(f"""
        create table own.profile (
          person_id uuid primary key,
          home_id uuid not null,
          {TENANT},
          version int not null,
          live boolean not null,
          content_mac bytea not null
        )""")
    grant("own.profile", web="select, insert, update", consumer="select, insert, update, delete")
    protect("own.profile")
    _with_referral("own.profile", "for all")


def _copies() -> None:
    op.execute(f"""
        create table copied.intake (
          intake_id uuid primary key,
          referral_id uuid not null,
          {PERSON},
          completed_at timestamptz,
          earliest_completed_at timestamptz,
          void boolean not null default false,
          version int not null
        )""")
    op.execute("create index intake_referral on copied.intake (referral_id)")
    op.execute(f"""
        create table copied.participant_status (
          change_id uuid primary key,
          {PERSON},
          status text not null,
          since timestamptz,
          engaged boolean not null,
          version int not null
        )""")
    op.execute("create index participant_status_person on copied.participant_status (home_id, since desc)")
    op.execute(f"""
        create table copied.consent (
          consent_id uuid primary key,
          {PERSON},
          recipient_class text not null,
          recipient_id text,
          information text[] not null,
          purpose text not null,
          state text not null,
          valid_from timestamptz,
          expires_on date,
          version int not null
        )""")
    op.execute("create index consent_person on copied.consent (home_id)")
    for table in ("copied.intake", "copied.participant_status", "copied.consent"):
        grant(table, web="select", consumer="select, insert, update, delete")
        protect(table)
        _with_referral(table, "for select")


def _with_referral(table: str, action: str, column: str = "home_id") -> None:
    """Web sees the rows of people (or referrals) it sees referrals of: these rows belong to no single agency."""
    op.execute(f"""
        create policy with_referral on {table} {action} to lead_referral_web
        using (exists (select 1 from own.referral r where r.{column} = {table}.{column}))""")  # noqa: S608
