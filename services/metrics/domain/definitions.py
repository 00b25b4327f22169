"""What a figure is: the model of `definitions.yaml`, from which API, Prometheus help and pages are made."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

DefinitionId = Literal[
    "funnel_persons",
    "funnel_step_ratio",
    "funnel_reached_ratio",
    "stops_offered_ratio",
    "charges_diverted",
    "outcome_cohort_persons",
    "outcome_avoided_arrest_ratio",
    "outcome_mean_arrests",
    "outcome_change_ratio",
    "outcome_linked_arrests_ratio",
]
"""Ids as a type, so that a misspelt figure fails the type check; a test holds it against the file."""


class Definition(BaseModel):
    """One figure, in words and rules. `answers` names the claims of other programmes it can be held against."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: DefinitionId
    version: int
    title: str
    gauge: str
    unit: Literal["persons", "ratio", "arrests", "charges"]
    formula: str
    numerator: str
    denominator: str
    window: str
    anchor: str
    event: str
    exclusions: str
    design: Literal["single", "prepost", "between", "did"]
    estimator: str
    interval: str
    min_n: int
    suppression: str
    sentence: str
    events: tuple[str, ...]
    answers: tuple[str, ...] = ()


class Registry(BaseModel):
    """All definitions and the version of their whole."""

    model_config = ConfigDict(frozen=True)

    version: int
    definitions: tuple[Definition, ...]

    def __getitem__(self, name: DefinitionId) -> Definition:
        return next(d for d in self.definitions if d.id == name)


def registry(content: Any) -> Registry:
    """The registry from the parsed YAML. Raises ValidationError that names every fault."""
    return Registry.model_validate(content)
