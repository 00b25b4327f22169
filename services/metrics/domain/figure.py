"""One figure as it leaves the service: value, counts, interval, definition, and the sentence to quote."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict

from services.metrics.domain.definitions import DefinitionId
from services.metrics.domain.intervals import Interval


class Figure(BaseModel):
    """`labels` say which figure of its definition it is; `reason` says why `value` is absent."""

    model_config = ConfigDict(frozen=True)

    definition: DefinitionId
    definition_version: int
    labels: dict[str, str]
    unit: str
    value: float | None = None
    numerator: int | None = None
    denominator: int | None = None
    interval: Interval | None = None
    as_of: date
    suppressed: bool = False
    reason: str | None = None
    sentence: str = ""
