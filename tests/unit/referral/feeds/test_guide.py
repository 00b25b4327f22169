"""The agencies' guide says what the adapters do."""

from __future__ import annotations

import json
import re
from pathlib import Path

from services.referral.feeds.formats import FORMATS
from services.referral.feeds.lead_csv import HEADER, REQUIRED
from services.referral.feeds.mapping import TARGETS, check_mapping
from services.referral.feeds.utilization_csv import OPTIONAL
from services.referral.feeds.utilization_csv import REQUIRED as USES

GUIDE = (Path(__file__).parents[4] / "docs" / "police-files.md").read_text(encoding="utf-8")
FLAT = " ".join(GUIDE.split())


def test_every_format_is_explained() -> None:
    assert [name for name in FORMATS if f"`{name}`" not in GUIDE] == []


def test_the_columns_are_those_of_the_adapters() -> None:
    assert f"`{', '.join(HEADER)}`" in FLAT
    assert [name for name in REQUIRED if f"`{name}`" not in GUIDE] == []
    assert f"`{', '.join(USES)}`" in FLAT
    assert [name for name in OPTIONAL if f"`{name}`" not in GUIDE] == []


def test_the_example_of_a_mapping_is_one() -> None:
    example = re.search(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    assert example is not None
    assert check_mapping(json.loads(example[1])) == []


def test_every_field_of_a_mapping_is_listed() -> None:
    listed = GUIDE[GUIDE.index("Fields: ") :]
    words = set(re.findall(r"\w+", listed))
    assert [target for target in TARGETS if target.rpartition(".")[2] not in words] == []
