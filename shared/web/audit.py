"""The audit: one row for each request that reads or writes people's data, and for sign-ins and refusals.

The row is written in the request's own transaction and committed before a byte of the answer leaves: no
row, no answer. It holds ids, classes and field names; never a name, never a value. A change carries the
HMAC of what was and what is, so that a claim about it can be checked and nothing can be read from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

import orjson
from starlette.requests import Request

from shared.messaging import Tx
from shared.web import sessions
from shared.web.actor import NOBODY, Actor

_INSERT = """
insert into own.audit (at, request_id, actor, role, scope, session, address, action, purpose, outcome,
                       person_ids, reads, writes, fields, changes, consent_id, break_glass_id)
values (:at, :request_id, :actor, :role, :scope, :session, :address, :action, :purpose, :outcome,
        :person_ids, :reads, :writes, :fields, cast(:changes as jsonb), :consent_id, :break_glass_id)
"""

PersonId = UUID | bytes
"""A person_id, or in metrics a person_key."""


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


@dataclass
class Entry:
    """The row of one request while it is being made."""

    action: str
    purpose: str = ""
    actor: Actor = NOBODY
    session_id: str = ""
    outcome: str = "done"
    kept: bool = False
    person_ids: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    changes: list[dict[str, str]] = field(default_factory=list)
    consent_id: UUID | None = None
    break_glass_id: UUID | None = None

    def about(self, people: Iterable[PersonId]) -> None:
        self.person_ids += [one.hex() if isinstance(one, bytes) else str(one) for one in people]

    async def write(self, tx: Tx, request: Request) -> None:
        """Insert the row in this transaction. A failure is the caller's failure."""
        actor = self.actor
        await tx.execute(
            _INSERT,
            {
                "at": tx.now,
                "request_id": request.state.request_id,
                "actor": actor.id,
                "role": actor.role,
                "scope": actor.scope,
                "session": sessions.fingerprint(self.session_id)[:16] if self.session_id else None,
                "address": request.client.host if request.client else "",
                "action": self.action,
                "purpose": self.purpose,
                "outcome": self.outcome,
                "person_ids": _unique(self.person_ids),
                "reads": " ".join(sorted(set(self.reads))),
                "writes": " ".join(sorted(set(self.writes))),
                "fields": _unique(self.fields),
                "changes": orjson.dumps(self.changes).decode(),
                "consent_id": self.consent_id,
                "break_glass_id": self.break_glass_id,
            },
        )


def fingerprint(tx: Tx, value: object) -> str:
    """The HMAC of a value, equal for equal values and telling nothing else."""
    plain = orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=str)
    return tx.keys.blind("audit", plain.decode()).hex()
