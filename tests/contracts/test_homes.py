"""Everyone's home follows from the merges that stand, whatever their order, and the same in every service."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.homes import homes
from shared.runtime.keys import Keyring

A, B, C = (UUID(int=number) for number in (10, 11, 12))
PEOPLE = [UUID(int=number) for number in range(6)]
Merges = list[tuple[UUID, UUID, UUID]]
MERGES = st.lists(
    st.tuples(st.uuids(), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)).filter(lambda one: one[1] != one[2]),
    max_size=8,
    unique_by=lambda one: one[0],
)


def merge(number: int, survivor: UUID, absorbed: UUID) -> tuple[UUID, UUID, UUID]:
    return UUID(int=number), survivor, absorbed


def test_a_chain_of_merges_ends_at_its_survivor() -> None:
    assert homes([merge(1, B, A), merge(2, C, B)]) == {A: C, B: C}


def test_without_merges_everyone_is_at_home() -> None:
    assert homes(list[tuple[UUID, UUID, UUID]]()) == {}


def test_an_undone_merge_leaves_everyone_as_before() -> None:
    assert homes([merge(1, A, B), merge(2, B, C)]) == {B: A, C: A}
    assert homes([merge(2, B, C)]) == {C: B}


def test_a_person_absorbed_twice_follows_the_lower_merge_and_joins_no_two_survivors() -> None:
    assert homes([merge(2, C, A), merge(1, B, A)]) == {A: B}


def test_a_ring_ends_at_its_lowest() -> None:
    assert homes([merge(1, A, B), merge(2, B, C), merge(3, C, A)]) == {B: A, C: A}


@given(MERGES.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))))
def test_the_order_of_merges_never_matters(pair: tuple[Merges, Merges]) -> None:
    one, other = pair
    found = homes(one)
    assert found == homes(other)
    # Who is at home somewhere has no further home.
    assert not set(found) & set(found.values())


@given(MERGES)
def test_a_service_that_knows_only_keys_groups_people_as_the_others_do(merges: Merges) -> None:
    keys = Keyring.for_tests("metrics")
    key = {person: keys.person_key(person) for person in PEOPLE}
    by_id = homes(merges)
    by_key = homes([(number, key[survivor], key[absorbed]) for number, survivor, absorbed in merges])
    for one in PEOPLE:
        for other in PEOPLE:
            together = by_id.get(one, one) == by_id.get(other, other)
            assert (by_key.get(key[one], key[one]) == by_key.get(key[other], key[other])) == together
