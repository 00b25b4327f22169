"""What the codes of feeds mean, in words: `E_` refuses a row or a file, `W_` only warns."""

from __future__ import annotations

from typing import Final

MEANINGS: Final[dict[str, str]] = {
    "E_COLUMNS": "the row has another number of cells than the header",
    "E_TRUNCATED": "the file ends in the middle of a record",
    "E_HEADER": "columns that the mapping needs are missing",
    "E_ENCODING": "the file is neither UTF-8 nor cp1252",
    "E_LENGTH": "a cell or line is too long",
    "E_KEY": "the record has no number of its own",
    "E_DATE": "the date cannot be read",
    "E_FUTURE": "the date lies in the future",
    "E_NO_CHARGE": "the record names no charge",
    "E_ORI": "the record names no agency",
    "E_ORI_FORBIDDEN": "the record is another agency's",
    "E_REJECTS": "over a fifth of the rows were rejected",
    "E_INTERNAL": "a fault of ours",
    "W_TWIN": "rows alike but for their number",
    "W_COURT_BLOCK": "the place of arrest is the court or the jail",
    "W_GEO_ZERO": "no coordinates",
    "W_AGE": "an age under 10 or over 100 was left out",
    "W_CODE": "an unknown code was read as unknown",
    "W_KEY_TWICE": "one number twice with other content: the last counts",
    "W_MUNICIPALITY": "a municipality that nobody here knows",
    "W_ENCODING": "the file is not UTF-8 and was read as cp1252",
    "W_CAP": "a round number of rows: the source may have cut the file",
    "W_VOID_UNKNOWN": "a delete of a record that was never here",
}
