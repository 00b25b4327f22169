"""Release of information: one yes or no per class of recipient, with every element of 42 CFR 2.31(a)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal

from services.intake.domain.instrument import Data, Words
from shared.contracts.codes import Information, RecipientClass

State = Literal["granted", "declined", "revoked", "expired"]
WARN_DAYS = 30
"""Days before its end from which a consent is shown as ending."""

TRANSITIONS: dict[State, dict[str, State]] = {
    "granted": {"revokes": "revoked", "expires": "expired", "newer form": "expired"},
    "declined": {},
    "revoked": {},
    "expired": {},
}
"""Only a granted consent changes; who agrees again signs a new one."""


class Recipient(Data):
    """One row of the form: who would learn what, and why."""

    recipient_class: RecipientClass
    purpose: str
    information: tuple[Information, ...]
    name: Words
    what: Words
    why: Words


class Form(Data):
    """One version of the form."""

    version: str
    days: int
    discloser: Words
    revoke: Words
    effect: Words
    recipients: tuple[Recipient, ...]

    def recipient(self, recipient_class: str) -> Recipient | None:
        return next((one for one in self.recipients if one.recipient_class == recipient_class), None)

    def expires_on(self, signed_on: date) -> date:
        """The last day on which a consent signed on `signed_on` holds, to the end of that day."""
        return signed_on + timedelta(days=self.days)


def read_answers(form: Form, posted: Mapping[str, Any]) -> dict[RecipientClass, bool]:
    """The rows answered, from fields `share_<class>` = yes | no. A row left open is no answer and no consent."""
    found: dict[RecipientClass, bool] = {}
    for recipient in form.recipients:
        answer = str(posted.get(f"share_{recipient.recipient_class}", ""))
        if answer in {"yes", "no"}:
            found[recipient.recipient_class] = answer == "yes"
    return found


def missing_elements(answers: Mapping[RecipientClass, bool], signature: str) -> list[str]:
    """Elements of 2.31(a) that a person must give and has not. The form itself holds the others."""
    return ["signature"] if any(answers.values()) and not signature.strip() else []


def over(expires_on: date | None, today: date) -> bool:
    """A consent holds to 23:59:59 local of its last day."""
    return expires_on is not None and expires_on < today


def ends_soon(state: str, expires_on: date | None, today: date) -> bool:
    return state == "granted" and expires_on is not None and (expires_on - today).days <= WARN_DAYS


def current(states: Sequence[tuple[RecipientClass, State]]) -> frozenset[RecipientClass]:
    """The classes of recipient that hold a live consent."""
    return frozenset(recipient for recipient, state in states if state == "granted")
