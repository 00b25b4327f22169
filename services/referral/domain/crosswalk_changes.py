"""Changes of the crosswalk: rows added, replaced, ended, or confirmed as they are, from a civil day on.

Each row carries what its proposer saw (`before`), so that nothing adopted meanwhile is overwritten unseen, and both
reviewers see the same two things side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.referral.domain.crosswalk import Key
from services.referral.domain.dated_change import DatedChange
from services.referral.domain.listed_row import ListedRow

Act = Literal["add", "replace", "confirm", "end"]
MOST_ROWS = 200


@dataclass(frozen=True)
class Adoption:
    """That a change was adopted: `edition` is its place in the order of adoption; two people's names."""

    edition: int
    change_id: UUID
    proposed_name: str
    decided_name: str


class RowChange(BaseModel):
    """One row: as it was (None: it is new) and as it will be (None: it ends)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    before: ListedRow | None = None
    after: ListedRow | None = None

    @model_validator(mode="after")
    def _one_row(self) -> Self:
        if len({row.key for row in (self.before, self.after) if row}) != 1:
            raise ValueError("A change of a row keeps its title, section and subsection.")
        return self

    @property
    def key(self) -> Key:
        row = self.after or self.before
        assert row is not None
        return row.key

    @property
    def act(self) -> Act:
        if self.before is None:
            return "add"
        if self.after is None:
            return "end"
        return "confirm" if self.after == self.before else "replace"


class CrosswalkChange(DatedChange):
    """Rows from a civil day on. Two people stand behind an adopted one: they are the reviewers of its rows."""

    kind: Literal["crosswalk"] = "crosswalk"
    rows: tuple[RowChange, ...] = Field(min_length=1, max_length=MOST_ROWS)
    adopted: Adoption | None = Field(default=None, exclude=True)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({row.key for row in self.rows}) != len(self.rows):
            raise ValueError("A row stands once in a change.")
        return self
