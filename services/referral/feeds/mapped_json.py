"""`mapped_json`: rows at a JSON pointer, read by a mapping, such as the pages of an ArcGIS server.

`line` is the row's number in its array, from 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from services.referral.feeds.adapter import Format, Item, Other, Reading, Reject, StructuralFault, Terms
from services.referral.feeds.csv_stream import FIELD_CHARS, Row, raw_line
from services.referral.feeds.json_rows import JsonRows
from services.referral.feeds.mapped_row import MappedRows
from services.referral.feeds.mapped_table import read_rows
from services.referral.feeds.mapping import check_mapping, read_mapping


def parse(stream: BinaryIO, terms: Terms, reading: Reading) -> Iterator[Item]:
    """Records of one file. Raises BadMapping, and StructuralFault E_HEADER if its first row has no mapped column."""
    mapping = read_mapping(terms.mapping)
    names = mapping.names
    rows = MappedRows(mapping, terms, names)
    found = JsonRows(stream, mapping.rows)
    paths = [_steps(name) if name.startswith("/") else [name] for name in names]
    for line, element in enumerate(found, start=1):
        inner = _at(element, _steps(mapping.row))
        values = [_at(inner, path) for path in paths]
        if line == 1:
            if isinstance(inner, dict) and all(value is None for value in values):
                raise StructuralFault("E_HEADER", 1, f"expected rows with {', '.join(names)}")
            reading.columns = tuple(names)
        yield _item(line, element, inner, values, rows, names)
    if found.capped:
        reading.file_warnings += ("W_CAP",)


def _item(line: int, element: Any, inner: Any, values: list[Any], rows: MappedRows, names: list[str]) -> Item:
    if element is None or element == {}:
        return Other(line)
    if not isinstance(inner, dict):
        return Reject(line, None, "E_JSON", "expected an object with the columns of the mapping")
    texts = [_text(value) for value in values]
    known = ["" if text is None else text for text in texts]
    if None in texts:
        column = names[texts.index(None)]
        return Reject(line, column, "E_CODE", "expected a text or a number", raw_line(known))
    if any("\0" in text for text in known):
        return Reject(line, None, "E_ENCODING", "the row holds NUL characters: it was damaged", raw_line(known))
    if max(map(len, known)) > FIELD_CHARS:
        return Reject(line, None, "E_LENGTH", f"a field has over {FIELD_CHARS} characters", raw_line(known))
    (item,) = read_rows(rows, [(Row(line, known, 0), known)])
    return item


def _text(value: Any) -> str | None:
    """A value as the text of a cell; None for what is no single value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.replace("\u00a0", " ").strip()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return None if isinstance(value, dict | list) else str(value)


def _at(value: Any, steps: list[str]) -> Any:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


FORMATS: Final = (Format("mapped_json", "1", parse, check_mapping),)
