"""The comparisons of `services/referral/domain/identity/levels.py` as Splink's SQL on DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from splink import SettingsCreator, block_on
from splink.comparison_library import CustomComparison

from services.referral.domain.identity.levels import CLOSE_FROM, NEAR_FROM

U = Mapping[str, Mapping[str, float]] | None
LEVELS = {
    "given": ("equal", "close", "near", "else"),
    "surname": ("equal", "close", "near", "else"),
    "born": ("equal", "one_edit", "two_edits", "else"),
    "address": ("equal", "close", "else"),
    "phone": ("equal", "else"),
    "swapped": ("swapped", "straight"),
}


def settings(two_are_one: float, u: Mapping[str, Mapping[str, float]] | None = None) -> SettingsCreator:
    """Splink's settings; `two_are_one`: the chance that two records taken at random are one person; `u` if known."""
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="number",
        probability_two_random_records_match=two_are_one,
        comparisons=[_name("given", u), _name("surname", u), _born(u), _address(u), _phone(u), _swapped(u)],
        blocking_rules_to_generate_predictions=[
            block_on("born"),
            block_on("given", "surname"),
            block_on("address"),
            block_on("phone"),
        ],
        max_iterations=100,
        em_convergence=1e-5,
    )


def _alike(one: str, other: str, threshold: float) -> str:
    return f"jaro_winkler_similarity({one}_l, {other}_r) >= {threshold}"


_STRAIGHT = f"({_alike('given', 'given', NEAR_FROM)} and {_alike('surname', 'surname', NEAR_FROM)})"
_CROSS = (
    f"(coalesce({_alike('given', 'surname', NEAR_FROM)} and {_alike('surname', 'given', NEAR_FROM)}, false)"
    f" and not coalesce({_STRAIGHT}, false))"
)


def _comparison(name: str, u: U, missing: str, *conditions: str) -> CustomComparison:
    levels: list[Any] = [{"sql_condition": missing, "label_for_charts": "missing", "is_null_level": True}]
    for label, condition in zip(LEVELS[name], (*conditions, "ELSE"), strict=True):
        known = {"u_probability": u[name][label], "fix_u_probability": True} if u else {}
        levels.append({"sql_condition": condition, "label_for_charts": label, **known})
    return CustomComparison(output_column_name=name, comparison_levels=levels)


def _name(name: str, u: U) -> CustomComparison:
    # Swapped names are compared crosswise by the service; here they would only blur `else`.
    return _comparison(
        name,
        u,
        f"{name}_l is null or {name}_r is null or {_CROSS}",
        f"{name}_l = {name}_r",
        _alike(name, name, CLOSE_FROM),
        _alike(name, name, NEAR_FROM),
    )


def _born(u: U) -> CustomComparison:
    swapped = "born_l = substr(born_r, 1, 4) || substr(born_r, 7, 2) || substr(born_r, 5, 2)"
    return _comparison(
        "born",
        u,
        "born_l is null or born_r is null",
        "born_l = born_r",
        f"({swapped} or damerau_levenshtein(born_l, born_r) = 1)",
        "damerau_levenshtein(born_l, born_r) = 2",
    )


def _address(u: U) -> CustomComparison:
    return _comparison(
        "address",
        u,
        "address_l is null or address_r is null",
        "address_l = address_r",
        _alike("address", "address", CLOSE_FROM),
    )


def _phone(u: U) -> CustomComparison:
    return _comparison("phone", u, "phone_l is null or phone_r is null", "phone_l = phone_r")


def _swapped(u: U) -> CustomComparison:
    missing = "given_l is null or given_r is null or surname_l is null or surname_r is null"
    return _comparison("swapped", u, missing, _CROSS)
