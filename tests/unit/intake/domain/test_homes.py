"""Whose a row is follows from the set of merges, whatever their order."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.homes import homes

PEOPLE = [UUID(int=number) for number in range(6)]
merges = st.lists(
    st.tuples(st.uuids(), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)).filter(lambda one: one[1] != one[2]),
    max_size=6,
)


def test_a_chain_leads_to_its_end() -> None:
    a, b, c, *_ = PEOPLE
    assert homes([(UUID(int=1), b, a), (UUID(int=2), c, b)]) == {a: c, b: c}


@given(merges, st.randoms())
def test_the_order_of_merges_does_not_matter(found: list[tuple[UUID, UUID, UUID]], random: st.DataObject) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert homes(shuffled) == homes(found)
