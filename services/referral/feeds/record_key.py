"""A record's number in its source, made of one column or of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

KEY_CHARS: Final = 80


class BadCell(Exception):
    """A row that cannot be used, by the column that says so."""

    def __init__(self, column: str | None, code: str, reason: str) -> None:
        super().__init__(code)
        self.column, self.code, self.reason = column, code, reason


class RecordKey:
    """The key of a row. `needed` tells how many of its columns must hold something: all, if None."""

    def __init__(self, columns: Sequence[str], names: Sequence[str], needed: int | None = None) -> None:
        self._columns = list(columns)
        self._places = [names.index(column) for column in columns]
        self._needed = len(self._columns) if needed is None else needed

    def of(self, texts: Sequence[str]) -> str:
        """Raises BadCell E_KEY."""
        parts = [texts[place] for place in self._places]
        if not all(parts) and sum(map(bool, parts)) < self._needed:
            raise BadCell(self._columns[parts.index("")], "E_KEY", "expected the record's number")
        key = parts[0] if len(parts) == 1 else "/".join(map(_escaped, parts))
        if len(key) > KEY_CHARS:
            raise BadCell(self._columns[0], "E_KEY", f"expected at most {KEY_CHARS} characters")
        return key


def _escaped(part: str) -> str:
    # So that two keys of several parts are equal only if all their parts are.
    return part.replace("%", "%25").replace("/", "%2F") if "/" in part or "%" in part else part
