"""XML from strangers, record by record, in bounded memory: no document type, entities, network or deep nesting.

lxml's pull parser is fed line by line, so that the physical line of every record is known at any size of file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, cast

from lxml import etree

from services.referral.feeds.adapter import StructuralFault

DEPTH: Final = 64
TAG_BYTES: Final = 64 * 1024
UNIT_BYTES: Final = 8 * 1024 * 1024
UNIT_NODES: Final = 20_000
"""Elements and attributes. With both, a file of any size needs the memory of one record."""
IDLE_NODES: Final = 200_000
"""So much without a record is no file of records: reading on would only cost time."""
_CHUNK: Final = 64 * 1024
_DECLARED: Final = re.compile(rb"^<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)[\"']")
_ENCODINGS: Final = frozenset({b"UTF-8", b"US-ASCII", b"ASCII", b"ISO-8859-1", b"WINDOWS-1252", b"UTF-16"})

Element = etree._Element
Wanted = Callable[[str, int], bool]
"""Whether an element of this local name and depth (the root's is 1) is a record."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One record, whole, and the line it starts in. It is emptied when the next one is asked for."""

    line: int
    element: Element


def read_units(stream: BinaryIO, wanted: Wanted, check_root: Callable[[Element], None]) -> Iterator[Unit]:
    """Outermost wanted elements in file order; all others are read and forgotten. `check_root` sees the root's tag.

    Raises StructuralFault: E_TYPE (no XML), E_XML, E_XML_DTD, E_ENCODING, E_LENGTH, E_TRUNCATED.
    """
    stream.seek(0)
    reader = _Reader(wanted, check_root)
    for lines, piece in _pieces(stream):
        reader.feed(piece)
        yield from reader.units()
        reader.line += lines
    reader.close()
    yield from reader.units()


def _pieces(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """(line ends in it, bytes): lines with tags one by one, so that each tag's line is known; text in runs."""
    text, lines = bytearray(), 0
    while line := stream.readline(_CHUNK):
        if b"<" not in line and b">" not in line and len(text) < _CHUNK:
            text += line
            lines += line.endswith(b"\n")
            continue
        if text:
            yield lines, bytes(text)
            text, lines = bytearray(), 0
        yield int(line.endswith(b"\n")), line
    if text:
        yield lines, bytes(text)


class _Reader:
    """The pull parser, with what bounds it."""

    def __init__(self, wanted: Wanted, check_root: Callable[[Element], None]) -> None:
        self._parser = etree.XMLPullParser(
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        self._wanted, self._check_root = wanted, check_root
        self.line = 1
        self._fed = self._started = False
        self._depth = self._unit_depth = 0
        self._unit: Unit | None = None
        self._bytes = self._nodes = self._tag = self._idle = 0

    def feed(self, piece: bytes) -> None:
        if not self._fed:
            self._fed = True
            self._check_start(piece)
        self._bound(piece)
        try:
            self._parser.feed(piece)
        except etree.XMLSyntaxError as error:
            raise self._fault(error) from None

    def close(self) -> None:
        if not self._fed:
            raise StructuralFault("E_TYPE", 1, "expected XML, and the file is empty")
        try:
            self._parser.close()
        except etree.XMLSyntaxError as error:
            if _code(error) in _NOT_CUT or _code(error) in _LOST:
                raise self._fault(error) from None
            raise StructuralFault("E_TRUNCATED", self.line, "the file ends in the middle of an element") from None

    def units(self) -> Iterator[Unit]:
        """Records complete by now."""
        for event, found in self._parser.read_events():
            element = cast(Element, found)
            if event == "start":
                self._start(element)
            else:
                yield from self._end(element)

    def _start(self, element: Element) -> None:
        self._depth += 1
        self._started = True
        if self._depth == 1:
            if cast(Any, element.getroottree().docinfo).doctype:
                raise self._document_type()
            self._check_root(element)
        if self._depth > DEPTH:
            raise StructuralFault("E_XML", self.line, f"elements are nested over {DEPTH} deep")
        self._nodes += 1 + len(element.attrib)
        if self._nodes > UNIT_NODES:
            raise self._too_long()
        self._idle += 1 + len(element.attrib)
        if self._idle > IDLE_NODES and not self._unit:
            raise StructuralFault("E_TYPE", self.line, "expected records: 200,000 elements hold none")
        if not self._unit_depth and self._wanted(local(element), self._depth):
            self._unit_depth, self._unit = self._depth, Unit(self.line, element)

    def _end(self, element: Element) -> Iterator[Unit]:
        if self._unit and self._depth == self._unit_depth:
            yield self._unit
            self._unit_depth, self._unit = 0, None
            self._idle = 0
        self._depth -= 1
        if not self._unit:
            self._forget(element)

    def _forget(self, element: Element) -> None:
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]
        self._bytes = self._nodes = 0

    def _bound(self, piece: bytes) -> None:
        if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
            raise self._document_type()
        self._bytes += len(piece)
        if self._bytes > UNIT_BYTES:
            raise self._too_long()
        # The parser keeps a tag until it ends.
        opened, closed = piece.rfind(b"<"), piece.rfind(b">")
        if opened > closed:
            self._tag = len(piece) - opened
        elif closed >= 0:
            self._tag = 0
        elif self._tag:
            self._tag += len(piece)
        if self._tag > TAG_BYTES:
            raise StructuralFault("E_LENGTH", self.line, "a tag or comment has over 64 KiB")

    def _check_start(self, piece: bytes) -> None:
        if piece.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
            raise StructuralFault("E_ENCODING", 1, "expected UTF-8 or UTF-16")
        if piece.startswith((b"\xff\xfe", b"\xfe\xff")):
            return
        start = piece.removeprefix(b"\xef\xbb\xbf")
        if not start.lstrip().startswith(b"<") and start.strip():
            raise StructuralFault("E_TYPE", 1, "expected XML, which starts with <")
        declared = _DECLARED.match(start)
        if declared and declared[1].upper() not in _ENCODINGS:
            raise StructuralFault("E_ENCODING", 1, "expected UTF-8, UTF-16, ISO-8859-1 or windows-1252")

    def _too_long(self) -> StructuralFault:
        return StructuralFault("E_LENGTH", self.line, "one record has over 8 MiB or 20,000 elements: split the file")

    def _document_type(self) -> StructuralFault:
        return StructuralFault("E_XML_DTD", self.line, "a document type or entity is not allowed: send plain XML")

    def _fault(self, error: etree.XMLSyntaxError) -> StructuralFault:
        """The parser's error in our words: its own would quote the file."""
        found = _code(error)
        if self._started and found in _LOST:
            # An undeclared entity leaves the parser without a document.
            found = _TYPES.ERR_UNDECLARED_ENTITY
        code, reason = _NOT_CUT.get(found, ("E_XML", "the XML is not well-formed here"))
        return StructuralFault(code, self.line, reason)


def _code(error: etree.XMLSyntaxError) -> int:
    return int(cast(Any, error).code)


_TYPES = etree.ErrorTypes
_LOST: Final = frozenset({_TYPES.ERR_INTERNAL_ERROR, _TYPES.ERR_DOCUMENT_EMPTY})
_NOT_CUT: Final = {
    _TYPES.ERR_DOCUMENT_EMPTY: ("E_TYPE", "expected XML, which starts with an element"),
    _TYPES.ERR_INVALID_ENCODING: ("E_ENCODING", "bytes that the declared encoding does not have"),
    _TYPES.ERR_UNSUPPORTED_ENCODING: ("E_ENCODING", "expected UTF-8, UTF-16, ISO-8859-1 or windows-1252"),
    _TYPES.ERR_UNKNOWN_ENCODING: ("E_ENCODING", "expected UTF-8, UTF-16, ISO-8859-1 or windows-1252"),
    _TYPES.ERR_INVALID_CHAR: ("E_XML", "a character that XML does not allow"),
    _TYPES.ERR_UNDECLARED_ENTITY: ("E_XML", "an entity that XML does not have: write &amp; for an ampersand"),
    _TYPES.ERR_TAG_NAME_MISMATCH: ("E_XML", "an end tag does not fit its start tag"),
    _TYPES.ERR_DOCUMENT_END: ("E_XML", "something stands behind the end of the document"),
    _TYPES.ERR_RESOURCE_LIMIT: ("E_LENGTH", "a text is too long or elements are nested too deep"),
    _TYPES.NS_ERR_UNDEFINED_NAMESPACE: ("E_XML", "a prefix whose namespace is not declared"),
}


def local(element: Element) -> str:
    """The name without its namespace; empty for what is no element."""
    name = element.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def child(element: Element | None, path: str) -> Element | None:
    """The first element at a path of local names (`A/B`)."""
    return next(children(element, path), None)


def children(element: Element | None, path: str) -> Iterator[Element]:
    """Every element at a path of local names, in order."""
    if element is None:
        return
    name, _, rest = path.partition("/")
    for one in element:
        if local(one) == name:
            if rest:
                yield from children(one, rest)
            else:
                yield one


def text(element: Element | None, path: str = "") -> str:
    """The text at a path, its white space as single blanks; empty if there is none."""
    found = child(element, path) if path else element
    return "" if found is None else " ".join((found.text or "").split())


def reference(element: Element | None, path: str = "") -> str:
    """The id that an element refers to, by `ref` or, from NIEM 4 on, by `uri`; empty if it refers to none."""
    found = child(element, path) if path else element
    return "" if found is None else attribute(found, "ref") or attribute(found, "uri").removeprefix("#")


def identity(element: Element) -> str:
    """The id that an element has, by `id` or `uri`."""
    return attribute(element, "id") or attribute(element, "uri").removeprefix("#")


def attribute(element: Element, name: str) -> str:
    """An attribute by its local name."""
    for given, value in element.attrib.items():
        if str(given).rpartition("}")[2] == name:
            return str(value).strip()
    return ""
