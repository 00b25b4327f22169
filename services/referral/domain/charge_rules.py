"""What the policy group decided of single statutes, over the crosswalk's presumption.

A rule names a statute as people write it, `13(a)(31)(ii)` as section `780-113` and subsection `(a)(31)(ii)`. The
longest subsection that covers a charge wins: `(a)` covers `(a)(1)`, `(a)(3)` does not cover `(a)(31)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

Presumption = Literal["Y", "REVIEW", "N", "IGNORE"]
_NOT_IN_SUB = re.compile(r"[^a-z0-9]")
_ROMAN = frozenset("ivx")


class ChargeRule(BaseModel):
    """One statute's presumption under one version of the policy. `why` is shown to whoever asks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^(\d{1,3}|LO|CO|PSEUDO)$")]
    section: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9x][0-9x.\-]{0,15}$")]
    sub: Annotated[str, StringConstraints(max_length=40)] = ""
    eligibility: Presumption
    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)] = Field()

    @field_validator("sub")
    @classmethod
    def _as_classified(cls, typed: str) -> str:
        return _NOT_IN_SUB.sub("", typed.lower())

    @property
    def statute(self) -> str:
        """The statute as one text: `18 § 3503 a`."""
        return f"{self.title} § {self.section} {self.sub}".strip()

    def covers(self, title: str | None, section: str, sub: str) -> bool:
        """Whether a charge stands under this statute; `sub` in lower case, a-z and 0-9 only."""
        if (title, section) != (self.title, self.section) or not sub.startswith(self.sub):
            return False
        last, following = self.sub[-1:], sub[len(self.sub) :][:1]
        return not (last.isdigit() and following.isdigit()) and not (last in _ROMAN and following in _ROMAN)


def ruling(rules: Iterable[ChargeRule], title: str | None, section: str, sub: str) -> ChargeRule | None:
    """The rule that decides a charge: the longest subsection that covers it, the last listed among equals."""
    found: ChargeRule | None = None
    for rule in rules:
        if rule.covers(title, section, sub) and (found is None or len(rule.sub) >= len(found.sub)):
            found = rule
    return found
