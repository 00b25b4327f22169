"""The keyring file of a service: data keys wrapped by a key-encryption key, both readable by it alone.

`kek` holds 32 bytes in base64 (in production a KMS puts it there); `keyring.json` holds each data key
wrapped by it. Which service holds which key is decided here and follows the topics' readers and writers.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.contracts.topics import topics

COLUMN_CLASSES = ("ID", "RAW", "CLI", "TXT", "DRAFT", "DLQ")
SHARED_HMAC: Mapping[str, tuple[str, ...]] = {
    "id": ("referral",),
    "worker": ("intake", "casework"),
    "person": ("metrics",),
}
"""HMAC keys that a named set of services holds alike; each service has its own `blind` key besides."""


class KeyFileError(Exception):
    """A keyring is missing, or does not open with its key-encryption key."""


@dataclass
class DataKeys:
    """Unwrapped keys: `sealing` by class and number (the highest is current), `hmac` by name."""

    sealing: dict[str, dict[int, bytes]] = field(default_factory=dict)
    hmac: dict[str, bytes] = field(default_factory=dict)


def read(folder: Path) -> DataKeys:
    """The keys of the service whose secrets folder this is. Raises KeyFileError."""
    try:
        wrapper = AESGCM(base64.b64decode((folder / "kek").read_text()))
        stored = json.loads((folder / "keyring.json").read_text())
        keys = DataKeys()
        for klass, numbers in stored["sealing"].items():
            keys.sealing[klass] = {
                int(number): _unwrap(wrapper, f"{klass}/{number}", value) for number, value in numbers.items()
            }
        keys.hmac = {name: _unwrap(wrapper, name, value) for name, value in stored["hmac"].items()}
    except FileNotFoundError as error:
        raise KeyFileError(f"{error.filename} is missing: `lead up` makes local keys") from None
    except (OSError, ValueError, KeyError, InvalidTag) as error:
        raise KeyFileError(f"{folder}/keyring.json cannot be opened ({type(error).__name__})") from None
    return keys


def write(folder: Path, keys: DataKeys) -> None:
    """Store keys, wrapped by the folder's key-encryption key, which is made if absent."""
    kek = folder / "kek"
    if not kek.exists():
        private(kek, base64.b64encode(secrets.token_bytes(32)).decode())
    wrapper = AESGCM(base64.b64decode(kek.read_text()))
    stored = {
        "sealing": {
            klass: {str(number): _wrap(wrapper, f"{klass}/{number}", key) for number, key in numbers.items()}
            for klass, numbers in keys.sealing.items()
        },
        "hmac": {name: _wrap(wrapper, name, key) for name, key in keys.hmac.items()},
    }
    private(folder / "keyring.json", json.dumps(stored, indent=1))


def private(path: Path, content: str) -> None:
    """Write a file that only its owner can read (0400), whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
    os.replace(draft, path)


def mint(services: Iterable[str], held: Mapping[str, DataKeys]) -> dict[str, DataKeys]:
    """The keys each service should hold: what `held` has stays, what is missing is made."""
    keys = {service: held.get(service) or DataKeys() for service in services}
    for own in keys.values():
        for klass in COLUMN_CLASSES:
            own.sealing.setdefault(klass, {1: secrets.token_bytes(32)})
        own.hmac.setdefault("blind", secrets.token_bytes(32))
    for name, holders in SHARED_HMAC.items():
        common = next((keys[s].hmac[name] for s in holders if s in keys and name in keys[s].hmac), None)
        common = common or secrets.token_bytes(32)
        for service in holders:
            if service in keys:
                keys[service].hmac[name] = common
    for topic in topics().values():
        if topic.sealed is None:
            continue
        klass = f"topic:{topic.name}"
        holders = (*topic.write, *topic.read)
        versions = next((keys[s].sealing[klass] for s in holders if s in keys and klass in keys[s].sealing), None)
        versions = versions or {1: secrets.token_bytes(32)}
        for service in holders:
            if service in keys:
                keys[service].sealing[klass] = versions
    return keys


@cache
def _samples() -> dict[str, DataKeys]:
    return mint(("referral", "intake", "casework", "metrics"), {})


def sample(service: str) -> DataKeys:
    """Random keys for a test; an unknown service gets a set with every key."""
    samples = _samples()
    if service in samples:
        return samples[service]
    everything = DataKeys()
    for keys in samples.values():
        everything.sealing.update(keys.sealing)
        everything.hmac.update(keys.hmac)
    return everything


def _wrap(wrapper: AESGCM, name: str, key: bytes) -> str:
    nonce = os.urandom(12)
    return base64.b64encode(nonce + wrapper.encrypt(nonce, key, name.encode())).decode()


def _unwrap(wrapper: AESGCM, name: str, value: str) -> bytes:
    raw = base64.b64decode(value)
    return wrapper.decrypt(raw[:12], raw[12:], name.encode())
