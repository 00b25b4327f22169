"""A real service as a process, for tests that need one: started, asked, stopped, killed."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from deploy.local.child import Child
from shared.runtime.settings import Settings

ROOT = Path(__file__).parents[2]


class ServiceProcess:
    """`python -m services.<name>` with the given settings."""

    def __init__(self, settings: Settings, log: Path, role: str = "all") -> None:
        self.settings = settings
        self.url = f"http://127.0.0.1:{settings.port}"
        self._child = Child(
            settings.service,
            [sys.executable, "-m", f"services.{settings.service}", "--role", role],
            log=log,
            environment={**os.environ, **_environment(settings), "PYTHONPATH": str(ROOT)},
        )

    def wait_until_ready(self, seconds: float = 180) -> None:
        """Return once /health/ready is 200; raise with the log's tail if that does not come."""
        self._child.wait_until(self._ready, seconds=seconds, what=self.settings.service)

    def wait_until_ended(self, seconds: float = 180) -> None:
        """Return once the process has ended by itself."""
        deadline = time.monotonic() + seconds
        while self.status is None:
            assert time.monotonic() < deadline, "it goes on"
            time.sleep(0.05)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return httpx.get(self.url + path, timeout=10, **options)

    def log(self) -> str:
        return self._child.log.read_text(errors="replace")

    def stop(self) -> None:
        self._child.stop()

    def kill(self) -> None:
        """As by `kill -9`: nothing of it gets to finish."""
        self._child.kill()

    @property
    def status(self) -> int | None:
        return self._child.status

    def _ready(self) -> bool:
        try:
            return self.get("/health/ready").status_code == 200
        except httpx.TransportError:
            return False


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "LEAD_HOME": str(settings.home),
        "LEAD_DATABASE": settings.database,
        "LEAD_DATABASE_NAME": settings.database_name,
        "LEAD_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "LEAD_SECRETS_DIR": str(settings.secrets_dir),
        "LEAD_HOST": settings.host,
        "LEAD_PORT": str(settings.port),
        "LEAD_DEMO": str(settings.demo).lower(),
        "LEAD_TOPIC_PREFIX": settings.topic_prefix,
        "LEAD_LOG_LEVEL": settings.log_level,
        **({"LEAD_DROP_DIR": str(settings.drop_dir)} if settings.drop_dir else {}),
    }
