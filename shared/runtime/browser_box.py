"""What a browser seals so that this service alone can open it: not even the browser can, afterwards.

A phone that keeps an entry while it has no signal holds the public half of a key pair; the private half is derived
from the service's sealing key and never leaves it. An entry is
`0x02 | key number (4) | ephemeral P-256 point (65) | nonce (12) | AES-256-GCM ciphertext and tag`; the AES key is
HKDF-SHA256 of the ECDH secret, with both public points and the purpose as info (ECIES, as in SEC 1 5.1).
`shared/web/static/kept/box.js` is the other half. The key number lets an old entry open after a rotation.
"""

from __future__ import annotations

import base64
import struct
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.runtime.keys import Keyring, SealError

_VERSION: Final = 2
_HEAD: Final = struct.Struct(">BI65s12s")
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of P-256 (FIPS 186-5)."""


def public_key(keys: Keyring, purpose: str) -> str:
    """The public key for a page: `<key number>.<point in base64url>`."""
    number, private = _private(keys, purpose)
    return f"{number}.{base64.urlsafe_b64encode(_point(private)).decode().rstrip('=')}"


def open_entry(keys: Keyring, purpose: str, sealed: bytes) -> bytes:
    """What a browser sealed for this purpose. Raises SealError, which tells no content."""
    try:
        version, number, ephemeral, nonce = _HEAD.unpack_from(sealed)
    except struct.error:
        raise SealError("the entry is too short to be sealed") from None
    if version != _VERSION:
        raise SealError("the entry is not sealed, or by a newer release")
    _, private = _private(keys, purpose, number)
    try:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), ephemeral)
    except ValueError:
        raise SealError("the entry was altered") from None
    secret = private.exchange(ec.ECDH(), theirs)
    info = purpose.encode() + ephemeral + _point(private)
    try:
        return AESGCM(HKDF(hashes.SHA256(), 32, None, info).derive(secret)).decrypt(
            nonce, sealed[_HEAD.size :], purpose.encode()
        )
    except InvalidTag:
        raise SealError("the entry does not belong here, or was altered") from None


def _private(keys: Keyring, purpose: str, number: int | None = None) -> tuple[int, ec.EllipticCurvePrivateKey]:
    found, seed = keys.derived("DRAFT", f"browser:{purpose}", number)
    # 256 bits for an order just below 2^256: the bias is under 2^-32.
    return found, ec.derive_private_key(int.from_bytes(seed, "big") % (_ORDER - 1) + 1, ec.SECP256R1())


def _point(private: ec.EllipticCurvePrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
