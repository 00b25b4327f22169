"""Merging and unmerging leaves everyone where the standing merges say, in any order."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.casework.domain.homes import Merge, homes

A, B, C = (UUID(int=n) for n in (10, 11, 12))


def merge(number: int, survivor: UUID, absorbed: UUID) -> Merge:
    return Merge(UUID(int=number), survivor, absorbed)


def test_a_chain_of_merges_ends_at_its_survivor() -> None:
    assert homes([merge(1, B, A), merge(2, C, B)]) == {A: C, B: C, C: C}


def test_without_merges_everyone_is_at_home() -> None:
    assert homes([]) == {}


@given(
    st.lists(
        st.tuples(st.integers(1, 99), st.integers(1, 6), st.integers(1, 6)).filter(lambda t: t[1] != t[2]),
        max_size=8,
        unique_by=lambda t: t[0],
    ).flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows)))
)
def test_the_order_of_merges_never_matters(pair: tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]) -> None:
    one, other = ([merge(n, UUID(int=s), UUID(int=a)) for n, s, a in rows] for rows in pair)
    found = homes(one)
    assert found == homes(other)
    assert all(found[home] == home for home in found.values())
