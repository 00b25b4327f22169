"""What an arrest of a NIEM document is for: `ArrestCharge`, else `Charge`, else the offenses linked with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from services.referral.domain.nibrs_codes import SHAPE
from services.referral.feeds.niem_document import Document, first_text
from services.referral.feeds.xml_stream import Element, children, identity

_STATUTES: Final = ("ChargeStatute", "OffenseViolatedStatute", "Statute")
_SECTIONS: Final = ("StatuteCodeSectionIdentification/IdentificationID", "StatuteCodeIdentification/IdentificationID")
_GRADES: Final = {"FELONY": "F", "MISDEMEANOR": "M", "SUMMARY": "S"}


def find(document: Document, arrest: Element, arrests: int) -> list[dict[str, Any]]:
    """The charges of one of the document's arrests, as the canonical arrest has them. Empty: it names none.

    Raises ValueError for a charge without statute, text or offense code.
    """
    offenses = _once(document, document.linked("ArrestOffenseAssociation", arrest))
    own = [one for view in document.views(arrest) for one in children(view, "ArrestCharge")]
    charges = _once(document, (found for one in own if (found := document.resolve(one)) is not None))
    if not charges:
        charges = _once(
            document, (found for one in offenses for found in document.once(_views_of_charges).get(one, ()))
        )
        # What no link ties to an arrest belongs to the only one there is.
        charges = charges or (_once(document, document.named("Charge")) if arrests == 1 else [])
    named = [_charge(document.views(one)) for one in charges or offenses]
    if len(named) == 1 and not named[0].get("nibrs"):
        code = document.once(_only_code)
        if code:
            named[0]["nibrs"] = code
    if not all(named):
        raise ValueError("expected a statute, a text or an offense code in every charge")
    return named


def _once(document: Document, elements: Iterable[Element]) -> list[Element]:
    """Each thing once, however often it is described."""
    return list({document.views(one)[0]: one for one in elements}.values())


def _charge(views: list[Element]) -> dict[str, Any]:
    section = first_text(views, *(f"{statute}/{path}" for path in _SECTIONS for statute in _STATUTES))
    description = first_text(
        views,
        "ChargeDescriptionText",
        "ChargeText",
        *(f"{statute}/StatuteDescriptionText" for statute in _STATUTES),
        "OffenseText",
        "OffenseCategoryText",
        "ActivityDescriptionText",
    )
    code = first_text(views, "ChargeUCRCode", "OffenseUCRCode")
    found: dict[str, Any] = {}
    if len(section) <= 32 and len(description) <= 200:
        found = {"section": section or None, "description": description or None}
    else:
        found = {"text": f"{section} {description}".strip()[:4000]}
    found["nibrs"] = code if SHAPE.match(code) else None
    found = {name: value for name, value in found.items() if value}
    if found:
        found |= {"grade": _grade(views), "counts": _counts(views)}
    return found


def _grade(views: list[Element]) -> str | None:
    said = first_text(views, "ChargeSeverityText", "ChargeSeverityLevel/SeverityLevelDescriptionText").upper()
    return _GRADES.get(said, said[:8]) or None


def _counts(views: list[Element]) -> int:
    said = first_text(views, "ChargeCountQuantity")
    return max(1, int(said)) if re.match(r"^\d{1,3}$", said, re.ASCII) else 1


def _views_of_charges(document: Document) -> dict[Element, list[Element]]:
    """The charges that each element describes, as another description of an offense does."""
    found: dict[Element, list[Element]] = {}
    for one in _once(document, document.named("Charge")):
        for view in document.views(one):
            found.setdefault(view, []).append(one)
    return found


def _only_code(document: Document) -> str:
    """The offense code that stands with the role of the arrested (N-DEx), if the document has one arrest's."""
    roles = {identity(role): role for role in document.named("ArrestSubject")}
    codes = {
        first_text(document.views(role), "ChargeUCRCode", "ArrestSubjectAugmentation/ChargeUCRCode")
        for role in roles.values()
    } - {""}
    return code if len(codes) == 1 and SHAPE.match(code := codes.pop()) else ""
