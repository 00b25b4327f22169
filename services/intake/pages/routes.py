"""What all pages of intake declare: where their templates are, and for whom they are."""

from __future__ import annotations

from pathlib import Path

from shared.web import Access, Pages

TEMPLATES = Path(__file__).parent / "templates"
STAFF = "intake_worker supervisor"

LOOK = Access(purpose="intake", reads="ID REF CHG CON", roles=STAFF)
OUTREACH = Access(purpose="intake", reads="ID REF CHG CON", writes="CON", roles=STAFF)
ANSWERS = Access(purpose="intake", reads="ID REF CHG CON CLI CNS", roles=STAFF)
INTERVIEW = Access(purpose="intake", reads="ID REF CHG CON CLI CNS", writes="CON CLI CNS", roles=STAFF)
CORRECT = Access(purpose="oversee", reads="ID REF CHG CON CLI", writes="CON CLI", roles="supervisor")
CONSENT_LOOK = Access(purpose="consent", reads="ID REF CNS", roles=f"{STAFF} coordinator")
CONSENTS = Access(purpose="consent", reads="ID REF CNS", writes="CNS", roles=f"{STAFF} coordinator")


def pages() -> Pages:
    """A router of this service."""
    return Pages("intake", templates=TEMPLATES)
