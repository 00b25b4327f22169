"""What fails is tried again later, each time later, and forgotten once it went well."""

from __future__ import annotations

from services.referral.feeds.put_off import FIRST, LONGEST, PutOff


def test_each_failure_puts_it_off_for_longer_up_to_a_bound_and_only_it() -> None:
    clock = [0.0]
    later: PutOff[str] = PutOff(lambda: clock[0])
    pauses = [later.fail("one") for _ in range(40)]
    assert pauses[:3] == [FIRST, 2 * FIRST, 4 * FIRST]
    assert pauses[-1] == LONGEST
    assert later.waits("one")
    assert not later.waits("other")
    clock[0] = LONGEST
    assert not later.waits("one")
    assert len(later) == 1, "it counts as failing until it went well"
    later.succeed("one")
    assert len(later) == 0
    assert later.fail("one") == FIRST


def test_what_is_nobodys_concern_any_more_is_forgotten() -> None:
    later: PutOff[str] = PutOff()
    later.fail("one")
    later.fail("other")
    later.keep({"one"})
    assert len(later) == 1
    assert later.waits("one")
    assert not later.waits("other")
