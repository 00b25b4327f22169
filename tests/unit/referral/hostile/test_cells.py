"""Hostile cells: each rejects its row by column, code and reason, or only warns; none passes as something else."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.feeds.adapter import Record, Reject
from tests.unit.referral.feeds.feed_files import ROW, read, row, template
from tests.unit.referral.hostile.verdict import helps, judge

REJECTED: Final[list[tuple[str, str, str]]] = [
    ("ori", "PA003", "E_ORI"),
    ("ori", "pappd0000", "E_ORI"),
    ("ori", "PAPPD0000' or 1=1", "E_ORI"),
    ("case_no", "x" * 81, "E_KEY"),
    ("arrest_date", "2/30/2024", "E_DATE"),
    ("arrest_date", "2/29/2023", "E_DATE"),
    ("arrest_date", "13/1/2024", "E_DATE"),
    ("arrest_date", "0/0/0000", "E_DATE"),
    ("arrest_date", "1/3/24", "E_DATE"),
    ("arrest_date", "1/3/0024", "E_DATE"),
    ("arrest_date", "1/3/1799", "E_DATE"),
    ("arrest_date", "1/3/9999", "E_DATE"),
    ("arrest_date", "99999-01-01", "E_DATE"),
    ("arrest_date", "2024-13-01", "E_DATE"),
    ("arrest_date", "2024-02-30", "E_DATE"),
    ("arrest_date", "20240103", "E_DATE"),
    ("arrest_date", "45294", "E_DATE"),
    ("arrest_date", "yesterday", "E_DATE"),
    ("arrest_date", "=TODAY()", "E_DATE"),
    ("arrest_date", "٣/١/٢٠٢٤x", "E_DATE"),
    ("arrest_date", "2024-01-03T14:30:00", "E_DATE"),
    ("arrest_date", "-1/3/2024", "E_DATE"),
    ("arrest_date", "3. Januar 2024", "E_DATE"),
    ("arrest_date", "########", "E_DATE"),
    ("arrest_date", "", "E_DATE"),
    ("arrest_time", "25:00", "E_DATE"),
    ("arrest_time", "14:60", "E_DATE"),
    ("arrest_time", "noon", "E_DATE"),
    ("arrest_time", "-1:00", "E_DATE"),
    ("arrest_time", "13:00 PM", "E_DATE"),
    ("dob", "5/17/2025", "E_DATE"),
    ("dob", "5/17/90", "E_DATE"),
    ("dob", "5/17/1799", "E_DATE"),
    ("dob", "0000-00-00", "E_DATE"),
    ("dob", "adult", "E_DATE"),
    ("dob", "2/30/1990", "E_DATE"),
    ("last", "x" * 201, "E_LENGTH"),
    ("first", "x" * 201, "E_LENGTH"),
    ("description", "x" * 201, "E_LENGTH"),
    ("grade", "a grade this is not", "E_LENGTH"),
    ("location", "x" * 401, "E_LENGTH"),
    ("municipality", "x" * 81, "E_LENGTH"),
    ("zone", "x" * 17, "E_LENGTH"),
    ("statute", "x" * 4001, "E_LENGTH"),
]


@pytest.mark.parametrize(("column", "cell", "code"), REJECTED, ids=lambda value: str(value)[:24])
def test_a_cell_that_cannot_be_rejects_its_row(column: str, cell: str, code: str) -> None:
    items, _ = read("lead_csv", template(row(**{column: cell}), row(case_no="C-2")))
    reject, good = items
    assert isinstance(reject, Reject)
    assert isinstance(good, Record)
    helps(reject.code, reject.reason, cell if len(cell) > 3 else "")
    assert (reject.line, reject.code) == (2, code)
    assert reject.column == column


WARNED: Final[list[tuple[str, str, str]]] = [
    ("sex", "7", "U"),
    ("sex", "Male?", "U"),
    ("race", "Martian", "U"),
    ("race", "<script>", "U"),
    ("ethnicity", "Z", "U"),
    ("disposition", "let go", "unknown"),
    ("offered", "maybe", "None"),
]


@pytest.mark.parametrize(("column", "cell", "read_as"), WARNED)
def test_an_unknown_code_is_read_as_unknown_with_a_warning(column: str, cell: str, read_as: str) -> None:
    (item,) = read("lead_csv", template(row(**{column: cell})))[0]
    assert isinstance(item, Record)
    assert item.warnings == ("W_CODE",)
    said = getattr(item.record.person if column in ("sex", "race", "ethnicity") else item.record, column)
    assert str(said) == read_as


KEPT: Final = [
    "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "O'Sample", "Ñuñez", "李", "𝕊ample", "a\u200bb", "\u202egnp",
    "Robert'); drop table own.arrest;--", "<b>bold</b>", "{{7*7}}", "%s%n", "null", "None", "NaN", "\\0", "a\u2028x",
]  # fmt: skip


@pytest.mark.parametrize("cell", KEPT)
def test_text_that_means_something_elsewhere_is_only_text_here(cell: str) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    (item,) = read("lead_csv", template(row(last=quoted, location=quoted)))[0]
    assert isinstance(item, Record)
    assert (item.record.person.last, item.record.place.text) == (cell, cell)


NO_RECORD: Final = {
    "no number": ({"case_no": "", "arrest_no": ""}, "E_KEY"),
    "no charge": ({"statute": "", "description": ""}, "E_NO_CHARGE"),
    "nobody": (
        dict.fromkeys(("last", "first", "dob", "sex", "race", "ethnicity"), ""),
        "E_NO_SUBJECT",
    ),
}


@pytest.mark.parametrize("name", NO_RECORD)
def test_a_row_without_what_makes_an_arrest_is_rejected(name: str) -> None:
    cells, code = NO_RECORD[name]
    (item,) = read("lead_csv", template(row(**cells)))[0]
    assert isinstance(item, Reject)
    assert item.code == code


@pytest.mark.parametrize("shift", [1, 2, 3, 5, -1, -2])
def test_shifted_columns_do_not_pass_as_an_arrest(shift: int) -> None:
    cells = list(ROW.values())
    turned = ",".join(cells[shift:] + cells[:shift])
    verdict = judge("lead_csv", template(*[turned] * 3))
    assert verdict.accepted == 0
    assert len(verdict.codes) == 3


USES: Final[list[tuple[dict[str, str], str]]] = [
    ({"sector": "hotel"}, "E_CODE"),
    ({"unit": "minute"}, "E_CODE"),
    ({"units": ""}, "E_CODE"),
    ({"units": "-1"}, "E_CODE"),
    ({"units": "1e9"}, "E_CODE"),
    ({"units": "NaN"}, "E_CODE"),
    ({"units": "inf"}, "E_CODE"),
    ({"units": "two"}, "E_CODE"),
    ({"units": "٣"}, "E_CODE"),
    ({"from": ""}, "E_DATE"),
    ({"from": "2/30/2024"}, "E_DATE"),
    ({"to": "1/2/2024"}, "E_DATE"),
    ({"to": "later"}, "E_DATE"),
    ({"dob": "1/3/2025"}, "E_DATE"),
    ({"dob": "unknown"}, "E_DATE"),
    ({"last": ""}, "E_NO_SUBJECT"),
    ({"last": "x" * 201}, "E_LENGTH"),
    ({"record_no": ""}, "E_KEY"),
    ({"record_no": "9" * 81}, "E_KEY"),
]


@pytest.mark.parametrize(("cells", "code"), USES, ids=lambda value: str(value)[:24])
def test_a_use_that_cannot_be_rejects_its_row(cells: dict[str, str], code: str) -> None:
    good = {
        "record_no": "1", "last": "Sampleton", "first": "Marlow", "dob": "5/17/1990", "sector": "jail",
        "from": "1/3/2024", "to": "1/5/2024", "units": "2", "unit": "day",
    }  # fmt: skip
    lines = [",".join(good), ",".join((good | cells).values()), ",".join((good | {"record_no": "2"}).values()), ""]
    verdict = judge("utilization_csv", "\n".join(lines).encode())
    assert verdict.codes == [code]
    assert verdict.columns[0] == next(iter(cells))
    assert verdict.accepted == 1


@given(st.dictionaries(st.sampled_from(list(ROW)), st.text(st.characters(codec="utf-8"), max_size=20), max_size=5))
def test_any_text_in_any_cell_comes_to_a_verdict(cells: dict[str, str]) -> None:
    quoted = {name: '"' + cell.replace('"', '""') + '"' for name, cell in cells.items()}
    verdict = judge("lead_csv", template(row(**quoted), row(case_no="C-2")))
    assert verdict.accepted + len(verdict.codes) >= 1
