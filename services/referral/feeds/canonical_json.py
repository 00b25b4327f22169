"""`canonical_json`: canonical arrests as a file, a JSON array or one object a line, as `POST /api/arrests` takes them.

`line` is the physical line, or the record's number in an array, from 1.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import orjson
from pydantic import ValidationError

from services.referral.domain.arrest import CanonicalArrest
from services.referral.feeds.adapter import (
    RAW_BYTES,
    Format,
    Item,
    Other,
    Reading,
    Record,
    Reject,
    StructuralFault,
    Terms,
)
from services.referral.feeds.fault_words import in_words
from services.referral.feeds.json_rows import ELEMENT_BYTES, JsonRows, is_beginning
from services.referral.feeds.json_value import object_fault, text_of
from services.referral.feeds.moments import possible
from services.referral.feeds.text_stream import FILE_BYTES, head, refuse_other_kinds

COLUMN: Final = "record"
_REASONS: Final = 5


def parse(stream: BinaryIO, terms: Terms, reading: Reading) -> Iterator[Item]:
    """Records of one file. Raises StructuralFault for what is no JSON as a whole; a bad line rejects itself."""
    first = head(stream)
    refuse_other_kinds(first)
    reading.columns = (COLUMN,)
    begins = first.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if begins == b"{":
        yield from _lines(stream, terms)
        return
    for line, element in enumerate(JsonRows(stream, ""), start=1):
        yield _item(line, element, terms)


def _lines(stream: BinaryIO, terms: Terms) -> Iterator[Item]:
    for line, text in enumerate(_physical(stream), start=1):
        if not text.strip():
            yield Other(line)
            continue
        try:
            element = orjson.loads(text)
        except ValueError:
            # A line that ends is whole, however bad: only what the file ends in can have been cut.
            if not text.endswith(b"\n") and is_beginning(text):
                raise StructuralFault("E_TRUNCATED", line, "the file ends in the middle of a record") from None
            yield Reject(line, None, "E_JSON", "expected one JSON object on this line", _raw(text))
            continue
        yield _item(line, element, terms)


def _physical(stream: BinaryIO) -> Iterator[bytes]:
    size, line = 0, 1
    while text := stream.readline(ELEMENT_BYTES):
        size += len(text)
        if len(text) >= ELEMENT_BYTES and not text.endswith(b"\n"):
            raise StructuralFault("E_LENGTH", line, f"a line has over {ELEMENT_BYTES} bytes")
        if size > FILE_BYTES:
            raise StructuralFault("E_SIZE", 1, f"expected at most {FILE_BYTES >> 20} MiB: send it in parts")
        yield text.removeprefix(codecs.BOM_UTF8) if line == 1 else text
        line += 1


def _item(line: int, element: Any, terms: Terms) -> Record | Reject:
    unusable = object_fault(element)
    if unusable:
        return Reject(line, None, *unusable, _raw(text_of(element)))
    if element.get("ori") is None and terms.ori:
        element = {**element, "ori": terms.ori}
    try:
        record = CanonicalArrest.model_validate(element)
    except ValidationError as error:
        found = in_words(error)
        reasons = "; ".join(f"{fault.place}: {fault.reason}" for fault in found[:_REASONS])
        return Reject(line, found[0].place, found[0].code, reasons, _raw(text_of(element)))
    if not possible(record.arrested_at):
        faults = [("arrested_at", "E_DATE: expected a year from 1900 to 2200")]
    else:
        # Whether it lies in the future is for staging, which knows the clock.
        faults = record.faults(record.arrested_at)
    if faults:
        column, reason = faults[0]
        code, _, words = reason.partition(": ")
        return Reject(line, column, code, words, _raw(text_of(element)))
    return Record(line, record)


def _raw(text: bytes) -> bytes:
    return text.strip()[:RAW_BYTES]


FORMATS: Final = (Format("canonical_json", "1", parse),)
