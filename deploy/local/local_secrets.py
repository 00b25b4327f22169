"""The secrets of a local run: made once, one folder per service, files only their owner can read."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from shared.runtime.keyfile import DataKeys, KeyFileError, mint, private, read, write
from shared.runtime.settings import DATABASE_ROLES, SERVICES

OPERATED = ("referral", "metrics")
"""Services with an interface for the operator: feeds and keys, and snapshots."""


@dataclass(frozen=True)
class LocalSecrets:
    """Access to `LEAD_HOME/secrets`."""

    folder: Path

    @classmethod
    def make(cls, home: Path) -> LocalSecrets:
        """The secrets of a home folder; what is missing is made, what is there stays."""
        made = cls(home / "secrets")
        made.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in ("postgres-password", "kafka-password"):
            made._password(made.folder / "admin" / name)
        made._password(made.folder / "operator.token")
        for service in SERVICES:
            for role in database_roles(service):
                made._password(made.folder / service / f"database-{role}-password")
            made._password(made.folder / service / "kafka-password")
        for service in OPERATED:
            operator = made.folder / service / "operator.token"
            if not operator.exists():
                private(operator, (made.folder / "operator.token").read_text())
        made._keys()
        return made

    @property
    def postgres_password(self) -> str:
        return self.read("admin/postgres-password")

    @property
    def kafka_password(self) -> str:
        return self.read("admin/kafka-password")

    def read(self, name: str) -> str:
        """A secret by its path under the folder."""
        return (self.folder / name).read_text().strip()

    def _password(self, path: Path) -> None:
        if not path.exists():
            private(path, secrets.token_urlsafe(32))

    def _keys(self) -> None:
        held: dict[str, DataKeys] = {}
        for service in SERVICES:
            if (self.folder / service / "keyring.json").exists():
                held[service] = read(self.folder / service)
        for service, keys in mint(SERVICES, held).items():
            if held.get(service) is None or _names(keys) != _names(read(self.folder / service)):
                write(self.folder / service, keys)


def database_roles(service: str) -> tuple[str, ...]:
    """The login roles of a service's database."""
    return (*DATABASE_ROLES, "public") if service == "metrics" else DATABASE_ROLES


def _names(keys: DataKeys) -> tuple[set[str], set[str]]:
    return set(keys.sealing), set(keys.hmac)


__all__ = ["KeyFileError", "LocalSecrets", "database_roles"]
