"""Make every secret once, into one volume per holder, and the broker's properties with its password in them."""

from __future__ import annotations

import os
from pathlib import Path

from deploy.local.local_secrets import LocalSecrets
from shared.runtime.settings import SERVICES

HOME = Path("/var/lib/lead")
KAFKA = Path("/var/lib/lead-kafka")
POSTGRES = Path("/var/lib/lead-postgres")
LEAD_USER = 10001
"""As in the Dockerfile."""
KAFKA_USER = 1000
"""`appuser` of the official image."""
POSTGRES_USER = 999
"""`postgres` of the official image."""


def main() -> None:
    secrets = LocalSecrets.make(HOME)
    for folder in ("admin", *SERVICES):
        _give(secrets.folder / folder, LEAD_USER)
    template = Path(__file__).with_name("server.properties").read_text()
    _write(KAFKA / "server.properties", template.replace("$PASSWORD", secrets.kafka_password), KAFKA_USER)
    # Root or its own user reads it, by the release of the image.
    _write(POSTGRES / "admin-password", secrets.postgres_password, POSTGRES_USER)
    print("secrets are in their volumes")


def _write(path: Path, text: str, user: int) -> None:
    path.write_text(text)
    # Kafka's image copies the file with its mode and then adds to the copy: its owner must be able to write.
    path.chmod(0o600)
    os.chown(path, user, user)


def _give(folder: Path, user: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, user)
        path.chmod(0o500 if path.is_dir() else 0o400)


if __name__ == "__main__":
    main()
