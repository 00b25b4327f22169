"""The presumption of a whole arrest, and what is said about one record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.referral.domain.arrest import CanonicalArrest, fact_body
from services.referral.domain.divertible import divertible, warrant_only
from services.referral.domain.place import public_zone
from services.referral.store.crosswalk import seed_classifier

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("texts", "presumption"),
    [
        ("3929 Retail Theft", "yes"),
        ("3929 Retail Theft / 3802 DUI", "no"),
        ("3929 Retail Theft / 9501 Bench Warrant", "no"),
        ("3929 Retail Theft / 3921 Theft", "review"),
        ("3929 Retail Theft / 903 Criminal Conspiracy", "yes"),
        ("903 Criminal Conspiracy", "review"),
        ("1301 Registration", "no"),
        ("3929 Retail Theft / 1301 Registration", "yes"),
    ],
)
def test_the_strictest_charge_decides(texts: str, presumption: str) -> None:
    assert divertible(seed_classifier().classify(texts)) == presumption


def test_warrant_only_means_nothing_but_warrants() -> None:
    classify = seed_classifier().classify
    assert warrant_only(classify("9501 Bench Warrant / 9015 Failure To Appear"))
    assert not warrant_only(classify("9501 Bench Warrant / 3929 Retail Theft"))
    assert not warrant_only([])


def record(**given: object) -> CanonicalArrest:
    return CanonicalArrest.model_validate(
        {
            "ori": "PAPPD0000",
            "source_record_id": "A-1",
            "arrested_at": "2026-02-20T23:30:00-05:00",
            "person": {"last": "Sampleton", "first": "Marlow", "birth_date": "1986-02-21"},
            "charges": [{"text": "3929(a)(1) Retail Theft"}],
            **given,
        }
    )


def test_the_age_is_that_of_the_local_day_of_the_arrest() -> None:
    assert _fact(record())["demographics"]["age"] == 39


def test_an_old_record_is_backfill() -> None:
    assert _fact(record())["backfill"] is False
    assert _fact(record(arrested_at=NOW - timedelta(days=40)))["backfill"] is True


def test_equal_content_has_an_equal_digest_whatever_is_spelt_out() -> None:
    assert record().digest() == record(time_precision="minute", place={}).digest()
    assert record().digest() != record(disposition="cited").digest()


@pytest.mark.parametrize(("given", "published"), [("Zone 5", "5"), ("osc", "OSC"), ("near Marlow's house", None)])
def test_a_zone_is_a_short_code_or_nothing(given: str, published: str | None) -> None:
    assert public_zone(given) == published


def _fact(arrest: CanonicalArrest) -> dict[str, object]:
    return fact_body(
        arrest, seed_classifier(), source="api", ori="PAPPD0000", municipality=None, case_key=None, received_at=NOW
    )
