"""The one router of casework's pages, and what most of its routes declare."""

from __future__ import annotations

from pathlib import Path

from shared.web import Access, Pages

router = Pages("casework", templates=Path(__file__).parent / "templates")

CARE = Access(purpose="care", reads="ID POL REF CHG ENG CON CLI CNS", writes="", roles="coordinator supervisor")
"""Reading people's pages: what a care team sees."""

PICK = Access(purpose="care", reads="ID CON", roles="coordinator supervisor")
LOG = Access(purpose="care", reads="ID CON", writes="CON CLI ENG", roles="coordinator supervisor")
ENGAGE = Access(purpose="care", reads="ID ENG", writes="ENG", roles="coordinator supervisor")
ALERTS = Access(purpose="care", reads="POL", writes="CON", roles="coordinator supervisor")
OVERSEE = Access(purpose="oversee", reads="ID ENG CON", writes="", roles="supervisor")
