"""`lead topics apply|diff`: the broker held against `deploy/kafka/topics.yaml`."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from shared.runtime.cli.answers import fail, home, port_base, settings_of, show
from shared.runtime.settings import KAFKA_PORT_OFFSET

if TYPE_CHECKING:
    from shared.runtime.topics import Broker

app = typer.Typer(help="Topics, users and grants of the broker.", no_args_is_help=True)


def administrator() -> Broker:
    """The broker as its administrator: `LEAD_KAFKA_ADMIN_PASSWORD[_FILE]`, or the local run's secret."""
    from shared.runtime.topics import Broker

    password = os.environ.get("LEAD_KAFKA_ADMIN_PASSWORD", "")
    if not password:
        path = os.environ.get("LEAD_KAFKA_ADMIN_PASSWORD_FILE") or home() / "secrets" / "admin" / "kafka-password"
        try:
            with open(path) as file:
                password = file.read().strip()
        except OSError:
            fail(f"{path} cannot be read: start a local run with `lead up`, or set LEAD_KAFKA_ADMIN_PASSWORD.")
    return Broker(
        os.environ.get("LEAD_KAFKA_BOOTSTRAP") or f"127.0.0.1:{port_base() + KAFKA_PORT_OFFSET}",
        os.environ.get("LEAD_KAFKA_ADMIN_USERNAME") or "admin",
        password,
        os.environ.get("LEAD_KAFKA_SECURITY") or "SASL_PLAINTEXT",
    )


@app.command()
def diff() -> None:
    """Show every difference; exit 1 when there is one."""
    from shared.contracts.topics import topics, topics_file
    from shared.runtime import topics as broker

    try:
        found = broker.diff(administrator(), topics().values(), topics_file().services())
    except broker.TopicsError as error:
        fail(str(error))
    for difference in found:
        show(asdict(difference))
    raise typer.Exit(1 if found else 0)


@app.command()
def apply() -> None:
    """Make topics, settings, users and grants equal the file, and show what was changed."""
    from shared.contracts.topics import topics, topics_file
    from shared.runtime import topics as broker

    passwords = {service: settings_of(service).broker_password for service in topics_file().services()}
    try:
        changed = broker.apply(administrator(), topics().values(), passwords)
    except broker.TopicsError as error:
        fail(str(error))
    for difference in changed:
        show(asdict(difference))
