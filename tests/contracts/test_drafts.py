"""A schema that was generated and never committed is a draft: no later contract is held against it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from shared.contracts import generate, json_schemas


def git(folder: Path, *words: str) -> None:
    author = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
    subprocess.run(["git", "-C", str(folder), *author, *words], check=True, capture_output=True)


def test_only_what_git_does_not_know_is_a_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = tmp_path / "history"
    (history / "contact-logged").mkdir(parents=True)
    committed, draft = (history / "contact-logged" / f"{name}.json" for name in ("committed", "draft"))
    committed.write_text("{}")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "one")
    draft.write_text("{}")
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(json_schemas, "HISTORY", history)
    monkeypatch.setattr(generate, "files", dict)
    assert generate.drafts() == [draft]
    monkeypatch.setattr(generate, "files", lambda: {draft: b"{}"})
    assert generate.drafts() == []


def test_without_a_work_tree_nothing_is_a_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert generate.drafts() == []
