"""What a hostile file must come to: a fault or rejects with a known code and a reason a clerk can act on."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from services.referral.domain.feed_codes import MEANINGS
from services.referral.feeds.adapter import Reading, Record, Reject, StructuralFault, Terms, Use
from services.referral.feeds.formats import FORMATS
from tests.unit.referral.feeds.feed_files import MAPPING, NEW_YORK, ORI

TABLES = ("wprdc_arrests", "wprdc_citations", "lead_csv", "mapped_csv", "utilization_csv")
_REPR = re.compile(r"\b\w*(Error|Exception)\b|\\x[0-9a-f]{2}|\bb['\"]|[{\[]['\"]|<\w+ object|\w\.py\b")
"""Names of exceptions and forms of values as only Python writes them."""
_MACHINE_WORDS = ("Traceback", "Error(", "<class", "0x", "None", "NoneType", "codec", "Exception")


@dataclass
class Verdict:
    """What became of a file: codes of its rejects by count, its fault if there is one, its accepted rows."""

    accepted: int = 0
    codes: list[str] = field(default_factory=list)
    columns: list[str | None] = field(default_factory=list)
    fault: str | None = None

    @property
    def refused(self) -> bool:
        return self.fault is not None


def judge(
    format: str, content: bytes | BinaryIO, mapping: Mapping[str, Any] | None = None, secret: str = ""
) -> Verdict:
    """Read a file to its end. Fails if anything but a fault comes out, or if a reason would not help a clerk."""
    if mapping is None and format.startswith("mapped"):
        mapping = MAPPING
    stream = cast(BinaryIO, io.BytesIO(content) if isinstance(content, bytes) else content)
    verdict = Verdict()
    found: list[Reject] = []
    try:
        for item in FORMATS[format].parse(stream, Terms(ORI, NEW_YORK, mapping), Reading()):
            if isinstance(item, Reject):
                found.append(item)
            verdict.accepted += isinstance(item, Record | Use)
    except StructuralFault as fault:
        verdict.fault = fault.code
        found.append(Reject(fault.line, None, fault.code, fault.reason))
    for reject in found:
        helps(reject.code, reject.reason, secret)
        assert reject.line >= 1
        assert len(reject.raw) <= 2048
    if verdict.fault:
        del found[-1]
    verdict.codes = [reject.code for reject in found]
    verdict.columns = [reject.column for reject in found]
    return verdict


def helps(code: str, reason: str, secret: str = "") -> None:
    """A known code, and words: what was expected or what to do, never what came."""
    assert code in MEANINGS, code
    assert 8 <= len(reason) <= 600, reason
    assert not any(word in reason for word in _MACHINE_WORDS), reason
    assert not _REPR.search(reason), reason
    assert not secret or secret not in reason, reason
