"""Handlers and timers register once, and keep their order."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from shared.contracts import ContactLogged, ReferralCreated
from shared.messaging import Fact, Handlers, Timers, Tx
from shared.messaging.patience import pauses
from shared.messaging.progress import Progress


def test_topics_follow_the_order_of_registration() -> None:
    handlers = Handlers("casework")

    @handlers.on(ReferralCreated)
    async def created(tx: Tx, facts: Sequence[Fact[ReferralCreated]]) -> None: ...

    @handlers.on(ContactLogged)
    async def logged(tx: Tx, facts: Sequence[Fact[ContactLogged]]) -> None: ...

    assert handlers.topics == ("referral-created", "contact-logged")
    with pytest.raises(ValueError, match="has a handler already"):
        handlers.on(ContactLogged)


def test_timers_have_one_name_each() -> None:
    timers = Timers("referral")

    @timers.every("due-days", seconds=20)
    async def due_days(tx: Tx) -> None: ...

    assert [(timer.name, timer.seconds) for timer in timers] == [("due-days", 20)]
    with pytest.raises(ValueError, match="exists already"):
        timers.every("due-days", seconds=1)


def test_pauses_grow_to_their_limit() -> None:
    waits = pauses(0.1, 2.0)
    drawn = [next(waits) for _ in range(12)]
    assert drawn[0] <= 0.1
    assert all(1.2 <= pause <= 2.0 for pause in drawn[-3:])


def test_health_is_progress_and_not_existence() -> None:
    progress = Progress()
    assert not progress.health(work_waits=False).ok
    progress.moved()
    assert progress.health(work_waits=True).ok
    progress.failed(OSError())
    assert progress.health(work_waits=True).state == "retrying"
    progress.moved()
    progress.moved_at -= 60
    assert progress.health(work_waits=True).state == "stuck"
    assert progress.health(work_waits=False).ok
