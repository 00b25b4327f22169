"""The architecture's rules hold in this checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture import rules

ROOT = Path(__file__).resolve().parents[2]


def test_no_service_imports_another_layers_hold_and_the_domain_is_pure() -> None:
    assert rules.imports(ROOT) == []


@pytest.mark.parametrize(
    "rule",
    [rules.http_between_services, rules.clocks_in_domain, rules.shape, rules.app_only_wires],
    ids=lambda rule: rule.__name__,
)
def test_rule(rule) -> None:  # type: ignore[no-untyped-def]
    assert rule(ROOT) == []


def test_no_identity_and_no_free_text_on_an_open_topic() -> None:
    assert rules.identity_on_open_topics() == []
