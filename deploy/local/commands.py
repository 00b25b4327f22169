"""`lead up`, `status`, `logs`, `stop`, `start` and `down`: the system on this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.local import ports, state
from deploy.local.child import StartError
from shared.runtime.cli.answers import fail, home, port_base, show
from shared.runtime.settings import SERVICES

_SECONDS_TO_END = 90


def register(app: typer.Typer) -> None:
    """Add these commands to `lead`."""
    for command in (up, status, logs, stop, start, down):
        app.command()(command)


def up(
    demo: Annotated[bool, typer.Option(help="with the fictional county's data and sign-in")] = True,
    detach: Annotated[bool, typer.Option(help="return once everything is ready")] = False,
) -> None:
    """Start Kafka, PostgreSQL and the four services."""
    if detach:
        _up_detached(demo)
    else:
        _up_here(demo)


def _up_here(demo: bool) -> None:
    from deploy.local import jars
    from deploy.local.display import Display, ready_sentence
    from deploy.local.launcher import Launcher

    with Display() as display:
        try:
            display.tell("files", "begin")
            jars.ensure()
            display.tell("files", "done")
            launcher = Launcher(home(), port_base(), demo=demo, tell=display.tell)
            launcher.run(lambda: display.say(ready_sentence(port_base(), demo=demo)))
        except StartError as error:
            fail(str(error))


def _up_detached(demo: bool) -> None:
    """A launcher in a session of its own tells by a pipe what happens, until it is ready or has failed."""
    from deploy.local.display import Display, ready_sentence

    log = home() / "logs" / "launcher.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    reader, writer = os.pipe()
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local.commands", str(writer), "demo" if demo else "no-demo"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(writer,),
            start_new_session=True,
            env={**os.environ, "LEAD_HOME": str(home()), "LEAD_PORT_BASE": str(port_base())},
        )
    os.close(writer)
    with Display() as display, os.fdopen(reader) as told:
        try:
            for line in told:
                step, word = json.loads(line)
                if step == "ready":
                    display.say(ready_sentence(port_base(), demo=demo, detached=True))
                    return
                if step == "failed":
                    process.wait(_SECONDS_TO_END)
                    fail(word)
                display.tell(step, word)
        except KeyboardInterrupt:
            process.send_signal(signal.SIGTERM)
            process.wait(_SECONDS_TO_END)
            raise
    fail(f"the launcher ended before the system was ready:\n{_tail(log)}")


def _launch_for(writer: int, demo: bool) -> None:
    """The detached launcher's own process."""
    from deploy.local.launcher import Launcher

    pipe: Any = os.fdopen(writer, "w")

    def tell(step: str, word: str) -> None:
        if not pipe.closed:
            try:
                print(json.dumps([step, word]), file=pipe, flush=True)
            except BrokenPipeError:
                pipe.close()
        print(json.dumps({"time": time.time(), "step": step, "word": word}), flush=True)

    def ready() -> None:
        tell("ready", "")
        pipe.close()

    try:
        Launcher(home(), port_base(), demo=demo, tell=tell).run(ready)
    except StartError as error:
        tell("failed", str(error))
        sys.exit(1)


def status() -> None:
    """Show each part and whether it is ready; exit 0 when all are."""
    running = state.read(home())
    if running is None:
        show({"running": False})
        print("LEAD is not running here: start it with `lead up`.", file=sys.stderr)
        raise typer.Exit(1)
    parts: dict[str, Any] = {name: asdict(part) for name, part in running.parts.items()}
    for service in SERVICES:
        if service in parts:
            url = f"http://127.0.0.1:{ports.of(running.port_base)[service]}"
            parts[service] |= {"url": url, **_readiness(url)}
    well = all(part["state"] in ("running", "done") and part.get("ready", True) for part in parts.values())
    show(
        {
            "running": True, "ready": well and running.phase == "ready", "phase": running.phase,
            "launcher": running.launcher, "port_base": running.port_base, "parts": parts,
        }
    )  # fmt: skip
    raise typer.Exit(0 if well else 1)


def _readiness(url: str) -> dict[str, Any]:
    import httpx

    try:
        answer = httpx.get(f"{url}/health/ready", timeout=5)
        return {"ready": answer.status_code == 200, "dependencies": answer.json()["dependencies"]}
    except (httpx.TransportError, ValueError, KeyError):
        return {"ready": False}


def logs(
    service: Annotated[str | None, typer.Argument(help="a service, kafka, postgres, demo or launcher")] = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="go on with what comes")] = False,
) -> None:
    """Print the logs: of one part, or the end of each."""
    folder = home() / "logs"
    names = [service] if service else sorted(path.stem for path in folder.glob("*.log"))
    files = [folder / f"{name}.log" for name in names]
    missing = [path.stem for path in files if not path.exists()]
    if missing or not files:
        fail(f"there is no log of {missing[0] if missing else 'anything'} in {folder}")
    command = ["tail", "-n", "1000" if service else "20"] + (["-F"] if follow else [])
    try:
        raise typer.Exit(subprocess.call([*command, *map(str, files)]))
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def stop(service: Annotated[str, typer.Argument(help="referral, intake, casework or metrics")]) -> None:
    """Let one service rest while the others live on."""
    _ask(service, resting=True, until=lambda part: part.state == "stopped")


def start(service: Annotated[str, typer.Argument(help="referral, intake, casework or metrics")]) -> None:
    """Start a service that rests, and wait until it is ready."""
    running = _ask(service, resting=False, until=lambda part: part.state == "running")
    url = f"http://127.0.0.1:{ports.of(running.port_base)[service]}"
    _wait(lambda: bool(_readiness(url)["ready"]), f"{service} did not become ready: see `lead logs {service}`")


def _ask(service: str, *, resting: bool, until: Callable[[state.Part], bool]) -> state.State:
    if service not in SERVICES:
        raise typer.BadParameter(f"expected one of {', '.join(SERVICES)}", param_hint="SERVICE")
    running = state.read(home())
    if running is None:
        fail("LEAD is not running here: start it with `lead up`.")
    state.rest(home(), service, resting)

    def reached() -> bool:
        present = state.read(home())
        return present is not None and until(present.parts[service])

    _wait(reached, f"{service} did not follow: see `lead status`")
    return running


def down() -> None:
    """Stop everything that `lead up` started here; what was stored stays."""
    running = state.read(home())
    if running is None:
        print("LEAD is not running here.", file=sys.stderr)
        return
    os.kill(running.launcher, signal.SIGTERM)
    _wait(lambda: not _lives(running.launcher), "the launcher does not end: see `lead logs launcher`", _SECONDS_TO_END)
    print("LEAD has stopped; its data stays.", file=sys.stderr)


def _lives(launcher: int) -> bool:
    """Whether the launcher is there; one that has ended but was not yet asked for its status is not."""
    try:
        os.kill(launcher, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{launcher}/stat")
    try:
        return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _wait(reached: Callable[[], bool], otherwise: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            fail(otherwise)
        time.sleep(0.1)


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


if __name__ == "__main__":
    _launch_for(int(sys.argv[1]), sys.argv[2] == "demo")
