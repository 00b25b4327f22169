"""Where a person stands in text as it was sent: what an erasure looks for in files, rows and rejected lines."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Final

from services.referral.domain.identity.traits import Identity

NEAR: Final = 2048
"""Characters between a surname and its given name, at most: what stands in one record, in any format."""
_SHORTEST_NUMBER: Final = 5
_ESCAPED: Final = re.compile(r"\\u([0-9a-f]{4})")


class Traces:
    """Finds a person by surname with a given name near it, or by a State identification or tracking number.

    Whatever else they share, two people of one name are not told apart: an erasure rather takes too much.
    """

    def __init__(self, identities: Iterable[Identity]) -> None:
        self._names: set[tuple[str, str]] = set()
        self._numbers: set[str] = set()
        for one in identities:
            given = {name.strip() for name in (one.first, one.preferred_name or "") if name.strip()}
            if one.last.strip():
                self._names |= {(_folded(one.last), _folded(name)) for name in given or {""}}
            else:
                self._names |= {(_folded(name), "") for name in given}
            self._numbers |= {_folded(n) for n in (one.sid, one.otn) if n and len(n.strip()) >= _SHORTEST_NUMBER}
        self._given = {first: _words([first]) for _, first in self._names if first}
        wanted = {name for name, _ in self._names} | self._numbers
        self._first_look = _words(wanted) if wanted else None

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return self._first_look is not None

    def in_text(self, text: str) -> bool:
        """Whether a text names one of the people."""
        if self._first_look is None:
            return False
        folded = _folded(text)
        for hit in self._first_look.finditer(folded):
            if hit[0] in self._numbers:
                return True
            near = folded[max(0, hit.start() - NEAR) : hit.end() + NEAR]
            if any(last == hit[0] and (not first or self._given[first].search(near)) for last, first in self._names):
                return True
        return False

    def in_bytes(self, content: bytes) -> bool:
        """Whether a piece of a file names one of them, in UTF-8 or cp1252."""
        try:
            return self.in_text(content.decode())
        except UnicodeDecodeError:
            # A piece may also end within a letter: so both are tried.
            readings = (content.decode("utf-8", "replace"), content.decode("cp1252", "replace"))
            return any(self.in_text(text) for text in readings)


def _folded(text: str) -> str:
    """Text without case, spacing and the escapes of XML and JSON."""
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), html.unescape(text).casefold())
    return " ".join(plain.replace("\u00a0", " ").split()).casefold()


def _words(texts: Iterable[str]) -> re.Pattern[str]:
    """Any of these as whole words; longest first, so that a name within a name does not hide it."""
    longest = sorted(texts, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)")
