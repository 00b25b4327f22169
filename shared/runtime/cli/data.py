"""`lead publish` and `lead consume`: facts of a topic as JSON lines."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shared.runtime.cli.answers import fail, settings_of, show

if TYPE_CHECKING:
    from shared.runtime.keys import Keyring
    from shared.runtime.settings import Settings


def register(app: typer.Typer) -> None:
    """Add both commands."""
    app.command()(publish)
    app.command()(consume)


def publish(
    topic: Annotated[str, typer.Argument(help="such as contact-logged")],
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            readable=True,
            help='one {"data": {…}, "headers": {…}} a line; headers may be left out',
        ),
    ],
) -> None:
    """Check every line against its contract, then publish all of them; of a file with a bad line, none."""
    from aiokafka.errors import KafkaError

    from shared.messaging import console

    try:
        with file.open(encoding="utf-8") as lines:
            count = asyncio.run(console.publish(*_as_operator(topic), topic, lines))
    except console.BadFile as error:
        for line in error.lines:
            print(f"line {line.number}: {line.reason}", file=sys.stderr)
        fail(f"{file} was not published: {len(error.lines)} of its lines do not fit the contract of {topic}.")
    except (KafkaError, UnicodeDecodeError) as error:
        fail(f"{file} was not published ({type(error).__name__}): is the broker there? See `lead status`.")
    show({"topic": topic, "published": count})


def consume(
    topic: Annotated[str, typer.Argument(help="such as contact-logged")],
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="all that the log holds, then what comes")
    ] = False,
    max_: Annotated[int | None, typer.Option("--max", min=1, help="end after so many")] = None,
    idle_exit: Annotated[float | None, typer.Option(min=0.1, help="end after so many seconds without one")] = None,
    beats: Annotated[bool, typer.Option("--beats", help="show the owners' beats as well")] = False,
) -> None:
    """Print the records of a topic, one JSON object a line."""
    from aiokafka.errors import KafkaError

    from shared.messaging import console

    settings, keys = _as_operator(topic)

    async def read() -> None:
        async for record in console.consume(
            settings, keys, topic, from_beginning=from_beginning, max_records=max_, idle_exit=idle_exit, beats=beats
        ):
            show(record)

    try:
        asyncio.run(read())
    except KafkaError as error:
        fail(f"{topic} cannot be read ({type(error).__name__}): is the broker there? See `lead status`.")
    except BrokenPipeError:
        sys.stderr.close()
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def _as_operator(topic: str) -> tuple[Settings, Keyring]:
    """The broker as its administrator, with the keys of the service that writes the topic."""
    from pydantic import SecretStr

    from shared.contracts.topics import topics
    from shared.runtime.cli.topic_commands import administrator
    from shared.runtime.keys import KeyFileError, Keyring

    if topic not in topics():
        raise typer.BadParameter(f"{topic} is not in deploy/kafka/topics.yaml", param_hint="TOPIC")
    settings, broker = settings_of(topics()[topic].write[0]), administrator()
    told = {
        "kafka_bootstrap": broker.bootstrap,
        "kafka_username": broker.username,
        "kafka_password": SecretStr(broker.password),
    }
    try:
        return settings.model_copy(update=told), Keyring.load(settings.service, settings.secrets_dir)
    except KeyFileError as error:
        fail(str(error))
