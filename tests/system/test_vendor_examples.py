"""What the vendors' page shows works as it stands there, and sending it twice counts once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.system.county import County

pytestmark = pytest.mark.integration
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
WAYS = {
    "send.sh": ["sh"],
    "send.py": [sys.executable],
    "send.mjs": ["node"],
}


@pytest.fixture(scope="module")
def key(county: County) -> str:
    made: dict[str, Any] = county.lead("keys", "create", "--agency", "PAPPD0000", "--scope", "ingest,status")
    return str(made["key"])


@pytest.mark.parametrize("name", WAYS)
def test_an_example_sends_an_arrest_and_a_referral_and_may_be_run_again(county: County, key: str, name: str) -> None:
    runner = WAYS[name]
    tools = [runner[0], *(["curl", "sha256sum"] if name == "send.sh" else [])]
    if missing := [tool for tool in tools if shutil.which(tool) is None]:
        pytest.skip(f"{', '.join(missing)} not on this machine: the other examples send the same request")
    environment = {**os.environ, "LEAD_URL": county.url("referral", ""), "LEAD_KEY": key}

    def run(what: str, file: str) -> dict[str, Any]:
        command = [*runner, str(EXAMPLES / name), what, str(EXAMPLES / file)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    for what, file in (("arrests", "arrest.json"), ("referrals", "referral.json")):
        first = run(what, file)
        assert first == run(what, file)
        assert len(first["results"]) == 1
        assert first["results"][0]["source_record_id"].startswith("MADE-UP-")
