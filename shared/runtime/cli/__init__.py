"""The `lead` command. Each group is a module; those of a whole system on one machine come with `deploy.local`."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys

import typer

from shared.runtime.cli import agency, data, databases, dead_letters, police, rebuilding, topic_commands
from shared.runtime.settings import SettingsError

app = typer.Typer(
    name="lead",
    help="LEAD: from a police contact to an outcome. Machine output is JSON on standard output.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_LOCAL = "deploy.local.commands"

data.register(app)
rebuilding.register(app)
police.register(app)
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(agency.app, name="agency")
app.add_typer(police.keys, name="keys")
app.add_typer(police.source, name="source")
app.add_typer(topic_commands.app, name="topics")
app.add_typer(databases.app, name="db")
if importlib.util.find_spec("deploy") is not None:
    importlib.import_module(_LOCAL).register(app)


def main() -> None:
    """Run the command line; settings that are wrong are told in words."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        app()
    except SettingsError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
