"""Trains the weights of record linkage from a file of person records without looking at any label.

u by random pairs, m by expectation maximisation over pairs that share a block, both with Splink. State id and offence
tracking number are set by hand, since no open file holds them (see the model card). Surname shares: U.S. Census 1990,
as the package `names` ships them.

    python -m tools.linkage.train --version 1 --out weights-1.json \
      --records FILE given=given_name surname=surname born=date_of_birth address=street_number+address_1+suburb

Several files (`--records` again) are trained as one; a trait that a file lacks is missing there.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from services.referral.domain.identity.blocks import candidate_pairs
from services.referral.domain.identity.levels import Level, compare
from services.referral.domain.identity.traits import Traits, plain
from tools.linkage.model import LEVELS, settings
from tools.linkage.people import named, read

SURNAMES = 1000
LEAST = 1e-6
RULES = (("born",), ("given", "surname"), ("surname", "address"), ("given", "address"), ("phone",))
"""Each round of EM holds these equal and estimates the others; their means count."""
BY_HAND: dict[str, dict[str, tuple[float, float]]] = {
    # Fingerprints stand behind a state id: another person's is a slip of the pen.
    "sid": {"equal": (0.98, 1e-8), "else": (0.02, 1 - 1e-8)},
    # One person has several, one for each arrest: another says nothing.
    "otn": {"equal": (0.5, 1e-8), "else": (0.5, 0.5)},
}


def main() -> None:
    asked = _asked()
    records = [one for path, *columns in asked.records for one in read(Path(path), named(columns))]
    trained = train(records, asked.seed)
    out = {"version": asked.version, **trained, **_by_hand(), "surnames": _surnames()}
    asked.out.write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")


def train(records: Sequence[Traits], seed: int) -> dict[str, Any]:
    """m and u of every level that a file can show."""
    database = duckdb.connect()
    _hold_sql_to_the_domain(database, records, candidate_pairs(records), seed)
    table = _table(records)
    rules = [rule for rule in RULES if all(table[trait].null_count < len(records) for trait in rule)]
    # As many matches as records is the right order of magnitude for a file with a few records a person.
    first = _linker(records, settings(1 / len(records)))
    first.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=seed)
    _expectation_maximisation(first, rules)
    # Random pairs of a file full of duplicates hold some of one person. So u is taken anew, over one record of each
    # person that the first model finds.
    alone = _linker(_one_of_each(first, records), settings(1 / len(records)))
    alone.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=seed)
    u = _chances(alone.misc.save_model_to_json(), "u")
    final = _linker(records, settings(1 / len(records), u))
    _expectation_maximisation(final, rules)
    m = _chances(final.misc.save_model_to_json(), "m")
    chances = {name: {level: {"m": m[name][level], "u": u[name][level]} for level in LEVELS[name]} for name in LEVELS}
    return {
        "swapped": m["swapped"]["swapped"],
        "given": chances["given"],
        "surname": chances["surname"],
        "birth_date": chances["born"],
        "address": chances["address"],
        "phone": chances["phone"],
    }


def _linker(records: Sequence[Traits], given: SettingsCreator) -> Linker:
    return Linker(DuckDBAPI().register(_table(records)), given, log_level=logging.WARNING)


def _expectation_maximisation(linker: Linker, rules: Sequence[tuple[str, ...]]) -> None:
    for rule in rules:
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*rule), record_sample_proportion=1.0
        )


def _one_of_each(linker: Linker, records: Sequence[Traits]) -> list[Traits]:
    links = linker.inference.predict(threshold_match_probability=0.5)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(links, threshold_match_probability=0.5)
    first: dict[Any, int] = {}
    for row in clusters.as_record_list():
        first[row["cluster_id"]] = min(row["number"], first.get(row["cluster_id"], row["number"]))
    return [records[number] for number in sorted(first.values())]


def _table(records: Sequence[Traits]) -> pa.Table:
    return pa.table(
        {
            "number": list(range(len(records))),
            "given": pa.array([one.given or None for one in records], pa.string()),
            "surname": pa.array([one.surname or None for one in records], pa.string()),
            "born": pa.array([one.born or None for one in records], pa.string()),
            "address": pa.array([next(iter(one.addresses), None) for one in records], pa.string()),
            "phone": pa.array([next(iter(one.phones), None) for one in records], pa.string()),
        }
    )


def _chances(model: dict[str, Any], letter: str) -> dict[str, dict[str, float]]:
    """Of a trained model: comparison -> level -> m or u. The mean of several rounds is brought to a sum of 1."""
    found: dict[str, dict[str, float]] = {}
    for comparison in model["comparisons"]:
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        raw = {one["label_for_charts"]: max(one.get(f"{letter}_probability") or LEAST, LEAST) for one in levels}
        total = sum(raw.values())
        found[comparison["output_column_name"]] = {label: float(f"{x / total:.5g}") for label, x in raw.items()}
    return found


def _hold_sql_to_the_domain(
    database: duckdb.DuckDBPyConnection, records: Sequence[Traits], pairs: set[tuple[int, int]], seed: int
) -> None:
    """The SQL of the model must find the levels that the service finds; on a sample of pairs, it is checked."""
    sample = random.Random(seed).sample(sorted(pairs), min(2000, len(pairs)))
    database.register("people", _table(records))
    database.register("pairs", pa.table({"l": [a for a, _ in sample], "r": [b for _, b in sample]}))
    sides = ", ".join(f"p{s}.{c} as {c}_{s}" for c in ("given", "surname", "born", "address", "phone") for s in "lr")
    cases = ", ".join(_case(comparison) for comparison in settings(0.1).create_settings_dict("duckdb")["comparisons"])
    rows = database.execute(
        f"with sides as (select pairs.l, pairs.r, {sides} from pairs"  # noqa: S608  # constants of this file
        f" join people pl on pl.number = pairs.l join people pr on pr.number = pairs.r) select l, r, {cases} from sides"
    ).fetchall()
    for left, right, given, surname, born, address, phone, swapped in rows:
        found = compare(records[left], records[right])
        ours = (found.birth_date.value, found.address.value, found.phone.value, found.names.swapped)
        if ours != (born, address, phone, swapped == "swapped") or (
            not found.names.swapped and (found.names.given.value, found.names.surname.value) != (given, surname)
        ):
            raise SystemExit(f"SQL and service disagree on records {left} and {right} (numbers from 0)")


def _case(comparison: dict[str, Any]) -> str:
    name, levels = comparison["output_column_name"], comparison["comparison_levels"]
    whens = " ".join(
        f"when {level['sql_condition']} then '{label}'"
        for label, level in zip((Level.MISSING.value, *LEVELS[name]), levels[:-1], strict=False)
    )
    return f"case {whens} else '{LEVELS[name][-1]}' end"


def _by_hand() -> dict[str, Any]:
    return {trait: {level: {"m": m, "u": u} for level, (m, u) in levels.items()} for trait, levels in BY_HAND.items()}


def _surnames() -> dict[str, Any]:
    lines = (files("names") / "dist.all.last").read_text("utf-8").splitlines()[:SURNAMES]
    listed = {plain(line.split()[0]): round(float(line.split()[1]) / 100, 6) for line in lines}
    return {"unlisted": min(listed.values()), "listed": listed}


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--records", nargs="+", action="append", required=True, metavar=("FILE", "TRAIT=COLUMN[+COLUMN]")
    )
    parser.add_argument("--version", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20260101)
    return parser.parse_args()


if __name__ == "__main__":
    main()
