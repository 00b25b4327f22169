"""The answers of one part of an interview, each with all it ever was.

Two people, or two tabs, may write at once: different questions merge, the same question is put before the person
with both values. Nothing is overwritten without being shown, and what was replaced stays in the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from services.intake.domain.instrument import REFUSED, Question

Value = str | list[str] | None


class Entry(BaseModel):
    """What a question held from row version `since` on. `kept` marks a value that lost a conflict."""

    since: int
    value: Value = None
    by: str
    at: str
    kept: bool = False


class Sheet(BaseModel):
    """The saved answers of one part."""

    entries: dict[str, list[Entry]] = {}

    def value(self, question_id: str, at_version: int | None = None) -> Value:
        """The value now, or as someone saw it who read row version `at_version`."""
        seen = [
            entry
            for entry in self.entries.get(question_id, [])
            if not entry.kept and (at_version is None or entry.since <= at_version)
        ]
        return seen[-1].value if seen else None

    def values(self) -> dict[str, Value]:
        found = {question_id: self.value(question_id) for question_id in self.entries}
        return {question_id: value for question_id, value in found.items() if value not in (None, "", [])}

    def lost(self, question_id: str, by: str) -> Value:
        """What someone last typed here that lost a conflict."""
        kept = [entry for entry in self.entries.get(question_id, []) if entry.kept and entry.by == by]
        return kept[-1].value if kept else None

    def note(self, question_id: str, entry: Entry) -> None:
        self.entries.setdefault(question_id, []).append(entry)


@dataclass(frozen=True)
class Clash:
    """The same question, changed on both sides since `mine` was read."""

    question_id: str
    mine: Value
    theirs: Value


@dataclass(frozen=True)
class Merge:
    changes: dict[str, Value] = field(default_factory=dict)
    clashes: tuple[Clash, ...] = ()


def merge(sheet: Sheet, sent: Mapping[str, Value], read_version: int) -> Merge:
    """What to write of a form that was read at `read_version`."""
    changes: dict[str, Value] = {}
    clashes: list[Clash] = []
    for question_id, mine in sent.items():
        theirs, base = sheet.value(question_id), sheet.value(question_id, read_version)
        if _same(mine, theirs) or _same(mine, base):
            continue
        if _same(theirs, base):
            changes[question_id] = mine
        else:
            clashes.append(Clash(question_id, mine, theirs))
    return Merge(changes, tuple(clashes))


def _same(one: Value, other: Value) -> bool:
    return (one or None) == (other or None)


def read_form(
    questions: Iterable[Question], form: Mapping[str, Any], lists: Mapping[str, list[str]]
) -> dict[str, Value]:
    """The answers in a posted form; fields are `q_<question id>`. Raises ValueError naming an unknown choice.

    A question the form does not show (no field `has_<id>` and no value) is left as it is.
    """
    found: dict[str, Value] = {}
    for question in questions:
        name = f"q_{question.id}"
        if name not in form and f"has_{question.id}" not in form:
            continue
        found[question.id] = _read(question, str(form.get(name, "")), lists.get(name, []))
    return found


def _read(question: Question, single: str, several: list[str]) -> Value:
    if REFUSED in several or single == REFUSED:
        return REFUSED
    if question.kind == "words":
        return single.strip() or None
    chosen = [code for code in several if code]
    unknown = [code for code in chosen if code not in question.codes]
    if unknown:
        raise ValueError(question.id)
    if question.kind == "many":
        return chosen or None
    return chosen[-1] if chosen else None
