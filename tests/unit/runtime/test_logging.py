"""A log line cannot carry identity, whoever writes it."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest

from shared.runtime.logging import RateLimit

PROGRAM = """
import logging, structlog
from shared.runtime.logging import configure
configure("intake", "web")
ours = structlog.get_logger("lead.test")
ours.info("batch applied", rows=3, topic="contact-logged")
ours.info("person linked", names=["Marlow"], rows=1)
try:
    raise ValueError("Marlow Sampleton, born 1990-01-01")
except ValueError:
    ours.error("request failed", exc_info=True)
logging.getLogger("somelib").warning("bad value %s", "Marlow")
logging.getLogger("somelib").warning("bad value " + "Marlow")
"""


@pytest.fixture(scope="module")
def lines() -> list[dict[str, object]]:
    """The log lines of a process of its own: logging is configured once, for a whole process."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Marlow" not in done.stdout
    return [json.loads(line) for line in done.stdout.splitlines()]


Lines = list[dict[str, object]]


def test_a_line_is_json_with_service_and_role(lines: Lines) -> None:
    assert lines[0] | {"time": ""} == {
        "time": "", "level": "info", "event": "batch applied", "rows": 3, "topic": "contact-logged",
        "logger": "lead.test", "service": "intake", "role": "web",
    }  # fmt: skip


def test_a_field_that_is_not_on_the_list_is_dropped_and_named(lines: Lines) -> None:
    assert (lines[1]["rows"], lines[1]["dropped"]) == (1, ["names"])


def test_an_error_is_told_by_type_and_place_never_by_message(lines: Lines) -> None:
    assert lines[2]["error"] == "ValueError"
    assert lines[2]["at"] == ["<string>:9 <module>"]


def test_an_unknown_library_keeps_its_template_only(lines: Lines) -> None:
    assert [line["template"] for line in lines[3:]] == ["bad value %s", "(no template)"]


def test_a_flood_of_one_template_is_held_back() -> None:
    limit = RateLimit()
    record = logging.LogRecord("aiokafka.conn", logging.ERROR, "", 0, "Unable connect to %s", ("node",), None)
    assert sum(limit.filter(record) for _ in range(500)) == 5
    ours = logging.LogRecord("lead.relay", logging.INFO, "", 0, "sent", (), None)
    assert all(limit.filter(ours) for _ in range(500))
