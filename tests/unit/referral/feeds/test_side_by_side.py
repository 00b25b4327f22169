"""Items some at a time: none is lost, none held back, and no more text is held than is allowed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.feeds.adapter import StructuralFault
from services.referral.feeds.side_by_side import CHARS, TOGETHER, side_by_side


@given(st.lists(st.one_of(st.integers(0, 100), st.just(CHARS)), max_size=3 * TOGETHER))
def test_every_item_comes_once_in_its_order_and_little_is_held(sizes: list[int]) -> None:
    some = list(side_by_side(sizes, lambda size: size))
    assert [size for together in some for size in together] == sizes
    assert all(0 < len(together) <= TOGETHER for together in some)
    assert all(sum(together[:-1]) < CHARS for together in some)


@pytest.mark.parametrize("before", [0, 1, TOGETHER, TOGETHER + 1])
def test_what_came_before_a_fault_is_given_before_the_fault(before: int) -> None:
    def broken() -> Iterator[int]:
        yield from range(before)
        raise StructuralFault("E_TRUNCATED", before, "the file ends here")

    seen: list[int] = []

    def read() -> None:
        for together in side_by_side(broken(), lambda _: 1):
            seen.extend(together)

    with pytest.raises(StructuralFault):
        read()
    assert seen == list(range(before))
