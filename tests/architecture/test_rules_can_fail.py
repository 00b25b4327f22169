"""Each rule's check, shown to fail where the rule is broken: a check that cannot fail proves nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from shared.contracts import CONTRACTS
from shared.contracts.envelope import Event
from tests.architecture import rules

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the source that a test may break."""
    for folder in ("services", "shared", "deploy"):
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "static", "schemas")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def append(checkout: Path, file: str, text: str) -> None:
    path = checkout / file
    path.write_text((path.read_text() if path.exists() else "") + "\n" + text + "\n")


@pytest.mark.parametrize(
    ("broken", "file", "line"),
    [
        ("a service imports another", "services/intake/handlers.py", "import services.casework.domain"),
        ("a domain imports the database library", "services/casework/domain/caseload.py", "import sqlalchemy"),
        ("a domain imports its store", "services/casework/domain/caseload.py", "import services.casework.store"),
        ("a store imports a page", "services/intake/store/__init__.py", "import services.intake.pages"),
        ("shared code imports a service", "shared/web/pages.py", "import services.intake.domain"),
    ],
)
def test_import_rules_are_seen_broken(checkout: Path, broken: str, file: str, line: str) -> None:
    append(checkout, file, line)
    assert rules.imports(checkout), broken


@pytest.mark.parametrize(
    ("rule", "file", "line"),
    [
        (rules.http_between_services, "services/casework/handlers.py", "import httpx"),
        (rules.http_between_services, "shared/messaging/inbox.py", "from urllib.request import urlopen"),
        (rules.clocks_in_domain, "services/referral/domain/due_day.py", "X = datetime.now()"),
        (rules.clocks_in_domain, "services/intake/domain/__init__.py", "from uuid import uuid4\nX = uuid4()"),
        (rules.app_only_wires, "services/metrics/app.py", "Q = 'select 1 from own.snapshot'"),
    ],
)
def test_source_rules_are_seen_broken(checkout: Path, rule: Callable[[Path], list[str]], file: str, line: str) -> None:
    before = rule(checkout)
    append(checkout, file, line)
    assert len(rule(checkout)) > len(before)


def test_a_missing_room_is_seen(checkout: Path) -> None:
    shutil.rmtree(checkout / "services" / "metrics" / "domain")
    assert any("services/metrics/domain" in breach for breach in rules.shape(checkout))


def test_identity_on_an_open_topic_is_seen() -> None:
    class Leaky(CONTRACTS["contact-logged"]):  # type: ignore[misc,valid-type]
        topic = "leaky"
        last_name: str

    try:
        assert any("last_name" in breach for breach in rules.identity_on_open_topics({"leaky": Leaky}))
    finally:
        CONTRACTS.pop("leaky", None)


def test_free_text_on_an_open_topic_is_seen() -> None:
    class Chatty(Event):
        topic = "chatty"
        key = ("contact_id",)
        contact_id: UUID
        remark: str

    try:
        assert any("remark" in breach for breach in rules.identity_on_open_topics({"chatty": Chatty}))
    finally:
        CONTRACTS.pop("chatty", None)
