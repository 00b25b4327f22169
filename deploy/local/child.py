"""One part of the local system as a child that cannot outlive the launcher."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

KEEPER = Path(__file__).with_name("keeper.py")


class StartError(Exception):
    """A part did not start; the message says what happened and what to do."""


class Child:
    """A running command under its keeper. `tied=False` lets it outlive this process."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        stop_signal: str = "TERM",
        grace: float = 20,
        user: str | None = None,
        tied: bool = True,
    ) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log_start = log.stat().st_size if log.exists() else 0
        keeper = [sys.executable, "-I", "-S", str(KEEPER), "--signal", stop_signal, "--grace", str(grace)]
        if user:
            keeper += ["--user", user]
        reader, self._pipe = os.pipe()
        with log.open("ab") as output:
            self._keeper = subprocess.Popen(
                [*keeper, "--", *command],
                stdin=reader,
                stdout=output,
                stderr=output,
                env=dict(os.environ if environment is None else environment),
                start_new_session=True,
                pass_fds=() if tied else (self._pipe,),
            )
        os.close(reader)
        self.pid = self._keeper.pid
        self._grace = grace

    @property
    def status(self) -> int | None:
        """Exit status, or None while it runs."""
        return self._keeper.poll()

    def wait_until(self, ready: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Wait for a condition; raise StartError when the child ends first or the time is over."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self.status is not None:
                raise StartError(f"{what} ended with status {self.status}.\n{self.tail()}")
            if time.monotonic() > deadline:
                raise StartError(f"{what} was not ready after {seconds:.0f} s.\n{self.tail()}")
            time.sleep(0.05)

    def tail(self, lines: int = 15) -> str:
        """The end of what it logged since its start."""
        with self.log.open("rb") as file:
            file.seek(max(self._log_start, self.log.stat().st_size - 16384))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])

    def ask_to_stop(self) -> None:
        """Begin a gentle stop, without waiting for its end."""
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1

    def stop(self) -> None:
        """Stop gently, by force after the grace, and wait for the end."""
        self.ask_to_stop()
        try:
            self._keeper.wait(self._grace + 5)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the command and its keeper at once, as by `kill -9`; where there is no /proc, the keeper alone."""
        for pid in self._commands():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._keeper.send_signal(signal.SIGKILL)
        self._keeper.wait()

    def _commands(self) -> list[int]:
        """What the keeper started. Its death would only ask the command to stop."""
        try:
            return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]
        except FileNotFoundError:
            return []
