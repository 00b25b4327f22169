"""What the environment may say, and how a wrong word is answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.runtime.settings import SettingsError, load


def test_a_local_run_needs_no_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LEAD_HOME", str(tmp_path))
    settings = load("casework")
    assert settings.port == 8103
    assert settings.kafka_bootstrap == "127.0.0.1:8192"
    assert settings.kafka_username == "casework"
    assert settings.secrets_dir == tmp_path / "secrets" / "casework"
    assert settings.public_urls["intake"] == "http://127.0.0.1:8102"


def test_each_role_has_its_own_user_and_password(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LEAD_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("LEAD_DATABASE", "postgresql:///?host=/run/here&port=5432")
    (tmp_path / "database-web-password").write_text("wide/open\n")
    url = load("intake").database_url("web")
    assert url == "postgresql+asyncpg://lead_intake_web:wide%2Fopen@/lead_intake?host=%2Frun%2Fhere&port=5432"


def test_every_wrong_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAD_PORT_BASE", "eighty")
    monkeypatch.setenv("LEAD_TIMEZONE", "Pittsburgh")
    monkeypatch.setenv("LEAD_DATABASE", "mysql://somewhere")
    with pytest.raises(SettingsError) as told:
        load("referral")
    message = str(told.value)
    assert "LEAD_PORT_BASE is 'eighty'" in message
    assert "LEAD_TIMEZONE is 'Pittsburgh': no such time zone" in message
    assert "LEAD_DATABASE is 'mysql://somewhere': expected postgresql://HOST:PORT" in message


def test_a_secret_may_stand_in_a_named_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from-a-file\n")
    monkeypatch.setenv("LEAD_KAFKA_PASSWORD_FILE", str(file))
    settings = load("metrics")
    assert settings.broker_password == "from-a-file"
    assert "from-a-file" not in repr(settings)


def test_a_missing_secret_says_which_and_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LEAD_SECRETS_DIR", str(tmp_path))
    with pytest.raises(SettingsError, match=r"LEAD_DATABASE_WEB_PASSWORD: not set.*lead up"):
        load("intake").database_url("web")


def test_an_unknown_service_is_refused() -> None:
    with pytest.raises(SettingsError, match="LEAD_SERVICE"):
        load("payroll")
