"""Instruments: the questions of an interview, as versioned data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["en", "es"]
REFUSED = "__refused"
"""What a question holds when the person would rather not say. It counts as asked and answered."""


class Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(Data):
    """One text in both languages."""

    en: str
    es: str

    def of(self, language: str) -> str:
        return self.es if language == "es" else self.en


class Option(Words):
    code: str


class Question(Data):
    """`status`, `need`, `about`, `goal` and `part2` say what an answer is used for."""

    id: str
    kind: Literal["one", "many", "words"]
    text: Words
    options: tuple[Option, ...] = ()
    status: str | None = None
    need: Mapping[str, tuple[str, ...]] = {}
    about: Literal["race", "ethnicity", "sex"] | None = None
    goal: bool = False
    part2: bool = False

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(option.code for option in self.options)

    def shown(self, value: object, language: str = "en") -> str:
        """An answer in words, for reading it back."""
        if value == REFUSED:
            return "Rather not say"
        if self.kind == "words":
            return str(value)
        chosen = value if isinstance(value, list) else [value]
        return ", ".join(option.of(language) for option in self.options if option.code in chosen)


class Section(Data):
    id: str
    title: Words
    questions: tuple[Question, ...]


class Part(Data):
    number: Literal[1, 2]
    title: Words
    sections: tuple[Section, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(question for section in self.sections for question in section.questions)

    def section(self, section_id: str) -> Section:
        """The named section, or the first."""
        return next((one for one in self.sections if one.id == section_id), self.sections[0])

    def after(self, section: Section) -> Section | None:
        rest = self.sections[self.sections.index(section) + 1 :]
        return rest[0] if rest else None

    def before(self, section: Section) -> Section | None:
        place = self.sections.index(section)
        return self.sections[place - 1] if place else None


class Instrument(Data):
    """One version of one interview. A started interview keeps its version."""

    instrument: str
    version: int
    kind: Literal["full", "update"]
    minutes: int
    parts: tuple[Part, Part]

    def part(self, number: int) -> Part:
        return self.parts[0] if number == 1 else self.parts[1]

    def questions(self) -> Iterator[Question]:
        for part in self.parts:
            yield from part.questions
