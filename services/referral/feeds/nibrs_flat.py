"""NIBRS flat files: fixed columns, one segment a line. Arrests are levels 6 (of an incident) and 7 (of group B).

Source: FBI, NIBRS Technical Specification; police feeds design, section 3. Columns below count from 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, Final

from services.referral.feeds.adapter import (
    RAW_BYTES,
    Delete,
    Format,
    Item,
    Other,
    Reading,
    Record,
    Reject,
    Restated,
    Spoils,
    StructuralFault,
    Terms,
)
from services.referral.feeds.flat_lines import Line, read_lines
from services.referral.feeds.nibrs_record import Arrestee, Key, record, zero_report
from services.referral.feeds.ori import EXPECTED, is_ori

_SEGMENT: Final = re.compile(r"^\d{4}[0-7][A-Z](\d\d|  )(\d{4}| {4})")
_LENGTHS: Final = {"0": 43, "1": 37, "6": 79, "7": 66}
"""How long a segment must be at least to hold what is read of it."""
_ACTIONS: Final = {"0": "A", "1": "IDWAM", "6": "IWAM", "7": "AD"}


def parse(stream: BinaryIO, terms: Terms, reading: Reading) -> Iterator[Item]:
    """One item a line. Raises StructuralFault: E_TYPE (no NIBRS file), E_TRUNCATED (last segment short), E_LENGTH."""
    short: tuple[Line, Reject] | None = None
    segments = 0
    context: Spoils | None = None
    for line in read_lines(stream):
        if line.blank:
            yield Other(line.number)
            continue
        if not segments and not _SEGMENT.match(line.text):
            raise StructuralFault("E_TYPE", line.number, "expected NIBRS segments: length, level, action, month, year")
        segments += 1
        if short:
            yield short[1]
            short = None
        wrong = _wrong_length(line)
        item = wrong or _item(line, terms)
        if isinstance(item, Reject) and item.spoils is None and _may_be_arrest(line.text):
            item = replace(item, spoils=context)
        context = _context(item, context)
        if isinstance(item, Reject) and wrong and _looks_cut(line.text):
            # If it is the last line, the file was cut.
            short = line, item
        else:
            yield item
    if short:
        raise StructuralFault("E_TRUNCATED", short[0].number, f"the last segment is cut: {short[1].reason}")
    if not segments:
        raise StructuralFault("E_TYPE", 1, "expected NIBRS segments, and the file holds none")


def _context(item: Item, before: Spoils | None) -> Spoils | None:
    """What the next line, if it cannot be read, may have been sent to state anew."""
    if isinstance(item, Delete | Restated):
        return Spoils(item.ori, item.key if isinstance(item, Delete) else None, item.group)
    if isinstance(item, Reject | Other):
        return before
    # Lines of level 6 stand below their incident; one of level 7 ends what stood before it.
    return before if isinstance(item, Record) and not item.part else None


def _may_be_arrest(text: str) -> bool:
    level, action = text[4:5], text[5:6]
    return action != "D" if level in {"6", "7"} else level not in {*_ACTIONS, *"2345"}


def _wrong_length(line: Line) -> Reject | None:
    text = line.text
    if not _SEGMENT.match(text):
        return _reject(line, None, "E_CODE", "expected length, level 0 to 7, action, month and year in front")
    if int(text[:4]) != len(text):
        return _reject(line, "length", "E_LENGTH", f"the segment says {int(text[:4])} characters and has {len(text)}")
    least = _LENGTHS.get(text[4], 0)
    if len(text) < least:
        return _reject(line, "length", "E_LENGTH", f"a segment of level {text[4]} has at least {least} characters")
    return None


def _looks_cut(text: str) -> bool:
    said = text[:4]
    return said.isascii() and said.isdigit() and (len(said) < 4 or len(text) < int(said))


def _item(line: Line, terms: Terms) -> Item:
    text = line.text
    level, action = text[4], text[5]
    if level not in _ACTIONS:
        return Other(line.number)
    if action not in _ACTIONS[level]:
        return _reject(
            line, "action", "E_CODE", f"a segment of level {level} has action {' or '.join(_ACTIONS[level])}"
        )
    if not (text.isascii() and text.isprintable()):
        return _reject(line, None, "E_ENCODING", "expected printable ASCII: the segment holds other bytes")
    ori = _column(text, 17, 25)
    if not is_ori(ori):
        return _reject(line, "ori", "E_ORI", EXPECTED)
    if level == "0":
        return _zero_report(line, ori)
    if level == "1":
        return _incident(line, ori)
    return _arrest(line, ori, terms)


def _zero_report(line: Line, ori: str) -> Item:
    beat = zero_report(line.number, ori, _column(line.text, 40, 43), _column(line.text, 38, 39))
    return beat or _reject(line, "month", "E_DATE", "expected the month and year of the zero report")


def _incident(line: Line, ori: str) -> Item:
    number = _column(line.text, 26, 37)
    if not number or "|" in number:
        return _reject(line, "incident", "E_KEY", "expected the incident's number")
    group = Key(6, number, "", "").group
    if line.text[5] == "D":
        return Delete(line.number, ori, group=group)
    return Restated(line.number, ori, group)


def _arrest(line: Line, ori: str, terms: Terms) -> Item:
    text = line.text
    six = text[4] == "6"
    # The columns from the date on are the same, a shift apart.
    shift = 12 if six else 0
    key = (
        Key(6, _column(text, 26, 37), _column(text, 38, 39), _column(text, 40, 51))
        if six
        else Key(7, "", _column(text, 38, 39), _column(text, 26, 37))
    )
    if text[5] == "D":
        missing = key.fault()
        if missing:
            return _reject(line, "key", "E_KEY", missing)
        return Delete(line.number, ori, key=key.text)
    offense = 62 if six else 49
    age = offense + 9
    typed = Arrestee(
        line=line.number,
        ori=ori,
        key=key,
        day=_column(text, 40 + shift, 47 + shift),
        kind=_column(text, 48 + shift, 48 + shift),
        offenses=(_column(text, offense, offense + 2),),
        age=_column(text, age, age + 3),
        sex=_column(text, age + 4, age + 4),
        race=_column(text, age + 5, age + 5),
        ethnicity=_column(text, age + 6, age + 6),
    )
    return record(typed, terms, part=not six, raw=_raw(line))


def _column(text: str, first: int, last: int) -> str:
    return text[first - 1 : last].strip()


def _raw(line: Line) -> bytes:
    return line.text[:RAW_BYTES].encode("latin-1")


def _reject(line: Line, column: str | None, code: str, reason: str) -> Reject:
    return Reject(line.number, column, code, reason, _raw(line))


FORMATS: Final = (Format("nibrs_flat", "2", parse, compares=True),)
