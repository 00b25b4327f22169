"""`lead source`, `lead ingest`, `lead keys`: the police side, asked by HTTP as the county's operator."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared.runtime.cli.answers import fail, home, port_base, show

if TYPE_CHECKING:
    import httpx

source = typer.Typer(help="Feeds of the police side.", no_args_is_help=True)
keys = typer.Typer(help="API keys of agencies.", no_args_is_help=True)
_UNFINISHED = ("received", "staged")
_LONGEST_WAIT = 3600.0
_DAY = ["%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    """Add the commands that stand alone."""
    app.command()(ingest)


@source.command()
def add(
    name: Annotated[str, typer.Argument(help="short name of the feed")],
    agency: Annotated[str, typer.Option(help="the agency's ORI, or per-record")],
    format: Annotated[str, typer.Option("--format", help="such as wprdc_arrests, lead_csv or mapped_csv")],
    timezone: Annotated[str | None, typer.Option(help="zone of its local times")] = None,
    mapping: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="JSON file of columns")] = None,
    steward: Annotated[
        str | None, typer.Option(help="who may open rejected rows of a feed per-record: a supervisor's subject id")
    ] = None,
    primary: Annotated[
        bool | None,
        typer.Option("--primary/--not-primary", help="whether its arrests are published; else by its format"),
    ] = None,
    takes_over_from: Annotated[
        datetime | None,
        typer.Option(formats=_DAY, help="it stands in from this day for the feed that published before"),
    ] = None,
) -> None:
    """Register a feed, or change it."""
    body: dict[str, Any] = {"agency": agency, "format": format}
    if timezone:
        body["timezone"] = timezone
    if steward:
        body["steward"] = steward
    if primary is not None:
        body["primary"] = primary
    if takes_over_from:
        body["takes_over_from"] = takes_over_from.date().isoformat()
    if mapping:
        try:
            body["mapping"] = json.loads(mapping.read_text(encoding="utf-8-sig"))
        except ValueError as error:
            fail(f"{mapping} is not JSON: {error}")
    with referral() as police_end:
        show(answer_of(police_end.put(f"/api/sources/{name}", json=body)))


def ingest(
    source: Annotated[str, typer.Argument(help="name of a registered feed")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    wait: Annotated[bool, typer.Option("--wait", help="until applied, held or refused; exit 1 unless applied")] = False,
    complete_from: Annotated[
        datetime | None,
        typer.Option(formats=_DAY, help="the file has every record from this day on: what it leaves out is voided"),
    ] = None,
    complete_to: Annotated[datetime | None, typer.Option(formats=_DAY, help="until this day, included")] = None,
    rows: Annotated[int | None, typer.Option(min=0, help="how many rows it has: refused if others come")] = None,
) -> None:
    """Send a file of records."""
    if (complete_from is None) != (complete_to is None):
        raise typer.BadParameter("give both --complete-from and --complete-to, or neither")
    days = {"complete_from": complete_from, "complete_to": complete_to}
    declared: dict[str, str | int] = {name: day.date().isoformat() for name, day in days.items() if day}
    if rows is not None:
        declared["rows"] = rows
    with referral() as police_end, file.open("rb") as content:
        where, files = f"/api/sources/{source}/files", {"file": (file.name, content)}
        sent = answer_of(police_end.post(where, params=declared, files=files))
        if not wait:
            show(sent)
            return
        batch = _until_settled(police_end, sent["batch_id"])
    show(batch)
    if batch["status"] != "applied":
        reason = (batch.get("error") or {}).get("reason") or "see the feed console"
        fail(f"The file was not applied, it is {batch['status']}: {reason}")


def _until_settled(police_end: httpx.Client, batch_id: str) -> dict[str, Any]:
    batch = _until(
        lambda: answer_of(police_end.get(f"/api/batches/{batch_id}")),
        lambda answer: answer["status"] not in _UNFINISHED,
        f"batch {batch_id}: ask again, it goes on by itself",
    )
    return {"batch_id": batch_id, **batch}


def _until(ask: Callable[[], Any], settled: Callable[[Any], bool], said: str) -> dict[str, Any]:
    """Ask until it is settled; a wait that is too long fails with the status and what is `said`."""
    deadline, pause = time.monotonic() + _LONGEST_WAIT, 0.1
    while True:
        answer: dict[str, Any] = ask()
        if settled(answer):
            return answer
        if time.monotonic() > deadline:
            fail(f"still {answer['status']}; {said}")
        time.sleep(pause)
        pause = min(pause * 1.5, 1.0)


@keys.command()
def create(
    agency: Annotated[str, typer.Option(help="the agency's ORI")],
    scope: Annotated[str, typer.Option(help="ingest, status or both, separated by a comma")] = "ingest",
    days: Annotated[int, typer.Option(min=1, max=180, help="how long it may be used")] = 180,
    address: Annotated[list[str] | None, typer.Option(help="only from there; may be repeated")] = None,
) -> None:
    """Make a key for an agency; it is printed once and never again."""
    scopes = [part.strip() for part in scope.split(",") if part.strip()]
    asked = {"agency": agency, "scope": scopes, "days": days, "addresses": address or []}
    with referral() as police_end:
        show(answer_of(police_end.post("/api/keys", json=asked)))


@keys.command("list")
def list_(agency: Annotated[str | None, typer.Option(help="of one agency only")] = None) -> None:
    """List keys, without their secrets."""
    with referral() as police_end:
        for key in answer_of(police_end.get("/api/keys", params={"agency": agency} if agency else {}))["keys"]:
            show(key)


@keys.command()
def revoke(key_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """End a key at once."""
    with referral() as police_end:
        show(answer_of(police_end.delete(f"/api/keys/{key_id}")))


@keys.command()
def void(
    key_id: Annotated[str, typer.Argument(metavar="ID")],
    from_: Annotated[str, typer.Option("--from", metavar="T", help="the first moment, such as 2026-03-01T14:30")],
    to: Annotated[str, typer.Option("--to", metavar="T", help="the moment before which it ends")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="count only, change nothing")] = False,
) -> None:
    """Take back what a key sent in a window of time, as after it was stolen.

    Arrests go back to what came another way before, else they are void; referrals become void; what was given up
    for good stays so. Run again, it ends in the same state. Revoke the key first.
    """
    with referral() as police_end:
        window = {"from": from_, "to": to, "dry_run": dry_run}
        ordered = answer_of(police_end.post(f"/api/keys/{key_id}/void", json=window))
        done = _until(
            lambda: answer_of(police_end.get(f"/api/keys/{key_id}/voids/{ordered['void_id']}")),
            lambda answer: answer["status"] == "done",
            "it goes on by itself; the same command again waits for it",
        )
    show(done)
    if done["key_live"]:
        typer.echo(f"The key still works: lead keys revoke {key_id}", err=True)


@contextmanager
def referral() -> Iterator[httpx.Client]:
    """A client of referral as the operator: `LEAD_REFERRAL_URL` and `LEAD_OPERATOR_TOKEN`, or the local run's."""
    import httpx

    token = os.environ.get("LEAD_OPERATOR_TOKEN", "")
    if not token:
        # In containers each holder has a folder of its own, and the operator looks into referral's.
        folders = (home() / "secrets", home() / "secrets" / "referral")
        path = next((f / "operator.token" for f in folders if (f / "operator.token").exists()), folders[0])
        try:
            token = path.read_text().strip()
        except OSError:
            fail(f"{path} cannot be read: start a local run with `lead up`, or set LEAD_OPERATOR_TOKEN.")
    url = os.environ.get("LEAD_REFERRAL_URL") or f"http://127.0.0.1:{port_base() + 1}"
    limits = httpx.Timeout(600, connect=5)
    try:
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=limits) as client:
            yield client
    except httpx.TransportError as error:
        fail(f"referral does not answer at {url} ({type(error).__name__}): see `lead status`")


def answer_of(response: httpx.Response) -> Any:
    """The body of a good answer; otherwise the problem in words, each error on its line."""
    if not response.is_success:
        fail(_in_words(response))
    return response.json() if response.content else {}


def _in_words(response: httpx.Response) -> str:
    try:
        problem = response.json()
    except ValueError:
        return f"referral answered {response.status_code}: see `lead logs referral`"
    lines = [str(problem.get("detail") or problem.get("title") or response.status_code)]
    lines += [f"  {error.get('field')}: {error.get('reason')}" for error in problem.get("errors", [])]
    return "\n".join(lines)
