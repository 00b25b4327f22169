"""How a charge enters the ledger, moves, is cited and is told of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid5

from services.referral.domain import eligibility
from services.referral.domain.charge_ledger import ChargeState, Move
from shared.contracts import ChargeDecided, ReferralCreated
from shared.contracts.codes import Charge
from shared.messaging import Tx


def open_charges(tx: Tx, row: Mapping[Any, Any], when: datetime) -> list[dict[str, Any]]:
    """The ledger's rows for a referral's divertible charges, held."""
    fact = ReferralCreated.model_validate(row["fact"])
    return [
        {
            "charge_id": charge.charge_id or uuid5(row["referral_id"], f"charge-{charge.seq}"),
            "referral_id": row["referral_id"],
            "person_id": row["person_id"],
            "home_id": row.get("home_id") or row["person_id"],
            "programme": row["programme"],
            "municipality": row["municipality"],
            "agency_ori": row["agency_ori"],
            "seq": charge.seq,
            "statute": statute(charge),
            "grade": charge.grade,
            "label": charge.label,
            "state": ChargeState.HELD.value,
            "decided_at": when,
            "decided_by": "rule",
            "version": 1,
            "updated_at": tx.now,
        }
        for charge in eligibility.find(fact.charges).divertible
    ]


def statute(charge: Charge) -> str:
    """How a charge is cited: `35 § 780-113 §§ A16`; what has no section is named by its label."""
    if charge.section is None:
        return charge.label or "not classified"
    cited = f"{charge.title} § {charge.section}" if charge.title else f"§ {charge.section}"
    return f"{cited} §§ {charge.subsection.upper()}" if charge.subsection else cited


def apply_move(tx: Tx, charge: dict[str, Any], move: Move, by: str) -> dict[str, Any]:
    """A charge after a move: its next version."""
    return charge | {
        "state": move.to.value,
        "decided_at": move.at,
        "decided_by": by,
        "version": charge["version"] + 1,
        "updated_at": tx.now,
    }


def charge_decided(tx: Tx, charge: dict[str, Any]) -> ChargeDecided:
    """The fact about a charge as it stands."""
    return ChargeDecided(
        version=charge["version"],
        action="record" if charge["version"] == 1 else "replace",
        recorded_at=tx.now,
        charge_id=charge["charge_id"],
        referral_id=charge["referral_id"],
        person_id=charge["person_id"],
        state=charge["state"],
        decided_at=charge["decided_at"],
        by=charge["decided_by"],
        statute=charge["statute"],
        grade=charge["grade"],
    )


def charge_step(tx: Tx, charge: dict[str, Any], cause: str, reason: str = "") -> dict[str, Any]:
    """Why a charge stands where it does in this version."""
    columns = (
        "charge_id", "version", "person_id", "home_id", "programme", "municipality", "agency_ori", "state",
        "decided_at", "decided_by",
    )  # fmt: skip
    return {name: charge[name] for name in columns} | {
        "cause": cause,
        "reason": reason,
        "recorded_at": tx.now,
    }
