"""Passes over who cannot be the same person, before anything of them is unpacked: nearly all who share a block.

First by what is quickly compared, with the most that any names could add; then by the names.
"""

from __future__ import annotations

from typing import Any, Final

from rapidfuzz.distance import JaroWinkler

from services.referral.domain.identity.decision import bits_to_ask
from services.referral.domain.identity.levels import CLOSE_FROM, Level, dates, names
from services.referral.domain.identity.traits import Traits
from services.referral.domain.identity.weights import Weights

_MORE: Final = 1e-9
"""The same sum in another order may differ by a rounding; the sieve lets it through."""


class Sieve:
    """Holds one record against many.

    The same as `weights.bits(compare(one, other)) >= bits_to_ask(people)`, or an equal number; only without an object
    for each pair, and mostly without a look at the names.
    """

    def __init__(self, traits: Traits, weights: Weights, people: int) -> None:
        self._one = traits
        self._weights = weights
        self._dates, self._address, self._phone, self._sid, self._otn = weights.by_circumstance
        self._enough = bits_to_ask(people) - _MORE
        self._least = self._enough - weights.most_of_names(traits.surname)
        self._of_date: dict[str, float] = {}

    def passes(self, packed: list[Any]) -> bool:
        """Whether the person whose `Traits.packed` this is could be the same."""
        one = self._one
        given, surname, _, born, sid, otn, phones, addresses = packed
        if (sid and sid == one.sid) or (otn and otn == one.otn):
            return True
        bits = self._of_date.get(born)
        if bits is None:
            bits = self._of_date[born] = self._dates[dates(one.born, born)]
        if sid and one.sid:
            bits += self._sid[Level.ELSE]
        if otn and one.otn:
            bits += self._otn[Level.ELSE]
        if phones and one.phones:
            bits += self._phone[Level.ELSE if one.phones.isdisjoint(phones) else Level.EQUAL]
        if addresses and one.addresses:
            bits += self._address[self._of_addresses(bits, addresses)]
        return bits >= self._least and bits + self._weights.of_names(names(one, given, surname)) >= self._enough

    def _of_addresses(self, bits: float, addresses: list[str]) -> Level:
        one = self._one.addresses
        if not one.isdisjoint(addresses):
            return Level.EQUAL
        if bits + self._address[Level.CLOSE] >= self._least:
            for mine in one:
                for other in addresses:
                    if JaroWinkler.similarity(mine, other, score_cutoff=CLOSE_FROM) >= CLOSE_FROM:
                        return Level.CLOSE
        return Level.ELSE
