"""Which columns are sealed, with which class of key, and which expression names the row they belong to.

Tools that open, rotate or compare sealed values derive from this table.
"""

from __future__ import annotations

from typing import Final

SEALED: Final[dict[str, tuple[str, str]]] = {
    "own.batch_part.content": ("RAW", "batch_id || ':' || part"),
    "own.batch_reject.raw": ("RAW", "batch_id || ':' || number"),
    "own.feed_sample.content": ("RAW", "source || ':' || owner"),
    "own.raw_record.record": ("RAW", "batch_id || ':' || number"),
    "own.raw_use.record": ("RAW", "batch_id || ':' || number"),
    "own.idempotency.answer": ("RAW", "holder || ':' || token"),
    "own.referral.typed": ("ID", "referral_id"),
    "own.person_identity.said": ("ID", "identity_id"),
    "own.person_block.traits": ("ID", "identity_id"),
}
