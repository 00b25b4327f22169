"""Search words of a person's names: what is indexed, and what a query asks for.

Only keyed hashes of these words are stored, so the index tells a reader of the database nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

import jellyfish

from shared.contracts import PersonProfile

SHORTEST_PREFIX = 2
LONGEST_PREFIX = 6
EXACT, PREFIX, SOUND = 4, 2, 1
"""How much a match is worth when results are ranked."""


@dataclass(frozen=True)
class Asked:
    """One way in which one word of a query may match."""

    word: int
    token: str
    worth: int


def words(text: str) -> list[str]:
    """Lower-case words without accents: `O'Néill-Smith` is `oneill`, `smith`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return re.findall(r"[a-z0-9]+", re.sub(r"['’`]", "", plain))


def indexed(profile: PersonProfile) -> set[str]:
    """Every token under which a profile can be found."""
    tokens: set[str] = set()
    for word in _name_words(profile):
        tokens.add(f"name:{word}")
        tokens.update(f"start:{word[:n]}" for n in range(SHORTEST_PREFIX, min(len(word), LONGEST_PREFIX) + 1))
        tokens.update(_sound(word))
    if profile.birth_date:
        tokens.add(f"born:{profile.birth_date.isoformat()}")
    if profile.state_id:
        tokens.add(f"sid:{''.join(words(profile.state_id))}")
    tokens.update(f"phone:{digits[-7:]}" for p in profile.phones if len(digits := _digits(p.number)) >= 7)
    return tokens


def asked(query: str) -> list[Asked]:
    """What to look for. Each word must match in one of its ways; words may stand in any order."""
    if born := _birth_date(query):
        return [Asked(0, f"born:{born}", EXACT)]
    if len(digits := _digits(query)) >= 7 and not re.search(r"[a-zA-Z]", query):
        return [Asked(0, f"phone:{digits[-7:]}", EXACT)]
    return [way for number, word in enumerate(words(query)[:6]) for way in _ways(number, word)]


def _ways(number: int, word: str) -> Iterator[Asked]:
    yield Asked(number, f"name:{word}", EXACT)
    yield Asked(number, f"sid:{word}", EXACT)
    if SHORTEST_PREFIX <= len(word) <= LONGEST_PREFIX:
        yield Asked(number, f"start:{word}", PREFIX)
    if len(word) > SHORTEST_PREFIX:
        for sound in _sound(word):
            yield Asked(number, sound, SOUND)


def _sound(word: str) -> Iterator[str]:
    if word.isalpha():
        yield f"sound:{jellyfish.soundex(word)}"
        yield f"sound:{jellyfish.metaphone(word)}"


def _name_words(profile: PersonProfile) -> Iterable[str]:
    for name in (*profile.names, *profile.aliases):
        for part in (name.first, name.middle, name.last):
            yield from words(part or "")
    yield from words(profile.preferred_name or "")


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _birth_date(query: str) -> str | None:
    if match := re.fullmatch(r"\s*(\d{4})-(\d{2})-(\d{2})\s*", query):
        return "-".join(match.groups())
    if match := re.fullmatch(r"\s*(\d{1,2})/(\d{1,2})/(\d{4})\s*", query):
        month, day, year = match.groups()
        return f"{year}-{month:0>2}-{day:0>2}"
    return None


def called(profile: PersonProfile) -> str:
    """The name to say: the preferred one with the family name, else first and last."""
    if not profile.names:
        return profile.preferred_name or ""
    name = profile.names[0]
    return " ".join(part for part in (profile.preferred_name or name.first, name.last) if part).strip()


def on_file(profile: PersonProfile) -> str:
    """The name as referred, in full."""
    if not profile.names:
        return ""
    name = profile.names[0]
    return " ".join(part for part in (name.first, name.middle, name.last, name.suffix) if part)


def number(person_id: UUID) -> str:
    """The short number people can say on the phone: the end of the id, which is its random part."""
    tail = person_id.hex[-8:].upper()
    return f"{tail[:4]}-{tail[4:]}"


def number_tail(query: str) -> str | None:
    """The last eight hexadecimal digits a query names, if it is a number or a whole id."""
    plain = re.sub(r"[-\s]", "", query).lower()
    return plain[-8:] if re.fullmatch(r"[0-9a-f]{8}|[0-9a-f]{32}", plain) else None
