"""What a workbook's ZIP may hold, checked before anything parses it.

Source: police feeds design, section 9: 100 parts, 20:1, no nesting, macros or links. Every part is unpacked once
here, counted and thrown away, so that a size that lies in the ZIP's own directory is found out.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Final

PARTS: Final = 100
RATIO: Final = 20
SMALL_BYTES: Final = 1024 * 1024
"""Below this, packing tightly is no attack: a sheet of a few equal rows packs 40:1."""
_CHUNK: Final = 256 * 1024
_WORKBOOK: Final = "xl/workbook.xml"
_REFUSED: Final = (
    ("vbaproject.bin", "it holds macros: save it as .xlsx"),
    ("xl/macrosheets/", "it holds macros: save it as .xlsx"),
    ("xl/activex/", "it holds controls: save the table alone"),
    ("xl/embeddings/", "it holds another file: save the table alone"),
    ("xl/externallinks/", "it links to other files: paste the values into a new workbook"),
    ("xl/connections.xml", "it takes data from elsewhere: paste the values into a new workbook"),
    ("xl/querytables/", "it takes data from elsewhere: paste the values into a new workbook"),
)
_PACKED: Final = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"\xd0\xcf\x11\xe0")


class WorkbookFault(Exception):
    """What is wrong with a workbook. Of its own, since the process that reads one imports little and starts fast."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


def check_parts(content: bytes) -> None:
    """Raises WorkbookFault: E_ZIP, E_TYPE (a ZIP but no workbook), E_XML_DTD."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            _check_list(parts, len(content))
            _check_content(archive, parts)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, NotImplementedError, RuntimeError):
        raise _fault("the file is damaged: save it again, or as CSV") from None


def _check_list(parts: list[zipfile.ZipInfo], size: int) -> None:
    if len(parts) > PARTS:
        raise _fault(f"expected at most {PARTS} parts: save the table alone in a new workbook")
    names = [part.filename.casefold() for part in parts]
    if len(set(names)) < len(names):
        raise _fault("two of its parts have one name")
    for name in names:
        for start, what in _REFUSED:
            if name.startswith(start) or name.endswith("/" + start):
                raise _fault(what)
    if any(part.flag_bits & 1 for part in parts):
        raise _fault("it is locked by a password: save it without")
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        raise _fault("it is packed in a way that no spreadsheet uses")
    if sum(part.compress_size for part in parts) > size:
        raise _fault("its parts overlap")
    if _WORKBOOK not in names:
        raise WorkbookFault("E_TYPE", "expected a table, this is a ZIP archive: send what is in it")


def _check_content(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    packed = max(1, sum(part.compress_size for part in parts))
    unpacked = 0
    for part in parts:
        with archive.open(part) as content:
            first = True
            while chunk := content.read(_CHUNK):
                unpacked += len(chunk)
                if unpacked > max(RATIO * packed, SMALL_BYTES):
                    raise _fault(f"it unpacks to over {RATIO} times its size: save it as CSV")
                if first:
                    _check_start(chunk)
                first = False


def _check_start(chunk: bytes) -> None:
    if chunk.startswith(_PACKED):
        raise _fault("it holds another packed file: save the table alone")
    if b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk:
        raise WorkbookFault("E_XML_DTD", "expected a workbook without its own XML definitions")


def _fault(reason: str) -> WorkbookFault:
    return WorkbookFault("E_ZIP", f"the workbook cannot be read: {reason}")
