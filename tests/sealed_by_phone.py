"""An entry sealed as a phone does it (`shared/web/static/kept/box.js`), for tests without a browser."""

from __future__ import annotations

import base64
import os
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def sealed_by_phone(public_key: str, purpose: str, plain: bytes) -> bytes:
    number, _, point = public_key.partition(".")
    server = base64.urlsafe_b64decode(point + "=" * (-len(point) % 4))
    once = ec.generate_private_key(ec.SECP256R1())
    shown = once.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    secret = once.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), server))
    key = HKDF(hashes.SHA256(), 32, None, purpose.encode() + shown + server).derive(secret)
    nonce = os.urandom(12)
    return struct.pack(">BI65s12s", 2, int(number), shown, nonce) + AESGCM(key).encrypt(nonce, plain, purpose.encode())
