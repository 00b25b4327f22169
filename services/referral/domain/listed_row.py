"""A row of the crosswalk as people write and review it; every fault is a sentence at its field.

What it can say is what rule C1 can use: words to look for are plain words, so that no pattern of anybody can keep the
classifier busy.
"""

from __future__ import annotations

import re
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from services.referral.domain.crosswalk import WARRANTS, Key
from services.referral.domain.nibrs_codes import OFFENSES
from shared.contracts.codes import Eligibility

CATEGORIES: Final = frozenset({
    "administration", "drug", "dui", "exploitation", "family", "inchoate", "ordinance", "process", "property",
    "property_serious", "public_order", "sex_other", "traffic", "traffic_serious", "violent", "weapon",
})  # fmt: skip
"""What a charge can be about. `none` is for charges that no row knows."""
TARGET: Final = "=target"
"""In place of NIBRS codes: an attempt or conspiracy counts as what was attempted."""
_TITLE: Final = re.compile(r"^(\d{1,3}|LO|CO|PSEUDO)$")
_SECTION: Final = re.compile(r"^(\d{1,4}(\.\d{1,3})?|780-\d{2,3}(\.\d{1,2})?)$")
_ANY_CITY_SECTION: Final = "6xx.xx"
_SUB: Final = re.compile(r"^[a-z0-9]{0,12}$")
_WORD: Final = re.compile(r"^[A-Za-z][A-Za-z -]{0,38}[A-Za-z]$")
_DESCRIPTION: Final = re.compile(r"^[A-Za-z][A-Za-z0-9 ()/,.'&-]{2,79}$")
MOST_WORDS: Final = 20
MOST_CODES: Final = 4


class ListedRow(BaseModel):
    """Statute (`sub_prefix` narrows it), what it is, NIBRS codes (`13A|90Z`), category and presumption.

    `desc_regex` is an alternation of plain words, as `Arson|Burning`, that tell title 18 from title 75.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, validate_default=True)

    title: str
    section: str = ""
    sub_prefix: str = ""
    desc_regex: str = ""
    description: str
    nibrs: str
    category: str
    eligibility: Eligibility
    notes: str = ""

    @property
    def key(self) -> Key:
        return self.title, self.section, self.sub_prefix

    @property
    def statute(self) -> str:
        """The statute as one text: `18 § 3503 a`."""
        return statute(self.key)

    @field_validator("title")
    @classmethod
    def _title(cls, typed: str) -> str:
        if not _TITLE.match(typed):
            raise ValueError("Give the title as a number, such as 18; or LO, CO or PSEUDO.")
        return typed

    @field_validator("section")
    @classmethod
    def _section(cls, typed: str, info: ValidationInfo) -> str:
        title = info.data.get("title")
        if typed == "" and title == "75":
            return typed
        if typed == _ANY_CITY_SECTION and title == "LO":
            return typed
        if not _SECTION.match(typed):
            raise ValueError("Give the section, such as 3929, 2709.1 or 780-113.")
        return typed

    @field_validator("sub_prefix", mode="before")
    @classmethod
    def _sub(cls, typed: str) -> str:
        plain = re.sub(r"[^a-z0-9]", "", typed.lower())
        if not _SUB.match(plain) or (typed.strip() and not plain):
            raise ValueError("Give the subsection, such as (a)(1).")
        return plain

    @field_validator("desc_regex")
    @classmethod
    def _words(cls, typed: str, info: ValidationInfo) -> str:
        words = [word.strip() for word in re.split(r"[|,\n]", typed) if word.strip()]
        if not all(_WORD.match(word) for word in words):
            raise ValueError("Give plain words with commas between them, letters only: Arson, Burning.")
        if len(words) > MOST_WORDS:
            raise ValueError(f"Give at most {MOST_WORDS} words.")
        if words and info.data.get("title") not in (None, "18"):
            raise ValueError("Words only help to tell title 18 from 75: leave this blank.")
        return "|".join(dict.fromkeys(words))

    @field_validator("description")
    @classmethod
    def _description(cls, typed: str) -> str:
        if not _DESCRIPTION.match(typed):
            raise ValueError("Say what it is in 3 to 80 letters, such as Retail theft.")
        return typed

    @field_validator("nibrs")
    @classmethod
    def _nibrs(cls, typed: str) -> str:
        if typed == TARGET:
            return typed
        codes = [code.upper() for code in re.split(r"[|,\s]+", typed) if code]
        wrong = [code for code in codes if code not in OFFENSES]
        if not codes or len(codes) > MOST_CODES:
            raise ValueError(f"Give 1 to {MOST_CODES} NIBRS offense codes, such as 23C.")
        if wrong:
            raise ValueError(f"NIBRS has no offense code {wrong[0][:8]}.")
        return "|".join(dict.fromkeys(codes))

    @field_validator("category")
    @classmethod
    def _category(cls, typed: str) -> str:
        if typed not in CATEGORIES:
            raise ValueError("Choose what it is about.")
        return typed

    @field_validator("eligibility")
    @classmethod
    def _eligibility(cls, chosen: Eligibility, info: ValidationInfo) -> Eligibility:
        title, section, nibrs = (info.data.get(name) for name in ("title", "section", "nibrs"))
        if title == "PSEUDO" and section in WARRANTS and chosen != "EXCLUDE":
            raise ValueError("A warrant has to be served. A charge rule can say otherwise, this list cannot.")
        if chosen == "EXCLUDE" and title not in (None, "PSEUDO"):
            raise ValueError("Only what is no offense, under PSEUDO, rules a diversion out like a warrant.")
        if nibrs is not None and (chosen == "INHERIT") != (nibrs == TARGET):
            raise ValueError(f"An attempt or conspiracy goes with {TARGET} in place of NIBRS codes, and only that.")
        return chosen

    @field_validator("notes")
    @classmethod
    def _notes(cls, typed: str) -> str:
        if len(typed) > 200:
            raise ValueError("Keep the note within 200 letters.")
        return typed


def statute(key: Key) -> str:
    """A row's statute as one text: `18 § 3503 a`; `75, any other` for the row that takes the rest."""
    title, section, sub = key
    return f"{title} § {section} {sub}".strip() if section else f"{title}, any other"
