"""The bytes of a text file as text: UTF-8 if all of it is, else cp1252, and what is no text at all is refused."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from services.referral.feeds.adapter import Reading, StructuralFault

FILE_BYTES: Final = 200 * 1024 * 1024
HEAD_BYTES: Final = 512
_CHUNK: Final = 1024 * 1024
_NOT_CP1252: Final = (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")
_UTF16_32: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_KINDS: Final = (
    (b"\xd0\xcf\x11\xe0", "an Excel or Word file of before 2007: save it as .xlsx or as CSV"),
    (b"%PDF", "a PDF: export the table as CSV"),
    (b"{\\rtf", "a word processor's file: export the table as CSV"),
    (b"\x1f\x8b", "compressed: send it unpacked"),
    (b"7z\xbc\xaf", "compressed: send it unpacked"),
    (b"Rar!", "compressed: send it unpacked"),
    (b"BZh", "compressed: send it unpacked"),
    (b"\xfd7zXZ", "compressed: send it unpacked"),
    (b"\x89PNG", "a picture: export the table as CSV"),
    (b"\xff\xd8\xff", "a picture: export the table as CSV"),
    (b"SQLite format 3", "a database: export the table as CSV"),
    (b"PAR1", "Parquet: export the table as CSV"),
)


def head(stream: BinaryIO) -> bytes:
    """The first bytes of a file; the stream is back at its start."""
    stream.seek(0)
    found = stream.read(HEAD_BYTES)
    stream.seek(0)
    return found


def refuse_other_kinds(first: bytes) -> None:
    """Raises StructuralFault for a file that is known not to be text: E_TYPE, or E_ENCODING for UTF-16 and UTF-32."""
    if first.startswith(_UTF16_32):
        raise StructuralFault("E_ENCODING", 1, "expected UTF-8, this is UTF-16 or UTF-32: save it as CSV UTF-8")
    for magic, what in _KINDS:
        if first.startswith(magic):
            raise StructuralFault("E_TYPE", 1, f"expected a table, this is {what}")


@contextmanager
def text_of(stream: BinaryIO, reading: Reading) -> Iterator[io.TextIOWrapper]:
    """The file as text, line ends as they are. Reads it once before, for its encoding.

    Raises StructuralFault: E_SIZE over 200 MiB, E_ENCODING if it is neither UTF-8 nor cp1252.
    """
    encoding = _encoding(stream, reading)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    try:
        yield text
    finally:
        text.detach()


def _encoding(stream: BinaryIO, reading: Reading) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    utf8, cp1252, size, line = True, True, 0, 1
    stream.seek(0)
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > FILE_BYTES:
            raise StructuralFault("E_SIZE", 1, f"expected at most {FILE_BYTES >> 20} MiB: send it in parts")
        utf8 = utf8 and _decodes(decoder, chunk)
        if cp1252:
            places = [place for byte in _NOT_CP1252 if (place := chunk.find(byte)) >= 0]
            cp1252 = not places
            line += chunk.count(b"\n", 0, min(places, default=len(chunk)))
        if not (utf8 or cp1252):
            break
    if utf8 and _decodes(decoder, b"", final=True):
        return "utf-8-sig"
    if not cp1252:
        raise StructuralFault("E_ENCODING", line, "expected UTF-8 or cp1252: save it as CSV UTF-8")
    reading.file_warnings += ("W_ENCODING",)
    return "cp1252"


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True
