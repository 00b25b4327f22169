"""The person index: sealed identities, blind blocks, questions for a person, merges by hand."""

from __future__ import annotations

from alembic import op

from shared.runtime.tables import grant, protect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TENANT = "programme text not null, municipality text, agency_ori text"
PERSON = f"person_id uuid not null, home_id uuid not null, {TENANT}"


def upgrade() -> None:
    _index()
    _questions()
    _merges()
    # Rows follow merges; these could only be added to.
    grant("own.charge_step", consumer="update")
    # Equal tokens linked until now; they say nothing of how alike two records are.
    op.execute("drop table own.person_token")


def _index() -> None:
    # What records said of a person, each variant once. Linking compares all agencies' people; only the service
    # opens them.
    op.execute(f"""
        create table own.person_identity (
          identity_id uuid primary key,
          {PERSON},
          content_mac bytea not null,
          said bytea not null,
          recorded_at timestamptz not null,
          unique (person_id, content_mac)
        )""")
    op.execute("create index person_identity_home on own.person_identity (home_id)")
    grant("own.person_identity", web="select, insert", consumer="select, insert, update, delete")
    protect("own.person_identity", tenant=False)

    # HMACs of what a record has in common with others. The key answers the search by itself.
    op.execute("""
        create table own.person_block (
          token bigint not null,
          identity_id uuid not null,
          person_id uuid not null,
          primary key (token, identity_id)
        )""")
    op.execute("create index person_block_person on own.person_block (person_id)")
    grant("own.person_block", web="select, insert", consumer="select, insert, delete")
    protect("own.person_block", tenant=False)


def _questions() -> None:
    # Two people who may be one: the smaller id first, so that a pair is asked once.
    op.execute(f"""
        create table own.person_review (
          review_id uuid primary key,
          person_id uuid not null,
          other_id uuid not null,
          {TENANT},
          probability double precision not null,
          reasons text[] not null,
          weights text not null,
          state text not null default 'open',
          merge_id uuid,
          created_at timestamptz not null,
          decided_at timestamptz,
          decided_by text,
          unique (person_id, other_id)
        )""")
    op.execute("create index person_review_open on own.person_review (probability desc) where state = 'open'")
    op.execute("create index person_review_other on own.person_review (other_id)")
    grant("own.person_review", web="select, insert, update", consumer="select, insert, update, delete")
    protect("own.person_review")
    # Whoever links may raise a question; only who sees the whole programme can read it.
    op.execute("create policy raise_question on own.person_review for insert to lead_referral_web with check (true)")


def _merges() -> None:
    op.execute(f"""
        create table own.person_merge (
          merge_id uuid primary key,
          survivor_id uuid not null,
          absorbed_id uuid not null,
          {TENANT},
          undone boolean not null default false,
          version int not null default 1,
          -- the version by which rows were moved; behind `version` until the timer has moved them
          moved_version int not null default 0,
          decided_by text not null,
          decided_at timestamptz not null
        )""")
    op.execute("create index person_merge_waits on own.person_merge (merge_id) where moved_version < version")
    grant("own.person_merge", web="select, insert, update", consumer="select, insert, update, delete")
    protect("own.person_merge")
