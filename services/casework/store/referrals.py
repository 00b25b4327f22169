"""A referral's state: its highest decision, else how it was screened."""

from __future__ import annotations

from uuid import UUID

from shared.messaging import Tx


async def work_out_states(tx: Tx, referrals: list[UUID]) -> None:
    """Set state, due day and whether casework may show the person, from the decisions known by now.

    The condition on `live` is `domain.referrals.is_live`, said in SQL; a test holds the two together.
    """
    await tx.execute(
        """
        update copied.referral r
        set state = coalesce(d.decision, r.decision),
            due_on = coalesce(d.due_on, r.intake_due_on),
            live = coalesce(d.decision, r.decision) not in ('ineligible', 'void')
               and not (coalesce(d.decision, r.decision) = 'declined' and r.offer = 'declined')
        from unnest(cast(:ids as uuid[])) as i(referral_id)
        left join lateral (
            select (array_agg(decision order by seq desc, decision_id desc))[1] as decision,
                   (array_agg(intake_due_on order by seq desc, decision_id desc)
                       filter (where intake_due_on is not null))[1] as due_on
            from copied.decision where referral_id = i.referral_id
        ) d on true
        where r.referral_id = i.referral_id
        """,
        {"ids": referrals},
    )
