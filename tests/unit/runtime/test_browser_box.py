"""What a browser seals opens here alone, for its purpose alone, also after a rotation of the keys."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.runtime.browser_box import open_entry, public_key
from shared.runtime.keyfile import sample
from shared.runtime.keys import Keyring, SealError
from tests.sealed_by_phone import sealed_by_phone

ENTRY = b"Zelinkovich-Sampleton"


def test_it_opens_and_shows_nothing_before() -> None:
    keys = Keyring.for_tests("referral")
    sealed = sealed_by_phone(public_key(keys, "refer"), "refer", ENTRY)
    assert ENTRY not in sealed
    assert open_entry(keys, "refer", sealed) == ENTRY


def test_the_public_key_stays_until_a_rotation_and_old_entries_open_after_it() -> None:
    held = sample("referral")
    before = Keyring("referral", held)
    shown = public_key(before, "refer")
    assert public_key(before, "refer") == shown
    sealed = sealed_by_phone(shown, "refer", ENTRY)
    held.sealing["DRAFT"][max(held.sealing["DRAFT"]) + 1] = os.urandom(32)
    after = Keyring("referral", held)
    assert public_key(after, "refer") != shown
    assert open_entry(after, "refer", sealed) == ENTRY


def test_another_purpose_or_another_service_does_not_open_it() -> None:
    keys = Keyring.for_tests("referral")
    sealed = sealed_by_phone(public_key(keys, "refer"), "refer", ENTRY)
    with pytest.raises(SealError):
        open_entry(keys, "other", sealed)
    with pytest.raises(SealError):
        open_entry(Keyring.for_tests("intake"), "refer", sealed)


@given(at=st.integers(0, 300), bit=st.integers(0, 7))
def test_one_changed_bit_opens_nothing(at: int, bit: int) -> None:
    keys = Keyring.for_tests("referral")
    sealed = bytearray(sealed_by_phone(public_key(keys, "refer"), "refer", ENTRY))
    sealed[at % len(sealed)] ^= 1 << bit
    with pytest.raises(SealError):
        open_entry(keys, "refer", bytes(sealed))


@given(garbage=st.binary(max_size=200))
def test_garbage_is_refused_in_words(garbage: bytes) -> None:
    with pytest.raises(SealError):
        open_entry(Keyring.for_tests("referral"), "refer", garbage)
