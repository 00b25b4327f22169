"""The elements of an array in a JSON file of any size, one at a time, with bounded memory.

ijson gives events; nothing nests deeper than 64, and neither an element nor what lies between two may take more
bytes than a line of text may.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import ijson

from services.referral.feeds.adapter import StructuralFault
from services.referral.feeds.json_value import DEPTH, TOO_DEEP
from services.referral.feeds.text_stream import FILE_BYTES, head, refuse_other_kinds

ELEMENT_BYTES: Final = 1024 * 1024
_CHUNK: Final = 64 * 1024
_BARE_END: Final = re.compile(rb"[:,\[]\s*[-+.\w]{1,40}$")
_CAP: Final = "exceededTransferLimit"
_ROWS: Final = object()
_ELSEWHERE: Final = object()


class JsonRows:
    """The elements of the array at a JSON pointer such as `/features`; `capped` if Esri's own flag says so."""

    def __init__(self, stream: BinaryIO, pointer: str) -> None:
        self._stream = stream
        self._place = ["", *(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])]
        self._pointer = pointer
        self._open: list[Any] = []
        self._names: list[str] = []
        self._key = ""
        self._ready: list[Any] = []
        self._met = False
        self.capped = False

    def __iter__(self) -> Iterator[Any]:
        """Raises StructuralFault: E_SIZE, E_TYPE, E_ENCODING, E_JSON, E_TRUNCATED, E_LENGTH, E_HEADER (no array)."""
        events: Any = ijson.sendable_list()
        parser = ijson.basic_parse_coro(events, use_float=True)
        count, unfinished = 0, 0
        for chunk in self._chunks():
            self._feed(parser, chunk, count)
            for event, value in events:
                self._take(event, value, count)
            del events[:]
            unfinished = 0 if self._ready else unfinished + len(chunk)
            if unfinished > ELEMENT_BYTES + _CHUNK:
                raise StructuralFault("E_LENGTH", count + 1, f"a record has over {ELEMENT_BYTES} bytes")
            for element in self._ready:
                count += 1
                yield element
            self._ready.clear()
        if not self._met:
            where = f"at {self._pointer}" if self._pointer else "at the top"
            raise StructuralFault("E_HEADER", 1, f"expected an array of records {where}")

    def _chunks(self) -> Iterator[bytes]:
        """The file without its byte order mark, and an empty chunk for its end."""
        first = head(self._stream)
        refuse_other_kinds(first)
        if first.removeprefix(codecs.BOM_UTF8).lstrip()[:1] not in (b"{", b"["):
            raise StructuralFault("E_TYPE", 1, "expected JSON that begins with { or [")
        size = 0
        while chunk := self._stream.read(_CHUNK):
            yield chunk if size else chunk.removeprefix(codecs.BOM_UTF8)
            size += len(chunk)
            if size > FILE_BYTES:
                raise StructuralFault("E_SIZE", 1, f"expected at most {FILE_BYTES >> 20} MiB: send it in parts")
        yield b""

    @staticmethod
    def _feed(parser: Any, chunk: bytes, count: int) -> None:
        try:
            if chunk:
                parser.send(chunk)
            else:
                parser.close()
        except ijson.JSONError as error:
            # Its words quote the file: only their kind is told.
            words = str(error)
        except (ValueError, OverflowError):
            words = ""
        else:
            return
        if "premature EOF" in words:
            raise StructuralFault("E_TRUNCATED", count + 1, "the file ends in the middle of a record")
        if "UTF8" in words:
            raise StructuralFault("E_ENCODING", count + 1, "expected UTF-8")
        raise StructuralFault("E_JSON", count + 1, "what follows the record before is no JSON")

    def _take(self, event: str, value: Any, count: int) -> None:
        if event == "map_key":
            self._key = value
        elif event in ("start_map", "start_array"):
            self._begin(event, count)
        elif event in ("end_map", "end_array"):
            done = self._open.pop()
            self._names.pop()
            if self._open and self._open[-1] is _ROWS:
                self._ready.append(done)
        else:
            self._attach(value)

    def _begin(self, event: str, count: int) -> None:
        if len(self._open) >= DEPTH:
            raise StructuralFault("E_JSON", count + 1, TOO_DEEP)
        parent = self._open[-1] if self._open else _ELSEWHERE
        self._names.append(self._key if self._open else "")
        if parent is _ELSEWHERE:
            here = event == "start_array" and not self._met and self._names == self._place
            self._met = self._met or here
            self._open.append(_ROWS if here else _ELSEWHERE)
            return
        new: Any = {} if event == "start_map" else []
        if parent is not _ROWS:
            self._attach(new)
        self._open.append(new)

    def _attach(self, value: Any) -> None:
        parent: Any = self._open[-1] if self._open else _ELSEWHERE
        if parent is _ROWS:
            self._ready.append(value)
        elif parent is _ELSEWHERE:
            self.capped = self.capped or (self._key == _CAP and value is True)
        elif isinstance(parent, dict):
            parent[self._key] = value
        else:
            parent.append(value)


def is_beginning(text: bytes) -> bool:
    """Whether a text that is no JSON would become some if more came."""
    try:
        parser = ijson.basic_parse_coro(ijson.sendable_list(), use_float=True)
        parser.send(text)
        parser.close()
    except ijson.JSONError as error:
        # A word or number that is cut, as `tru`, is told as a bad one.
        return "premature EOF" in str(error) or _BARE_END.search(text) is not None
    return False
