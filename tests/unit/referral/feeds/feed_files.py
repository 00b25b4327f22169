"""Visibly fictional files of every tabular format, and what reading one gives."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any, Final
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from services.referral.feeds.adapter import Item, Reading, Record, Reject, StructuralFault, Terms
from services.referral.feeds.formats import FORMATS

ORI: Final = "PAPPD0000"
NEW_YORK: Final = ZoneInfo("America/New_York")
TEMPLATE: Final = (
    "ori,case_no,arrest_no,arrest_date,arrest_time,last,first,dob,sex,race,ethnicity,statute,description,grade,"
    "location,municipality,zone,disposition,offered"
)
ROW: Final = {
    "ori": ORI, "case_no": "C-1", "arrest_no": "1", "arrest_date": "1/3/2024", "arrest_time": "14:30",
    "last": "Sampleton", "first": "Marlow", "dob": "5/17/1990", "sex": "M", "race": "W", "ethnicity": "N",
    "statute": "3929(a)(1)", "description": "Retail Theft", "grade": "M2", "location": "1 Example Street",
    "municipality": "Pittsburgh", "zone": "2", "disposition": "arrested", "offered": "no",
}  # fmt: skip
MAPPING: Final[dict[str, Any]] = {
    "key": ["Number"],
    "columns": {"When": "arrested_at", "Age": "person.age", "Race": "person.race", "Charge": "charge.text"},
}


def read(
    format: str, content: bytes, mapping: Mapping[str, Any] | None = None, ori: str | None = ORI
) -> tuple[list[Item], Reading]:
    """Every item of a file, and what was learned of the file as a whole."""
    reading = Reading()
    return list(FORMATS[format].parse(io.BytesIO(content), Terms(ori, NEW_YORK, mapping), reading)), reading


def fault_of(format: str, content: bytes, mapping: Mapping[str, Any] | None = None) -> StructuralFault | None:
    """The fault that refuses a file, or None if it is read to its end."""
    try:
        read(format, content, mapping)
    except StructuralFault as fault:
        return fault
    return None


def row(**cells: str) -> str:
    """A line of the template."""
    values = ROW | cells
    return ",".join(values[name] for name in TEMPLATE.split(","))


def template(*rows: str) -> bytes:
    return "\n".join([TEMPLATE, *rows, ""]).encode()


def records(items: Iterable[Item]) -> list[Record]:
    return [item for item in items if isinstance(item, Record)]


def rejects(items: Iterable[Item]) -> list[Reject]:
    return [item for item in items if isinstance(item, Reject)]


_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES: Final = "http://schemas.openxmlformats.org/package/2006/content-types"


def sheet_xml(rows: Iterable[Iterable[str | float]]) -> str:
    """A sheet of texts and numbers; a text that begins with `<` is the XML of a whole cell."""
    lines = ("<row>" + "".join(map(_cell, cells)) + "</row>" for cells in rows)
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return value if value.startswith("<c") else f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f"<c><v>{value}</v></c>"


def workbook(
    *sheets: str,
    parts: Mapping[str, bytes] | None = None,
    hidden: Iterable[int] = (),
    styles: str = "",
    packing: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """A workbook of these sheets (XML), named Sheet1, Sheet2, …, and of further parts."""
    states = dict.fromkeys(hidden, ' state="hidden"')
    names = [
        f'<sheet name="Sheet{n}" sheetId="{n}" r:id="rId{n}"{states.get(n, "")}/>' for n in range(1, len(sheets) + 1)
    ]
    links = [
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    ]
    if styles:
        links.append(f'<Relationship Id="rId99" Type="{_OFFICE}/styles" Target="styles.xml"/>')
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{_TYPES}"/>')
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_LINKS}"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{"".join(names)}</sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{_LINKS}">{"".join(links)}</Relationships>'
        )
        for n, sheet in enumerate(sheets, start=1):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", sheet)
        if styles:
            archive.writestr("xl/styles.xml", styles)
        for name, content in (parts or {}).items():
            archive.writestr(name, content)
    return out.getvalue()
