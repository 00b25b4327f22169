"""Sealed values open at their place only; pseudonyms and ids are stable and keyed."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.local_secrets import LocalSecrets
from shared.contracts.topics import topics
from shared.runtime.keyfile import KeyFileError, mint, read, write
from shared.runtime.keys import CLASSES, Keyring, SealError
from shared.runtime.settings import SERVICES

KEYS = Keyring.for_tests("casework")
PLACE = ("TXT", "own.note.body", "row-1")


@given(st.binary(max_size=2000), st.sampled_from(CLASSES), st.text(max_size=40), st.text(max_size=40))
def test_what_was_sealed_opens_at_its_place(plain: bytes, klass: str, column: str, row: str) -> None:
    sealed = KEYS.seal(klass, column, row, plain)
    assert KEYS.open(klass, column, row, sealed) == plain
    assert plain not in sealed or len(plain) < 4


@given(st.text(min_size=1, max_size=60), st.integers(0, 2))
def test_a_value_moved_to_another_place_does_not_open(plain: str, part: int) -> None:
    sealed = KEYS.seal(*PLACE, plain)
    elsewhere = list(PLACE)
    elsewhere[part] = "CLI" if part == 0 else elsewhere[part] + "x"
    with pytest.raises(SealError):
        KEYS.open(*elsewhere, sealed)


@given(st.binary(min_size=1, max_size=60), st.data())
def test_an_altered_value_does_not_open(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(KEYS.seal(*PLACE, plain))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealError):
        KEYS.open(*PLACE, bytes(sealed))


@given(st.binary(max_size=17))
def test_what_was_never_sealed_does_not_open(value: bytes) -> None:
    with pytest.raises(SealError):
        KEYS.open(*PLACE, value)


@given(st.lists(st.tuples(st.text(max_size=40), st.binary(max_size=60)), max_size=5), st.data())
def test_many_values_of_a_column_open_as_one_by_one_or_not_at_all(
    rows: list[tuple[str, bytes]], data: st.DataObject
) -> None:
    opened = KEYS.opener("TXT", "own.note.body")
    for row, plain in rows:
        sealed = KEYS.seal("TXT", "own.note.body", row, plain)
        assert opened(row, sealed) == KEYS.open("TXT", "own.note.body", row, sealed) == plain
        wrong = data.draw(st.sampled_from([("x" + row, sealed), (row, sealed[:-1]), (row, sealed[:9]), (row, b"")]))
        with pytest.raises(SealError):
            opened(*wrong)


def test_equal_values_seal_differently() -> None:
    assert KEYS.seal(*PLACE, "same") != KEYS.seal(*PLACE, "same")


def test_parts_of_an_id_do_not_run_together() -> None:
    keys = Keyring.for_tests("referral")
    assert keys.source_id("ab", "c") != keys.source_id("a", "bc")
    made = keys.source_id("wprdc", "12345")
    assert made == keys.source_id("wprdc", "12345")
    assert (made.version, made.variant) == (8, UUID(int=0x8000 << 48).variant)


def test_a_worker_has_one_pseudonym_in_intake_and_casework() -> None:
    pseudonym = Keyring.for_tests("intake").worker("demo", "coordinator")
    assert pseudonym == Keyring.for_tests("casework").worker("demo", "coordinator")
    assert pseudonym != Keyring.for_tests("intake").worker("demo", "supervisor")
    assert len(pseudonym) == 24


@pytest.mark.parametrize(
    ("service", "use"),
    [
        ("metrics", lambda keys: keys.open_topic("person-profile", "x", b"\x01" + bytes(40))),
        ("referral", lambda keys: keys.seal_topic("assessment-recorded", "x", b"")),
        ("referral", lambda keys: keys.worker("demo", "officer")),
        ("casework", lambda keys: keys.person_key(uuid4())),
        ("intake", lambda keys: keys.source_id("a")),
    ],
)
def test_a_service_holds_no_key_that_is_not_its_own(service: str, use: object) -> None:
    with pytest.raises(SealError, match="holds no"):
        use(Keyring.for_tests(service))  # type: ignore[operator]


def test_every_sealed_topic_opens_for_its_readers_alone() -> None:
    for topic in (t for t in topics().values() if t.sealed):
        sealed = Keyring.for_tests(topic.write[0]).seal_topic(topic.name, "fact", b"content")
        for service in SERVICES:
            keys = Keyring.for_tests(service)
            if service in (*topic.read, *topic.write):
                assert keys.open_topic(topic.name, "fact", sealed) == b"content"
            else:
                with pytest.raises(SealError):
                    keys.open_topic(topic.name, "fact", sealed)


def test_an_old_key_still_opens_after_a_new_one_came(tmp_path: Path) -> None:
    keys = mint(["intake"], {})["intake"]
    before = Keyring("intake", keys).seal(*PLACE, "old")
    keys.sealing["TXT"][2] = bytes(range(32))
    write(tmp_path, keys)
    after = Keyring.load("intake", tmp_path)
    assert after.open(*PLACE, before) == b"old"
    assert after.seal(*PLACE, "new")[1:5] == (2).to_bytes(4, "big")


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    LocalSecrets.make(tmp_path)
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert all(path.stat().st_mode & 0o777 == 0o400 for path in files)
    LocalSecrets.make(tmp_path)
    assert files == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_a_keyring_without_its_wrapping_key_does_not_open(tmp_path: Path) -> None:
    write(tmp_path, mint(["intake"], {})["intake"])
    stored = json.loads((tmp_path / "keyring.json").read_text())
    assert all(len(base64.b64decode(key)) == 60 for key in stored["hmac"].values())
    (tmp_path / "kek").unlink()
    (tmp_path / "kek").write_text(base64.b64encode(bytes(32)).decode())
    with pytest.raises(KeyFileError, match="cannot be opened"):
        read(tmp_path)
    (tmp_path / "kek").unlink()
    with pytest.raises(KeyFileError, match="is missing"):
        read(tmp_path)
