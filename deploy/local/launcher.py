"""Starts the whole system on this machine, keeps it running, and ends all of it with itself."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import httpx

from deploy.local import broker, databases, places, ports, postgres, state
from deploy.local.child import Child, StartError
from deploy.local.local_secrets import LocalSecrets
from deploy.local.state import Part, State
from shared.contracts.topics import topics
from shared.runtime import topics as broker_topics
from shared.runtime.settings import SERVICES

Tell = Callable[[str, str], None]
"""(step, word): shows people what happens; the word is `begin`, `done` or a sentence."""
_BACKOFF = (0.2, 1, 2, 5, 10, 30)
_STEADY_SECONDS = 60
_LARGEST_LOG = 20_000_000


@dataclass
class _Kept:
    """A part that is started again when it ends."""

    start: Callable[[], Child]
    child: Child
    began: float = field(default_factory=time.monotonic)
    failures: int = 0
    again_at: float | None = None


class Launcher:
    """One home folder's system. `run` returns when it was asked to stop; nothing of it is left then."""

    def __init__(self, home: Path, port_base: int, *, demo: bool, tell: Tell) -> None:
        self.home = places.open_home(home)
        self.ports = ports.of(port_base)
        self.demo = demo
        self.tell = tell
        self.state = State(os.getpid(), port_base, demo)
        self._kept: dict[str, _Kept] = {}
        self._story: Child | None = None
        self._story_line = ""
        self._asked_to_stop = False
        # Broker and database start in threads of their own, and each tells its state.
        self._saving = threading.Lock()
        self._lock = state.lock(self.home)
        if self._lock is None:
            raise StartError(f"LEAD already runs from {self.home}: see `lead status`, or end it with `lead down`.")

    def run(self, on_ready: Callable[[], None]) -> int:
        """Start everything, call `on_ready`, and keep it running until SIGTERM, SIGINT or SIGHUP."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop_soon)
        try:
            self._start_all()
            self._phase("ready")
            on_ready()
            self._keep_running()
        except _Stopped:
            pass
        finally:
            self._end_all()
        return 0

    def _start_all(self) -> None:
        self._wait_for_the_former_run()
        ports.require_free(self.state.port_base)
        for service in state.resting(self.home):
            state.rest(self.home, service, False)
        self._shorten_logs()
        secrets = LocalSecrets.make(self.home)
        environment = self._environment()
        with ThreadPoolExecutor(2) as pool:
            kafka = pool.submit(self._start_kafka, secrets)
            database = pool.submit(self._start_postgres, secrets)
            environment["LEAD_DATABASE"] = database.result()
            kafka.result()
        self.tell("services", "begin")
        for service in SERVICES:
            self._keep(service, lambda service=service: self._service(service, environment))  # type: ignore[misc]
        for service in SERVICES:
            child = self._kept[service].child
            child.wait_until(lambda service=service: self._ready(service), seconds=180, what=service)  # type: ignore[misc]
            self._part(service, "running")
        self.tell("services", "done")
        if self.demo:
            self._tell_the_story(environment)

    def _start_kafka(self, secrets: LocalSecrets) -> None:
        self.tell("kafka", "begin")

        def start() -> Child:
            return broker.start(self.home, self.ports["kafka"], secrets)[0]

        self._keep("kafka", start)
        reached = broker.administrator(self.ports["kafka"], secrets)
        passwords = {name: secrets.read(f"{name}/kafka-password") for name in SERVICES}
        broker_topics.apply(reached, topics().values(), passwords)
        self._part("kafka", "running")
        self.tell("kafka", "done")

    def _start_postgres(self, secrets: LocalSecrets) -> str:
        url = os.environ.get("LEAD_DATABASE", "")
        if url:
            asyncio.run(databases.provision(url, secrets))
            return url
        self.tell("postgres", "begin")
        postgres.initialise(self.home, secrets)
        self._keep("postgres", lambda: postgres.start(self.home, secrets)[0])
        url = postgres.address(self.home)
        asyncio.run(databases.provision(url, secrets))
        self._part("postgres", "running")
        self.tell("postgres", "done")
        return url

    def _service(self, service: str, environment: dict[str, str]) -> Child:
        own = {"LEAD_SECRETS_DIR": str(self.home / "secrets" / service)}
        return Child(
            service,
            [sys.executable, "-m", f"services.{service}"],
            log=self.home / "logs" / f"{service}.log",
            environment={**environment, **own},
        )

    def _tell_the_story(self, environment: dict[str, str]) -> None:
        """The fictional county's data; people may look at the pages while it comes in."""
        self.tell("demo", "begin")
        self._part("demo", "running")
        self._story = Child(
            "demo", [sys.executable, "-m", "deploy.simulator"], log=self.home / "logs" / "demo.log",
            environment=environment,
        )  # fmt: skip

    def _keep_running(self) -> None:
        while not self._asked_to_stop:
            time.sleep(0.2)
            resting = state.resting(self.home)
            for name, kept in self._kept.items():
                self._look_after(name, kept, name in resting)
            self._look_at_the_story()

    def _look_after(self, name: str, kept: _Kept, resting: bool) -> None:
        part = self.state.parts[name]
        if resting:
            if part.state != "stopped":
                kept.child.stop()
                kept.again_at, kept.failures = None, 0
                self._part(name, "stopped")
            return
        if part.state == "stopped":
            self._start_again(name, kept)
        elif kept.again_at is not None:
            if time.monotonic() >= kept.again_at:
                self.state.parts[name].restarts += 1
                self._start_again(name, kept)
        elif kept.child.status is not None:
            steady = time.monotonic() - kept.began > _STEADY_SECONDS
            kept.failures = 0 if steady else kept.failures + 1
            kept.again_at = time.monotonic() + _BACKOFF[min(kept.failures, len(_BACKOFF) - 1)]
            self._part(name, "restarting")
            self.tell(name, f"{name} ended with status {kept.child.status}; it is started again")

    def _start_again(self, name: str, kept: _Kept) -> None:
        try:
            kept.child = kept.start()
        except StartError as error:
            kept.failures += 1
            kept.again_at = time.monotonic() + _BACKOFF[min(kept.failures, len(_BACKOFF) - 1)]
            self.tell(name, str(error))
            return
        kept.began, kept.again_at = time.monotonic(), None
        self._part(name, "running")

    def _look_at_the_story(self) -> None:
        if self._story is None:
            return
        if self._story.status is None:
            line = self._story.tail(1)
            if line != self._story_line:
                self._story_line = line
                self.tell("demo", f"· {line}")
            return
        if self._story.status == 0:
            self._part("demo", "done")
            self.tell("demo", "done")
        else:
            self._part("demo", "failed")
            self.tell("demo", f"the demo data stopped early: see {self._story.log}\n{self._story.tail(5)}")
        self._story = None

    def _keep(self, name: str, start: Callable[[], Child]) -> None:
        if self._asked_to_stop:
            raise _Stopped
        self._part(name, "starting")
        self._kept[name] = _Kept(start, start())
        self._part(name, "starting")

    def _part(self, name: str, word: str) -> None:
        with self._saving:
            known = self.state.parts.setdefault(name, Part(word))
            known.state = word
            kept = self._kept.get(name)
            known.pid = kept.child.pid if kept and word in ("running", "starting") else None
            state.save(self.home, self.state)

    def _phase(self, phase: str) -> None:
        with self._saving:
            self.state.phase = phase
            state.save(self.home, self.state)

    def _ready(self, service: str) -> bool:
        if self._asked_to_stop:
            raise _Stopped
        try:
            return httpx.get(f"http://127.0.0.1:{self.ports[service]}/health/ready", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def _environment(self) -> dict[str, str]:
        demo = "true" if self.demo else os.environ.get("LEAD_DEMO", "false")
        told = {"LEAD_HOME": self.home, "LEAD_PORT_BASE": self.state.port_base, "LEAD_DEMO": demo}
        return {**os.environ, **{name: str(value) for name, value in told.items()}, "PYTHONUNBUFFERED": "1"}

    def _end_all(self) -> None:
        """Services first, so that they can say goodbye to broker and database."""
        self._phase("stopping")
        self.tell("stop", "begin")
        first = [self._kept[s].child for s in SERVICES if s in self._kept]
        first += [self._story] if self._story else []
        for wave in (first, [kept.child for kept in self._kept.values()]):
            for child in wave:
                child.ask_to_stop()
            for child in wave:
                child.stop()
        (self.home / "launcher.json").unlink(missing_ok=True)
        self.tell("stop", "done")

    def _wait_for_the_former_run(self) -> None:
        """After a `kill -9` the keepers need a moment to end what that launcher had started."""
        try:
            former = json.loads((self.home / "launcher.json").read_text())
        except (OSError, ValueError):
            return
        deadline = time.monotonic() + 30
        pids = [part["pid"] for part in former.get("parts", {}).values() if part.get("pid")]
        while any(_is_keeper(pid) for pid in pids) and time.monotonic() < deadline:
            time.sleep(0.1)

    def _shorten_logs(self) -> None:
        for log in (self.home / "logs").glob("*.log"):
            if log.stat().st_size > _LARGEST_LOG:
                log.replace(log.with_suffix(".log.1"))

    def _stop_soon(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_stop = True


class _Stopped(Exception):
    """Asked to stop while still starting."""


def _is_keeper(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
