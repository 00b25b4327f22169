"""The weights on files whose people are known: blocks exactly, precision and recall as the design asks."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from services.referral.domain.identity.traits import Traits
from services.referral.store.identity_weights import current_weights
from tests.shared_data import shared_data
from tools.linkage.measure import by_band, closure, measure
from tools.linkage.people import column, read

pytestmark = pytest.mark.slow

FEBRL = {
    "given": "given_name",
    "surname": "surname",
    "born": "date_of_birth",
    "address": "street_number+address_1+suburb",
}
# E-mail addresses stand for what the service has: telephone numbers.
FAKE = {"given": "first_name", "surname": "surname", "born": "dob", "phone": "email"}


@dataclass(frozen=True)
class Expected:
    people: int
    true_pairs: int
    in_blocks: int
    candidates: int
    automatic: float
    with_review: float


FILES = {
    "dataset1": Expected(500, 500, 483, 573, 0.88, 0.95),
    "dataset3": Expected(2000, 6538, 6221, 9015, 0.88, 0.94),
    "fake_1000": Expected(251, 2031, 1439, 1611, 0.50, 0.65),
}


def labelled(name: str) -> tuple[list[Traits], list[str]]:
    """Records and whose each is. The number of a FEBRL record is its person's."""
    path = shared_data(f"linkage/{name}.csv")
    if name == "fake_1000":
        return read(path, FAKE), column(path, "cluster")
    return read(path, FEBRL), [rec_id.split("-")[1] for rec_id in column(path, "rec_id")]


@pytest.mark.parametrize("name", FILES)
def test_a_labelled_file_is_linked_as_the_design_asks(name: str) -> None:
    records, people = labelled(name)
    expected, found = FILES[name], measure(records, people, current_weights())
    assert (found.people, found.true_pairs) == (expected.people, expected.true_pairs)
    assert (found.in_blocks, found.candidates) == (expected.in_blocks, expected.candidates)
    assert found.precision >= 0.999
    assert found.recall >= expected.automatic
    assert found.recall_with_review >= expected.with_review


@pytest.mark.parametrize("name", FILES)
def test_no_band_of_surnames_is_linked_wrongly_or_left_far_behind(name: str) -> None:
    records, people = labelled(name)
    bands = {band: found for band, found in by_band(records, people, current_weights()).items() if found.true_pairs}
    assert set(bands) >= {"common", "rare"}
    for found in bands.values():
        assert found.precision >= 0.999
        # A few people without a surname are too few to say how many are missed.
        assert found.true_pairs < 100 or found.recall >= FILES[name].automatic - 0.05


def test_closure_joins_whom_links_connect() -> None:
    assert closure(5, [(3, 1), (4, 3)]) == [0, 1, 2, 1, 1]


def test_the_measure_counts_wrong_links() -> None:
    one = Traits(given="ADA", surname="QUILLSON", born="19900517")
    found = measure([one, one, one], ["a", "a", "b"], current_weights())
    assert (found.true_pairs, found.linked, found.linked_rightly) == (1, 3, 1)
