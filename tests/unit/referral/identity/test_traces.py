"""An erasure finds a person wherever their name stands as it was sent, and leaves others alone."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.identity.traces import NEAR, Traces
from services.referral.domain.identity.traits import Identity

MARLOW = Identity(last="O'Sampleton", first="Zoë", sid="PA-0000017")
traces = Traces([MARLOW])

_letters = st.text(st.sampled_from("abcdefgilmnoprstuvzéöß'- "), min_size=2, max_size=12).map(str.strip)
_names = _letters.filter(lambda name: name[:1].isalpha() and name[-1:].isalpha())


@pytest.mark.parametrize(
    "text",
    [
        "PAFIC0001,C1,1,2025-01-31,10:00,O'Sampleton,Zoë,1990-01-31",
        "O'SAMPLETON;ZOË",
        "Arrested: Zoë O'Sampleton\u00a0Jr.",
        "<nc:PersonGivenName>Zoë</nc:PersonGivenName>\n<nc:PersonSurName>O&apos;Sampleton</nc:PersonSurName>",
        '{"first": "Zo\\u00eb", "last": "O\'Sampleton"}',
        "nobody,by,name,pa-0000017,",
    ],
)
def test_a_person_is_found_in_every_format(text: str) -> None:
    assert traces.in_text(text)
    assert traces.in_bytes(text.encode())


def test_a_person_is_found_in_a_file_of_windows() -> None:
    assert traces.in_bytes("O'Sampleton,Zoë".encode("cp1252"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Zoë,Fable",
        "O'Sampleton,Marlow",
        "O'Sampletonne,Zoë",
        "O'Sampleton,Zoëlle",
        "PA-00000179",
        "O'Sampleton" + " " * 5 + "x" * NEAR + ",Zoë",
    ],
)
def test_others_are_left_alone(text: str) -> None:
    assert not traces.in_text(text)


def test_nobody_to_look_for_is_said_and_finds_nothing() -> None:
    assert not Traces([])
    assert not Traces([Identity(sid="17")])
    assert not Traces([Identity()]).in_text("anything, at all")
    assert traces


@given(last=_names, first=_names, before=st.text(max_size=50), after=st.text(max_size=50))
def test_what_stands_in_a_row_of_json_is_found_whatever_stands_around_it(
    last: str, first: str, before: str, after: str
) -> None:
    row = orjson.dumps({"note": before, "last": last.upper(), "first": first, "then": after})
    assert Traces([Identity(last=last, first=first)]).in_bytes(row)
