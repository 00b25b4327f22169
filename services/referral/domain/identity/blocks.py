"""Whom to compare with: records that share a block. Race is in none.

Blocks: birth date, also with month and day swapped; Soundex of either name with the year; the same with month and
day; both Soundexes sorted; state id, offence tracking number. Source: police feeds design, section 7.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final

import jellyfish

from services.referral.domain.identity.traits import Traits

MOST_MEMBERS: Final = 400
"""A block with more members says too little, and costs too much: it is skipped."""
_OTHER_THAN_LETTER: Final = re.compile(r"[^A-Z]")


def block_keys(traits: Traits) -> frozenset[str]:
    """The blocks of a record, as texts. Either name may stand in either place, so both share their blocks."""
    sounds = {sound for name in (traits.given, traits.surname) if (sound := soundex(name))}
    keys: set[str] = set()
    if len(traits.born) == 8:
        year, month, day = traits.born[:4], traits.born[4:6], traits.born[6:]
        keys |= {f"born:{year}{month}{day}", f"born:{year}{day}{month}"}
        keys |= {f"year:{sound}{year}" for sound in sounds}
        keys |= {f"day:{sound}{month}{day}" for sound in sounds}
    if traits.given and traits.surname:
        pair = sorted((soundex(traits.given), soundex(traits.surname)))
        if all(pair):
            keys.add(f"names:{pair[0]}{pair[1]}")
    if traits.sid:
        keys.add(f"sid:{traits.sid}")
    if traits.otn:
        keys.add(f"otn:{traits.otn}")
    return frozenset(keys)


def soundex(name: str) -> str:
    """American Soundex of a plain name: a letter and three digits; empty without a Latin letter.

    Source: U.S. National Archives, "The Soundex Indexing System".
    """
    letters = _OTHER_THAN_LETTER.sub("", name)
    return jellyfish.soundex(letters) if letters else ""


def candidate_pairs(records: Sequence[Traits]) -> set[tuple[int, int]]:
    """Every two records (smaller index first) of a block with at most MOST_MEMBERS: for measuring and training."""
    members: defaultdict[str, list[int]] = defaultdict(list)
    for number, traits in enumerate(records):
        for key in block_keys(traits):
            members[key].append(number)
    return set(_pairs(members.values()))


def _pairs(blocks: Iterable[list[int]]) -> Iterator[tuple[int, int]]:
    for block in blocks:
        if len(block) <= MOST_MEMBERS:
            yield from combinations(block, 2)
