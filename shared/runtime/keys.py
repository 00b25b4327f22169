"""Sealing, blind indexes, pseudonyms and ids by HMAC: all uses of a service's keys.

A sealed value is `0x01 | key id (4) | nonce (12) | AES-256-GCM ciphertext and tag`. What it belongs to
(class, column and row, or topic and fact) is authenticated, so that a value moved to another row does
not open. The key id lets an old value open after a rotation.
"""

from __future__ import annotations

import base64
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.runtime.keyfile import DataKeys, KeyFileError, read, sample

SealClass = Literal["ID", "RAW", "CLI", "TXT", "DRAFT", "DLQ"]
"""Identity, raw rows, client information, free text, drafts, dead letters."""
CLASSES: tuple[str, ...] = get_args(SealClass)

_VERSION = 1
_HEAD = struct.Struct(">BI12s")
_NONCE = struct.calcsize(">BI")
_length = struct.Struct(">I").pack


class SealError(Exception):
    """A value does not open: wrong place, altered, or its key is not held here. No content is told."""


class Keyring:
    """The keys of one service. Build it with `load`, or `for_tests`."""

    def __init__(self, service: str, keys: DataKeys) -> None:
        self.service = service
        self._keys = keys
        self._ciphers: dict[tuple[str, int], AESGCM] = {}
        self._macs: dict[str, HMAC] = {}

    @classmethod
    def load(cls, service: str, secrets_dir: Path) -> Keyring:
        """The keyring kept in a service's secrets folder. Raises KeyFileError in words."""
        return cls(service, read(secrets_dir))

    @classmethod
    def for_tests(cls, service: str) -> Keyring:
        """Random keys, the shared ones equal for all services of this process."""
        return cls(service, sample(service))

    def seal(self, klass: str, column: str, row_id: object, plain: bytes | str) -> bytes:
        """Seal a value for its place: `column` is "schema.table.column"; a str is UTF-8."""
        return self._seal(klass, plain, klass, column, str(row_id))

    def open(self, klass: str, column: str, row_id: object, sealed: bytes) -> bytes:
        """The value sealed for this place. Raises SealError."""
        return self._open(klass, sealed, klass, column, str(row_id))

    def opener(self, klass: str, column: str) -> Callable[[object, bytes], bytes]:
        """`open` for many values of one column: called with the row id and what is sealed."""
        place = _joined((klass, column))
        # By version and key number, and by the length of a row's id: what is the same for all is worked out once.
        ciphers: dict[bytes, AESGCM] = {}
        places: dict[int, bytes] = {}

        def opened(row_id: object, sealed: bytes) -> bytes:
            cipher = ciphers.get(sealed[:_NONCE])
            if cipher is None:
                number, _ = _head(sealed)
                cipher = ciphers[sealed[:_NONCE]] = self._cipher(klass, number)
            name = str(row_id).encode()
            before = places.get(len(name))
            if before is None:
                before = places[len(name)] = place + len(name).to_bytes(4, "big")
            try:
                return cipher.decrypt(sealed[_NONCE : _HEAD.size], sealed[_HEAD.size :], before + name)
            except (InvalidTag, ValueError):
                raise _misplaced(column) from None

        return opened

    def seal_topic(self, topic: str, fact_id: str, plain: bytes) -> bytes:
        """Seal the value of a record of a sealed topic."""
        return self._seal(f"topic:{topic}", plain, "topic", topic, fact_id)

    def open_topic(self, topic: str, fact_id: str, sealed: bytes) -> bytes:
        """The value of a sealed topic's record. Raises SealError, also if the topic is not ours to read."""
        return self._open(f"topic:{topic}", sealed, "topic", topic, fact_id)

    def derived(self, klass: str, purpose: str, number: int | None = None) -> tuple[int, bytes]:
        """32 bytes for one purpose out of a sealing key, with its number (default: the current). Raises SealError."""
        found = self._current(klass) if number is None else number
        key = self._keys.sealing.get(klass, {}).get(found)
        if key is None:
            raise SealError(f"{self.service} holds no key {found} for {klass}")
        return found, HKDF(hashes.SHA256(), 32, None, purpose.encode()).derive(key)

    def blind(self, purpose: str, token: str) -> bytes:
        """A 16-byte blind-index token: equal tokens are equal, and say nothing without the key."""
        return self._mac("blind", purpose, token)[:16]

    def source_id(self, *parts: str) -> UUID:
        """The id of a record that comes from a source, by LEAD_ID_KEY; same parts, same id (UUIDv8)."""
        raw = bytearray(self._mac("id", *parts)[:16])
        raw[6] = raw[6] & 0x0F | 0x80
        raw[8] = raw[8] & 0x3F | 0x80
        return UUID(bytes=bytes(raw))

    def worker(self, iss: str, sub: str) -> str:
        """The pseudonym of a worker, the same in intake and casework."""
        return base64.urlsafe_b64encode(self._mac("worker", iss, sub)[:18]).decode()

    def person_key(self, person_id: UUID) -> bytes:
        """What metrics stores in place of a person_id (16 bytes)."""
        return self._mac("person", str(person_id))[:16]

    def _seal(self, key_class: str, plain: bytes | str, *place: str) -> bytes:
        number = self._current(key_class)
        nonce = os.urandom(12)
        content = plain.encode() if isinstance(plain, str) else plain
        head = _HEAD.pack(_VERSION, number, nonce)
        return head + self._cipher(key_class, number).encrypt(nonce, content, _joined(place))

    def _open(self, key_class: str, sealed: bytes, *place: str) -> bytes:
        number, nonce = _head(sealed)
        return _decrypted(self._cipher(key_class, number), nonce, sealed, _joined(place), place[1])

    def _current(self, key_class: str) -> int:
        numbers = self._keys.sealing.get(key_class)
        if not numbers:
            raise SealError(f"{self.service} holds no key for {key_class}")
        return max(numbers)

    def _cipher(self, key_class: str, number: int) -> AESGCM:
        cipher = self._ciphers.get((key_class, number))
        if cipher is None:
            key = self._keys.sealing.get(key_class, {}).get(number)
            if key is None:
                raise SealError(f"{self.service} holds no key {number} for {key_class}")
            cipher = self._ciphers[key_class, number] = AESGCM(key)
        return cipher

    def _mac(self, name: str, *parts: str) -> bytes:
        mac = self._macs.get(name)
        if mac is None:
            key = self._keys.hmac.get(name)
            if key is None:
                raise SealError(f"{self.service} holds no {name} key")
            mac = self._macs[name] = HMAC(key, hashes.SHA256())
        # A copy of one that took the key in: a row of a feed needs five, and the key costs most of each.
        mac = mac.copy()
        mac.update(_joined(parts))
        return mac.finalize()


def _head(sealed: bytes) -> tuple[int, bytes]:
    """The key's number and the nonce."""
    try:
        version, number, nonce = _HEAD.unpack_from(sealed)
    except struct.error:
        raise SealError("the value is too short to be sealed") from None
    if version != _VERSION:
        raise SealError("the value is not sealed, or by a newer release")
    return number, nonce


def _decrypted(cipher: AESGCM, nonce: bytes, sealed: bytes, place: bytes, name: str) -> bytes:
    try:
        return cipher.decrypt(nonce, sealed[_HEAD.size :], place)
    except InvalidTag:
        raise _misplaced(name) from None


def _misplaced(name: str) -> SealError:
    return SealError(f"the value does not belong to {name}, or was altered")


def _joined(parts: tuple[str, ...]) -> bytes:
    """Parts with their lengths, so that ("ab", "c") and ("a", "bc") differ."""
    joined = b""
    for part in parts:
        encoded = part.encode()
        joined += _length(len(encoded)) + encoded
    return joined


__all__ = ["CLASSES", "KeyFileError", "Keyring", "SealClass", "SealError"]
