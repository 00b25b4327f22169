"""What every change of the policy has: a first day; and the error of one that does not fit."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class ChangeError(ValueError):
    """The change does not fit the policy it would change; `field` names what to mend."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class DatedChange(BaseModel):
    """A change that holds from a civil day on."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)

    from_: date = Field(alias="from")
