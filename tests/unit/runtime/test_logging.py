"""A log line cannot carry identity, whoever writes it."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import textwrap

from shared.runtime.logging import RateLimit


def lines_of(code: str) -> list[dict[str, object]]:
    """The log lines of a process that runs this code after configuring its logging."""
    program = "import logging, structlog\nfrom shared.runtime.logging import configure\nconfigure('intake', 'web')\n"
    done = subprocess.run([sys.executable, "-c", program + textwrap.dedent(code)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_line_is_json_with_service_and_role() -> None:
    (line,) = lines_of("structlog.get_logger('lead.test').info('batch applied', rows=3, topic='contact-logged')")
    assert line | {"time": ""} == {
        "time": "", "level": "info", "event": "batch applied", "rows": 3, "topic": "contact-logged",
        "logger": "lead.test", "service": "intake", "role": "web",
    }  # fmt: skip


def test_a_field_that_is_not_on_the_list_is_dropped_and_named() -> None:
    (line,) = lines_of("structlog.get_logger('lead.test').info('person linked', names=['Marlow'], rows=1)")
    assert "Marlow" not in json.dumps(line)
    assert line["dropped"] == ["names"]


def test_an_error_is_told_by_type_and_place_never_by_message() -> None:
    (line,) = lines_of(
        """
        try:
            raise ValueError("Marlow Sampleton, born 1990-01-01")
        except ValueError:
            structlog.get_logger('lead.test').error('request failed', exc_info=True)
        """
    )
    assert "Marlow" not in json.dumps(line)
    assert line["error"] == "ValueError"
    assert line["at"]


def test_an_unknown_library_keeps_its_template_only() -> None:
    first, second = lines_of(
        """
        logging.getLogger('somelib').warning('bad value %s', 'Marlow')
        logging.getLogger('somelib').warning('bad value ' + 'Marlow')
        """
    )
    assert first["template"] == "bad value %s"
    assert "Marlow" not in json.dumps([first, second])


def test_a_flood_of_one_template_is_held_back() -> None:
    limit = RateLimit()
    record = logging.LogRecord("aiokafka.conn", logging.ERROR, "", 0, "Unable connect to %s", ("node",), None)
    assert sum(limit.filter(record) for _ in range(500)) == 5
    ours = logging.LogRecord("lead.relay", logging.INFO, "", 0, "sent", (), None)
    assert all(limit.filter(ours) for _ in range(500))
