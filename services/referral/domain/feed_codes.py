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
    "E_TYPE": "the file is of another format than its source",
    "E_CODE": "a code that the format does not have",
    "E_XML": "the XML is not well-formed",
    "E_XML_DTD": "the XML holds a document type or entities",
    "E_NO_ARREST": "the document holds no arrest",
    "E_NO_SUBJECT": "nobody is named as arrested",
    "E_REF": "a reference that leads nowhere",
    "E_MISSING": "a file that was declared complete leaves out known arrests",
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
    "W_VOLUME": "under half the rows that this source usually sends",
    "W_SUBJECT_CONFLICT": "the record names two people as arrested: it is linked to neither",
    "W_NOT_PRIMARY": "records of an agency whose arrests another source publishes: only compared",
    "W_MONTH_OFF": "an agency's month is over 5 % off what another source published",
    "W_VOID_UNKNOWN": "a delete of a record that was never here",
}
