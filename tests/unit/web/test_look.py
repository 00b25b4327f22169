"""What is shipped to the browser: unaltered vendor files, no foreign address, nothing the CSP would refuse."""

from __future__ import annotations

import gzip
import hashlib
import json
import re

import pytest

from shared.web import assets, drawn
from shared.web.render import SHARED

VENDOR = assets.FOLDER / "vendor"


def test_vendor_files_are_those_of_the_manifest() -> None:
    listed = json.loads((VENDOR / "MANIFEST.json").read_text())["files"]
    found = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "MANIFEST.json"
    }
    assert found == listed


def test_every_vendor_comes_with_its_licence() -> None:
    assert {path.name for path in VENDOR.iterdir() if path.is_dir()} == {"htmx", "uswds"}
    for folder in ("htmx", "uswds"):
        assert list((VENDOR / folder).glob("LICENSE*"))


def test_templates_hold_nothing_the_csp_refuses() -> None:
    for path in SHARED.glob("*.html"):
        text = path.read_text()
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:|hx-on", text), path.name
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), path.name
        assert "https://" not in text, path.name


def test_our_style_and_script_stay_small() -> None:
    size = len(gzip.compress(assets.stylesheet())) + len(gzip.compress((assets.FOLDER / "app.js").read_bytes()))
    assert size < 20_000


def test_an_address_changes_with_the_content() -> None:
    assert re.fullmatch(r"/static/app\.css\?v=[0-9a-f]{10}", assets.address("app.css"))
    with pytest.raises(FileNotFoundError):
        assets.address("no-such-file.css")


@pytest.mark.parametrize(
    ("left", "tone"), [(14, "ok"), (8, "ok"), (7, "soon"), (4, "soon"), (3, "risk"), (0, "risk"), (-2, "risk")]
)
def test_the_clock_is_amber_at_seven_days_and_red_at_three(left: int, tone: str) -> None:
    assert drawn.clock_tone(left) == tone
    assert drawn.clock_tone(left, done=True) == "good"


def test_the_clock_has_a_pip_a_day_and_says_it_in_words() -> None:
    drawing = drawn.clock(13, 14)
    assert drawing.count("<rect") == 14
    assert drawing.count("pip-risk") == 13
    assert 'aria-label="Day 13 of 14"' in drawing
    assert drawn.clock(20, 14).count("pip-risk") == 14
    assert drawn.clock(3, 14, done=True).count("pip-good") == 14


def test_the_meter_marks_where_it_warns_and_stops() -> None:
    drawing = drawn.meter(27)
    assert drawing.count("pip-risk") == 2
    assert 'aria-label="27 people. Warning at 20. Stop at 25."' in drawing
