"""Reads a file of person records for training or measuring: any CSV, its columns named by the caller."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from services.referral.domain.identity.traits import Traits, plain


def read(path: Path, columns: Mapping[str, str]) -> list[Traits]:
    """The records of a file, in order. `columns` names the column of each trait, several joined by `+`.

    Raises KeyError for a column that the header lacks.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, skipinitialspace=True)
        header = {(name or "").strip(): name for name in rows.fieldnames or ()}
        wanted = {trait: [header[one] for one in columns[trait].split("+")] for trait in columns}
        return [
            _traits({trait: " ".join((row[one] or "").strip() for one in names) for trait, names in wanted.items()})
            for row in rows
        ]


def column(path: Path, name: str) -> list[str]:
    """One column of a file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, skipinitialspace=True)
        header = {(cell or "").strip(): cell for cell in rows.fieldnames or ()}
        return [row[header[name]] for row in rows]


def named(columns: Iterable[str]) -> dict[str, str]:
    """Columns as given on the command line: `surname=family_name`."""
    return dict(pair.split("=", 1) for pair in columns)


def _traits(cells: Mapping[str, str]) -> Traits:
    address = plain(cells.get("address", ""))
    # Files without telephone numbers may have e-mail addresses: any text that one person gives again.
    contact = plain(cells.get("phone", ""))
    return Traits(
        given=plain(cells["given"]),
        surname=plain(cells["surname"]),
        born="".join(filter(str.isdigit, cells["born"])),
        addresses=frozenset({address} if address else ()),
        phones=frozenset({contact} if contact else ()),
    )
