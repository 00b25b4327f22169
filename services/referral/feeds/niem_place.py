"""Where a NIEM document says it happened: the offense's or incident's place, else the place of the arrest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.referral.feeds.niem_document import Document, first_text
from services.referral.feeds.niem_subject import address
from services.referral.feeds.xml_stream import Element, children, local


def place_of(document: Document, arrest: Element, person: Element) -> dict[str, Any]:
    """The place as the canonical arrest has it; empty if none is named."""
    for place in _places(document, arrest, person):
        views = document.views(place)
        city = next((text for view in views for text in _texts(view, "LocationCityName")), "")
        found = {"text": address(views) or None, "municipality": city[:80] or None, **_coordinates(views)}
        if any(found.values()):
            return found
    return {}


def _places(document: Document, arrest: Element, person: Element) -> Iterator[Element]:
    for offense in document.linked("ArrestOffenseAssociation", arrest):
        yield from document.linked("OffenseLocationAssociation", offense)
    for incident in document.linked("IncidentArrestAssociation", arrest):
        yield from document.linked("IncidentLocationAssociation", incident)
    for view in document.views(arrest):
        for one in children(view, "ArrestLocation"):
            if (found := document.resolve(one)) is not None:
                yield found
    yield from document.linked("ActivityLocationAssociation", arrest)
    yield from document.linked("PersonArrestLocationAssociation", person)


def _texts(view: Element, name: str) -> Iterator[str]:
    for one in view.iter():
        if local(one) == name and (found := " ".join((one.text or "").split())):
            yield found


def _coordinates(views: list[Element]) -> dict[str, float | None]:
    """Longitude and latitude in degrees; none where minutes stand beside them."""
    found: list[float] = []
    for axis in ("Longitude", "Latitude"):
        path = f"Location2DGeospatialCoordinate/GeographicCoordinate{axis}"
        degrees = first_text(views, f"{path}/{axis}DegreeValue")
        try:
            value = float(degrees)
        except ValueError:
            return {"x": None, "y": None}
        if first_text(views, f"{path}/{axis}MinuteValue") or not abs(value) <= 180:
            return {"x": None, "y": None}
        found.append(value)
    return {"x": found[0], "y": found[1]}
