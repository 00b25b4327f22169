"""Counts the facts of a topic as they come, and says when the last of so many was there."""

from __future__ import annotations

import subprocess
import threading
import time
from types import TracebackType
from typing import Self

from tests.system.county import LEAD, County


class Facts:
    """A reader of one topic from its beginning, in a process of its own."""

    def __init__(self, county: County, topic: str) -> None:
        self._process = subprocess.Popen(
            [str(LEAD), "consume", topic, "--from-beginning"],
            env=county.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._seen = 0
        self._wanted = 0
        self._last = 0.0
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._reader.join(20)

    def expect(self, more: int) -> None:
        """So many more facts than expected before."""
        self._wanted += more

    def wait(self, seconds: float) -> float:
        """When (`time.perf_counter`) the last expected fact came."""
        with self._news:
            if not self._news.wait_for(lambda: self._seen >= self._wanted, seconds):
                raise SystemExit(f"{self._seen} of {self._wanted} facts after {seconds} s")
            return self._last

    def _read(self) -> None:
        assert self._process.stdout is not None
        for _ in self._process.stdout:
            with self._news:
                self._seen += 1
                self._last = time.perf_counter()
                self._news.notify_all()
