"""One file says what each figure is, and everything that shows figures agrees with it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from services.metrics.domain.counts import Counts
from services.metrics.domain.definitions import DefinitionId
from services.metrics.domain.figure import Figure
from services.metrics.domain.figures import figures
from services.metrics.domain.funnel import PATHWAYS, STAGES
from services.metrics.domain.windows import EVERYBODY, WINDOWS, Tally
from services.metrics.domain.words import missing_words
from services.metrics.gauges import LABELS, families
from services.metrics.handlers import handlers
from services.metrics.store.registry import definitions

SERVICE = Path(__file__).parents[3] / "services" / "metrics"
GAUGE = re.compile(r"lead_[a-z_]+")


def counts() -> Counts:
    """Enough people everywhere that every figure has a value."""
    steps = {(pathway, stage): 200 for pathway in PATHWAYS for stage in STAGES}
    outcomes = {(EVERYBODY, window, "full"): Tally(100) for window in WINDOWS}
    for window in WINDOWS:
        outcomes["any", window, "full"] = Tally(0, 60, 40, 30, 120, 60, 400, 150, 90)
    return Counts(
        date(2026, 11, 1), steps, {"yes": 60, "no": 40, "unknown": 5}, {"yes": 90, "no": 50},
        {"relinquished": 80}, outcomes,
    )  # fmt: skip


@pytest.fixture
def shown() -> list[Figure]:
    return figures(counts(), definitions(), "published")


def test_ids_in_the_code_are_the_ids_in_the_file(shown: list[Figure]) -> None:
    in_file = [definition.id for definition in definitions().definitions]
    assert sorted(in_file) == sorted(get_args(DefinitionId))
    assert {figure.definition for figure in shown} == set(in_file), "every definition has a figure"


def test_every_topic_that_a_definition_names_is_consumed() -> None:
    named = {topic for definition in definitions().definitions for topic in definition.events}
    assert named <= set(handlers.topics)


def test_the_readme_names_every_definition_and_topic() -> None:
    readme = (SERVICE / "README.md").read_text()
    missing = {d.id for d in definitions().definitions if f"`{d.id}`" not in readme}
    assert not missing | {topic for topic in handlers.topics if f"`{topic}`" not in readme}


def test_no_code_is_without_words() -> None:
    assert not missing_words()


def test_gauges_have_base_units_allowed_labels_and_siblings_before_the_unit(shown: list[Figure]) -> None:
    names = []
    for definition in definitions().definitions:
        assert GAUGE.fullmatch(definition.gauge)
        mine = [figure for figure in shown if figure.definition == definition.id and figure.value is not None]
        for family in families(definition, mine):
            names.append(family.name)
            assert family.documentation.startswith(definition.title)
            assert {label for sample in family.samples for label in sample.labels} <= set(LABELS)
    assert "lead_outcome_change_lower_ratio" in names
    assert len(names) == len(set(names))


BEFORE_AFTER = "Before/after, not proof."


def test_sentences_are_whole_and_claim_nothing(shown: list[Figure]) -> None:
    for figure in shown:
        said = figure.sentence
        assert said.endswith(".")
        assert "{" not in said
        assert "  " not in said
        assert not re.search(r"caused|because|thanks to|up to|less likely|\*", said), said
        design = definitions()[figure.definition].design
        if design == "prepost" and figure.value is not None:
            assert BEFORE_AFTER in said


def test_the_sentence_of_the_design(shown: list[Figure]) -> None:
    avoided = next(f for f in shown if f.definition == "outcome_avoided_arrest_ratio")
    assert avoided.sentence == (
        "Of 100 people followed 182 days, 60 (60%, interval 50–69) had no arrest. Data through November 1, 2026."
    )
    change = next(f for f in shown if f.definition == "outcome_change_ratio")
    assert "had 50% fewer arrest days in the 182 days after intake" in change.sentence


def test_with_few_people_no_change_is_published_but_the_team_sees_it() -> None:
    few = Counts(
        date(2026, 11, 1),
        outcomes={
            (EVERYBODY, 182, "full"): Tally(40),
            ("any", 182, "full"): Tally(0, 20, 15, 12, 40, 20, 120, 40, 30),
        },
    )
    for audience, reason in (("published", "not_enough"), ("live", None)):
        made = figures(few, definitions(), audience)  # type: ignore[arg-type]
        change = next(
            f for f in made
            if f.definition == "outcome_change_ratio" and f.labels["window"] == "182" and f.labels["event"] == "any"
        )  # fmt: skip
        assert change.reason == reason


def test_a_source_that_nobody_sends_is_not_measured(shown: list[Figure]) -> None:
    booking = [f for f in shown if f.labels.get("event") == "booking"]
    assert booking
    assert {(f.value, f.reason, f.suppressed) for f in booking} == {(None, "not_measured", False)}
