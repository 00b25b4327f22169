"""Only the pinned jars reach the broker's class path."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from deploy.local import jars
from deploy.local.child import StartError

AT = "org.example:part:1.0"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pinned = tmp_path / "pinned.txt"
    pinned.write_text(f"# one jar\n{hashlib.sha256(b'good').hexdigest()}  {AT}\n")
    monkeypatch.setattr(jars, "PINNED", pinned)
    monkeypatch.setenv("LEAD_BROKER_JARS", str(tmp_path / "jars"))
    (tmp_path / "jars").mkdir()
    return tmp_path / "jars"


def offer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes) -> None:
    """Let the Maven client hand out a file with this content."""
    import jgo.maven

    file = tmp_path / "offered.jar"
    file.write_bytes(content)
    monkeypatch.setattr(jgo.maven.Artifact, "resolve", lambda _self: file)


def test_what_is_there_and_right_is_not_fetched(place: Path) -> None:
    (place / "part-1.0.jar").write_bytes(b"good")
    assert jars.ensure() == place


def test_an_altered_jar_is_fetched_again(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "part-1.0.jar").write_bytes(b"altered")
    offer(monkeypatch, tmp_path, b"good")
    jars.ensure()
    assert (place / "part-1.0.jar").read_bytes() == b"good"


def test_a_jar_with_another_digest_is_refused(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, tmp_path, b"evil")
    with pytest.raises(StartError, match=f"{AT} is not the file that was pinned"):
        jars.ensure()
    assert list(place.iterdir()) == []


def test_a_stray_file_does_not_reach_the_class_path(place: Path) -> None:
    (place / "part-1.0.jar").write_bytes(b"good")
    (place / "stray.jar").write_bytes(b"?")
    jars.ensure()
    assert [path.name for path in place.iterdir()] == ["part-1.0.jar"]
