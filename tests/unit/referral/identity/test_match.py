"""Whether a feed's record can be linked, told by texts that become tokens before it is applied."""

from __future__ import annotations

from services.referral.domain.identity_match import NAME_BIRTH, SID, Identity, match_texts, plain


def named(**given: object) -> Identity:
    return Identity.model_validate({"last": "Sampleton", "first": "Marlow", "birth_date": "1990-05-17", **given})


def test_spelling_that_is_only_spelling_gives_the_same_texts() -> None:
    assert match_texts(named(last="SAMPLE-TON ", first="márlow")) == match_texts(named())
    assert match_texts(named(birth_date="1990-05-18")) != match_texts(named())


def test_without_a_name_or_with_a_name_alone_there_is_none() -> None:
    assert match_texts(named(birth_date=None)) == {}
    assert match_texts(Identity(sid="12-34 567")) == {}
    assert match_texts(Identity.model_validate({"birth_date": "1990-05-17"})) == {}


def test_a_state_id_or_a_tracking_number_will_do() -> None:
    assert match_texts(named(birth_date=None, sid=" 12-34 567 ")) == {SID: "1234567"}
    assert set(match_texts(named(birth_date=None, otn="T 1"))) == {NAME_BIRTH}


def test_names_in_other_scripts_stay_apart() -> None:
    assert plain("Ольга") != plain("Иван")
