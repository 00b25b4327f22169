"""A whole running system for a test: started, driven and stopped by the `lead` command, as its users do."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

SERVICES = ("referral", "intake", "casework", "metrics")
OFFSETS = (1, 2, 3, 4, 92, 93)
LEAD = Path(sys.executable).with_name("lead")


class County:
    """One `LEAD_HOME` with its own ports. `lead(...)` runs the command against it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port_base = free_port_base()
        self.environment = {
            **os.environ,
            "LEAD_HOME": str(home),
            "LEAD_PORT_BASE": str(self.port_base),
            # Personas without the fictional year.
            "LEAD_DEMO": "true",
        }

    def url(self, service: str, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port_base + SERVICES.index(service) + 1}{path}"

    def run(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(LEAD), *arguments], env=self.environment, capture_output=True, text=True, timeout=timeout, check=False
        )

    def lead(self, *arguments: str, timeout: float = 300) -> Any:
        """Run a command that must succeed; its JSON (one object, or a list of objects for JSON lines)."""
        done = self.run(*arguments, timeout=timeout)
        assert done.returncode == 0, f"lead {' '.join(arguments)} exited {done.returncode}: {done.stderr[-3000:]}"
        text = done.stdout.strip()
        if not text:
            return None
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            return [json.loads(line) for line in text.splitlines()]

    def up(self, *options: str) -> None:
        self.lead("up", "--detach", *options)

    def down(self) -> None:
        self.run("down")

    def signed_in(self, service: str, persona: str) -> httpx.Client:
        client = httpx.Client(base_url=self.url(service), timeout=20, follow_redirects=False)
        answer = client.post("/sign-in/demo", data={"persona": persona})
        assert answer.status_code == 303, answer.text[:500]
        return client

    def operator(self) -> httpx.Client:
        token = (self.home / "secrets" / "referral" / "operator.token").read_text().strip()
        return httpx.Client(base_url=self.url("referral"), timeout=30, headers={"Authorization": f"Bearer {token}"})


def free_port_base() -> int:
    """A base with all the ports of `interfaces` free; found by asking, never fixed."""
    for base in range(20100 + os.getpid() % 97 * 100, 60000, 200):
        if all(_free(base + offset) for offset in OFFSETS):
            return base
    raise RuntimeError("no free range of ports on this machine")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
