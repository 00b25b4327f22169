"""What a process is told by its environment: `LEAD_…`, or `LEAD_…_FILE` for a secret in a file.

Everything has a default that fits a local run under `LEAD_HOME`, so that `python -m services.intake`
needs no variable on a laptop, and a wrong one is named with its reason.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SERVICES = ("referral", "intake", "casework", "metrics")
"""In the order of their ports: `port_base` + 1, 2, 3, 4."""
DATABASE_ROLES = ("web", "consumer", "relay", "sealer", "migrate")
KAFKA_PORT_OFFSET = 92

ServiceName = Literal["referral", "intake", "casework", "metrics"]
Role = Literal["all", "web", "consumer", "relay", "public"]


class SettingsError(Exception):
    """The environment is wrong; the message names each variable, what it holds wrong and the remedy."""


class Settings(BaseSettings):
    """One process's settings. Build it with `load`, which reports errors in words."""

    model_config = SettingsConfigDict(env_prefix="LEAD_", extra="ignore", frozen=True)

    service: ServiceName
    role: Role = "all"
    demo: bool = False
    home: Path = Path(".local")
    host: str = "127.0.0.1"
    port_base: int = Field(default=8100, ge=1024, le=65000)
    port: int = Field(default=0, ge=0, le=65535, description="0: port_base + the service's number")
    programme: str = Field(default="allegheny", pattern=r"^[a-z0-9-]+$")
    timezone: str = "America/New_York"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    database: str = Field(default="", description="server URL without user and database name")
    database_name: str = ""
    database_pool: int = Field(default=5, ge=1, le=100)

    kafka_bootstrap: str = ""
    kafka_username: str = ""
    kafka_password: SecretStr = SecretStr("")
    kafka_security: Literal["SASL_PLAINTEXT", "SASL_SSL"] = "SASL_PLAINTEXT"
    topic_prefix: str = Field(default="", description="for tests that share one broker")

    outbox_notify: bool = Field(default=True, description="off: commits never queue, facts leave a poll later")
    relay_shards: int = Field(default=1, ge=1, le=64, description="relays of this service, each for its partitions")
    relay_shard: int = Field(default=0, ge=0, le=63, description="this relay's number, from 0")

    drop_dir: Path | None = Field(default=None, description="referral takes files in from DIR/<source>/; off if unset")

    secrets_dir: Path = Path()
    public_urls: dict[str, str] = {}

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("no such time zone; expected a name such as America/New_York") from None
        return value

    @field_validator("database")
    @classmethod
    def _server_url(cls, value: str) -> str:
        if value and not re.fullmatch(r"postgresql(\+asyncpg)?://[^\s/]*(/[^\s?]*)?(\?\S*)?", value):
            raise ValueError("expected postgresql://HOST:PORT")
        return value

    @model_validator(mode="before")
    @classmethod
    def _local_defaults(cls, given: Any) -> Any:
        """What is not said follows from the home folder, the port base and the service's name."""
        values = dict(given)
        service = values.get("service")
        if service not in SERVICES:
            return values
        home = Path(values.get("home") or ".local").absolute()
        values["home"] = home
        number = SERVICES.index(service) + 1
        try:
            base = int(values.get("port_base") or 8100)
        except ValueError:
            return values
        values["port"] = values.get("port") or base + number
        values.setdefault("secrets_dir", home / "secrets" / service)
        values.setdefault("kafka_bootstrap", f"127.0.0.1:{base + KAFKA_PORT_OFFSET}")
        values.setdefault("kafka_username", service)
        values.setdefault("database_name", f"lead_{service}")
        if not values.get("database"):
            values["database"] = local_database(home)
        if not values.get("public_urls"):
            host = "127.0.0.1"
            values["public_urls"] = {
                name: f"http://{host}:{base + place}" for place, name in enumerate(SERVICES, start=1)
            }
        return values

    def database_url(self, role: str) -> str:
        """The URL of this service's database for one role (`web`, `consumer`, `relay`, …)."""
        from sqlalchemy.engine import make_url

        user = f"lead_{self.service}_{role}"
        url = make_url(self.database).set(
            drivername="postgresql+asyncpg",
            username=user,
            password=self.secret(f"database-{role}-password"),
            database=self.database_name,
        )
        return url.render_as_string(hide_password=False)

    def secret(self, name: str) -> str:
        """One secret of this service: environment `LEAD_<NAME>`, or the file of that name."""
        variable = "LEAD_" + name.upper().replace("-", "_").replace(".", "_")
        if variable in os.environ:
            return os.environ[variable]
        path = Path(os.environ.get(variable + "_FILE") or self.secrets_dir / name)
        try:
            return path.read_text().strip()
        except OSError as error:
            raise SettingsError(
                f"{variable}: not set, and {path} cannot be read ({error.strerror}). "
                f"Set {variable} or {variable}_FILE, or start with `lead up`, which makes local secrets."
            ) from None

    @property
    def broker_password(self) -> str:
        """The password of this service's Kafka user."""
        return self.kafka_password.get_secret_value() or self.secret("kafka-password")

    @property
    def operator_token(self) -> str:
        """The token by which `lead` acts as the county's operator towards referral."""
        return self.secret("operator.token")


def local_database(home: Path) -> str:
    """The URL of the embedded PostgreSQL of a home folder; its launcher leaves the address there."""
    address = home / "postgres.url"
    return address.read_text().strip() if address.exists() else "postgresql://127.0.0.1:5432"


def load(service: str, environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings of `service`; what is given explicitly wins over the environment.

    Raises SettingsError that names every wrong variable at once.
    """
    values: dict[str, Any] = {"service": service, **given}
    if environment is None:
        environment = os.environ
    try:
        for field in Settings.model_fields:
            path = environment.get(f"LEAD_{field.upper()}_FILE")
            if path and field not in values:
                values[field] = Path(path).read_text().strip()
        return Settings(**values)
    except OSError as error:
        raise SettingsError(f"{error.filename} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        raise SettingsError(_in_words(error)) from None


def _in_words(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_url=False, include_input=True):
        name = "LEAD_" + str(problem["loc"][0]).upper() if problem["loc"] else "LEAD_…"
        said = problem["input"]
        shown = f" is {said!r}:" if isinstance(said, (str, int)) and "PASSWORD" not in name else ":"
        lines.append(f"{name}{shown} {problem['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)
