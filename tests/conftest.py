"""What every test relies on: no setting leaks in from the shell, and what was marked is where it belongs."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

_FOR_TESTS = ("LEAD_TEST_", "LEAD_SHARED_DATA", "LEAD_BROKER_JARS")

# A busy machine is no fault of the code: no deadline. `make test-fast` takes `quick`, `make fuzz` `fuzz`.
settings.register_profile("lead", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("lead"), max_examples=20)
settings.register_profile("fuzz", settings.get_profile("lead"), max_examples=20_000)
settings.load_profile("lead")


@pytest.fixture(autouse=True, scope="session")
def _clean_environment() -> None:
    for name in [name for name in os.environ if name.startswith("LEAD_") and not name.startswith(_FOR_TESTS)]:
        del os.environ[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test's folder is its mark: nobody has to remember it."""
    marks = {"integration": "integration", "system": "integration", "chaos": "integration", "browser": "browser"}
    for item in items:
        parts = item.path.parts
        folder = parts[len(parts) - parts[::-1].index("tests")] if "tests" in parts else ""
        if folder in marks:
            item.add_marker(marks[folder])
