"""What the answers of a finished interview say: baselines, needs, goals, the person's own description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.intake.domain.answers import Value
from services.intake.domain.instrument import REFUSED, Instrument
from shared.contracts.codes import Demographics

SENSITIVE = frozenset({"substance_use", "wellbeing"})
"""Domains published only under a live consent for evaluation."""


@dataclass(frozen=True)
class Baseline:
    """One domain's status. `asked` is false when the question was skipped; a refusal was asked."""

    domain: str
    value: str
    asked: bool


@dataclass(frozen=True)
class Findings:
    """One assessment: answers that may travel together."""

    part2: bool
    answers: dict[str, Any]
    needs: tuple[str, ...]
    goals: tuple[str, ...]


def baselines(instrument: Instrument, answers: Mapping[str, Value]) -> list[Baseline]:
    """A row per status domain of the instrument, also where nothing was said: a gap is recorded, never filled."""
    found = []
    for question in instrument.questions():
        if question.status is None:
            continue
        value = answers.get(question.id)
        said = value if isinstance(value, str) and value != REFUSED else None
        reason = "refused" if value == REFUSED else "not_asked"
        found.append(Baseline(question.status, said or reason, asked=value is not None))
    return found


def findings(instrument: Instrument, answers: Mapping[str, Value]) -> list[Findings]:
    """The answers as up to two assessments: treatment information (42 CFR Part 2) always apart."""
    found = []
    for part2 in (False, True):
        mine = [q for q in instrument.questions() if q.part2 is part2 and answers.get(q.id) is not None]
        if not mine:
            continue
        needs = [
            need
            for question in mine
            for need, codes in question.need.items()
            if set(codes) & set(_chosen(answers[question.id]))
        ]
        goals = [str(answers[q.id]) for q in mine if q.goal and answers[q.id] != REFUSED]
        said = {q.id: ("refused" if answers[q.id] == REFUSED else answers[q.id]) for q in mine}
        found.append(Findings(part2, said, tuple(dict.fromkeys(needs)), tuple(goals)))
    return found


def self_reported(
    instrument: Instrument, answers: Mapping[str, Value], birth_date: date | None, on: date
) -> Demographics | None:
    """How the person describes themselves, or nothing if they said nothing."""
    about = {
        question.about: value
        for question in instrument.questions()
        if question.about and isinstance(value := answers.get(question.id), str) and value != REFUSED
    }
    if not about:
        return None
    return Demographics.model_validate(
        {**about, "age": age(birth_date, on) if birth_date else None, "race_source": "self_reported"}
    )


def age(born: date, on: date) -> int:
    """Full years; who was born on 29 February turns a year older on 1 March."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _chosen(value: Value) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []
