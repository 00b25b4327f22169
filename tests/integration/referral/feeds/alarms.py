"""The alarms of the feeds as Prometheus would raise them: a rule's expression over what a registry shows now."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from pathlib import Path

import yaml
from prometheus_client import REGISTRY, CollectorRegistry

RULES = Path(__file__).parents[4] / "deploy/prometheus/feeds.rules.yml"
_LIMIT = re.compile(r'^(\w+)(?:\{(\w+)="(\w+)"\})? ([<>]) ([\d.]+)$')
_ABSENT = re.compile(r"^absent\((\w+)\)$")
_COMPARE: dict[str, Callable[[float, float], bool]] = {"<": operator.lt, ">": operator.gt}


def rules() -> dict[str, str]:
    """Alarms and their expressions."""
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    return {rule["alert"]: rule["expr"] for rule in group["rules"]}


def gauge_of(expr: str) -> str:
    """The gauge an expression is about."""
    found = _ABSENT.match(expr) or _LIMIT.match(expr)
    assert found, f"not a gauge and a limit: {expr}"
    return found[1]


def raised(alarm: str, registry: CollectorRegistry = REGISTRY, **labels: str) -> bool:
    """Whether an alarm is raised, for the series with these labels."""
    expr = rules()[alarm]
    name = gauge_of(expr)
    shown = [sample for family in registry.collect() for sample in family.samples if sample.name == name]
    limit = _LIMIT.match(expr)
    if limit is None:
        return not shown
    wanted = labels | ({limit[2]: limit[3]} if limit[2] else {})
    values = [one.value for one in shown if wanted.items() <= one.labels.items()]
    return any(_COMPARE[limit[4]](value, float(limit[5])) for value in values)
