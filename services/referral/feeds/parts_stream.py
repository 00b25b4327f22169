"""A stored file as a stream, opened piece by piece, so that a file of any size needs the memory of one piece.

Adapters read synchronously in a thread; each piece comes from the database through the event loop.
"""

from __future__ import annotations

import io
from collections.abc import Callable


class PartsStream(io.RawIOBase):
    """Reads pieces 0, 1, … in order; `fetch` gives one, or None behind the last. Seeks to the start only."""

    def __init__(self, fetch: Callable[[int], bytes | None]) -> None:
        self._fetch = fetch
        self._rewind()

    def _rewind(self) -> None:
        self._next = 0
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if (offset, whence) != (0, io.SEEK_SET):
            raise io.UnsupportedOperation("only back to the start")
        self._rewind()
        return 0

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        if not self._piece:
            piece = self._fetch(self._next)
            if piece is None:
                return 0
            self._next += 1
            self._piece = memoryview(piece)
        count = min(len(buffer), len(self._piece))
        buffer[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count
