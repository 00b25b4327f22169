"""One reading of what two schemas hold. Views run with the reader's own rights, so row policies hold inside."""

from __future__ import annotations

from alembic import op

from shared.runtime.tables import grant

revision = "0003"
down_revision = "0002"

# Whom casework may show: people with a live referral, and those it enrolled while theirs is on its way.
VISIBLE_PERSON = """
    select home_id from copied.referral where live
    union
    select home_id from own.participant where status <> 'void'
"""

# Contacts logged here at once, intake's when they arrive; our own come back from the topic and are not doubled.
EVERY_CONTACT = """
    select contact_id, home_id, worker, at, minutes, mode, outcome, stage, next_due_on, details
    from own.contact where not voided
    union all
    select contact_id, home_id, worker, at, minutes, mode, outcome, stage, null, null
    from copied.contact c
    where not exists (select from own.contact o where o.contact_id = c.contact_id)
"""

# A person as one line: status, newest referral, last contact, next step (two weeks if none was set), coordinator.
PERSON_LINE = """
    select v.home_id, pt.status, pt.since, pt.enrolled_at, pt.engaged, r.municipality, r.occurred_at, r.state,
           r.due_on, r.pathway, met.at as reached_at, nx.next_due_on, nx.contact_id, nx.details, a.worker,
           coalesce(nx.next_due_on, cast(coalesce(met.at, pt.enrolled_at) as date) + 14) as step_on
    from own.visible_person v
    left join lateral (
        select status, since, enrolled_at, engaged from own.participant
        where home_id = v.home_id and status <> 'void' order by since desc limit 1) pt on true
    left join lateral (
        select municipality, occurred_at, state, due_on, pathway from copied.referral
        where home_id = v.home_id and live order by occurred_at desc, referral_id limit 1) r on true
    left join lateral (
        select greatest(
            (select max(at) from own.contact where home_id = v.home_id and outcome = 'reached' and not voided),
            (select c.at from copied.contact c where c.home_id = v.home_id and c.outcome = 'reached'
                and not exists (select from own.contact o where o.contact_id = c.contact_id and o.voided)
             order by c.at desc limit 1)) as at) met on true
    left join lateral (
        select next_due_on, contact_id, details from own.contact
        where home_id = v.home_id and not voided order by at desc, contact_id desc limit 1) nx on true
    left join lateral (
        select worker from own.assignment
        where home_id = v.home_id and to_at is null and role = 'coordinator' order by from_at desc limit 1) a on true
"""


def upgrade() -> None:
    for name, query in (
        ("own.visible_person", VISIBLE_PERSON),
        ("own.every_contact", EVERY_CONTACT),
        ("own.person_line", PERSON_LINE),
    ):
        op.execute(f"create view {name} with (security_invoker = true) as {query}")
        grant(name, web="select", consumer="select")
