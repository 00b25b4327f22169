"""Shows people what the launcher does: a line per step with its time, and one sentence when it is ready."""

from __future__ import annotations

import sys
import time

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

_STEPS = {
    "files": "Broker files, each held against its checksum",
    "kafka": "Kafka, with users and grants",
    "postgres": "PostgreSQL, with a database per service",
    "services": "Referral, intake, casework and metrics",
    "demo": "A year of a fictional county",
    "stop": "Stopping everything",
}


class Display:
    """Steps on standard error: moving on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False)
        self._began: dict[str, float] = {}
        self._tasks: dict[str, TaskID] = {}
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓"), TextColumn("{task.description}"), TimeElapsedColumn(),
            console=self.console, disable=not self.console.is_terminal,
        )  # fmt: skip

    def __enter__(self) -> Display:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def tell(self, step: str, word: str) -> None:
        """One thing that happens: `begin` or `done` of a step, or a sentence."""
        title = _STEPS.get(step, step)
        if word == "begin":
            self._began[step] = time.monotonic()
            self._tasks[step] = self._progress.add_task(title, total=1)
        elif word == "done":
            seconds = time.monotonic() - self._began.get(step, time.monotonic())
            if step in self._tasks:
                self._progress.update(self._tasks[step], completed=1)
            if not self.console.is_terminal:
                print(f"  {title}: {seconds:.1f} s", file=sys.stderr, flush=True)
        elif word.startswith("·"):
            if step in self._tasks:
                self._progress.update(self._tasks[step], description=f"{title} {word}")
        else:
            self.console.print(word, style="yellow", markup=False)

    def say(self, sentence: str) -> None:
        """A sentence of its own."""
        self.console.print(sentence, soft_wrap=True)


def ready_sentence(port_base: int, *, demo: bool, detached: bool = False) -> str:
    """What to do next, with the addresses."""
    urls = {name: f"http://127.0.0.1:{port_base + n}" for n, name in enumerate(("r", "i", "c", "m"), start=1)}
    if demo and detached:
        return (
            f"LEAD is ready, and the fictional year is being entered: `lead status` says how far it is. "
            f"Open {urls['c']} and choose “Coordinator”, or {urls['m']} for the public figures. "
            "`lead down` stops all of it."
        )
    if demo:
        return (
            f"LEAD is ready: open {urls['c']} and choose “Coordinator” to meet the county's people, "
            f"and {urls['m']} for its public figures (referral {urls['r']}, intake {urls['i']}). "
            "The first time, the fictional year is entered meanwhile, and pages fill as it comes. "
            "Ctrl-C stops all of it."
        )
    return (
        f"LEAD is ready, without any people in it: referral {urls['r']}, intake {urls['i']}, casework {urls['c']}, "
        f"metrics {urls['m']}."
    )
