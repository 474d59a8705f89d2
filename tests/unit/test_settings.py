from __future__ import annotations

import os
import traceback

import pytest

from jalon.errors import SettingsInvalid
from jalon.settings import Settings, effective, read_settings


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("JALON_"):
            monkeypatch.delenv(name)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_PORT", "8123")
    assert read_settings().port == 8123


def test_the_command_line_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_PORT", "8123")
    assert read_settings(port=9).port == 9


def test_an_unknown_setting_is_refused_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_PROT", "8123")
    with pytest.raises(SettingsInvalid, match=r"JALON_PROT.*JALON_PORT"):
        read_settings()


def test_a_value_out_of_bounds_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_PORT", "many")
    with pytest.raises(SettingsInvalid, match=r"JALON_PORT.*many"):
        read_settings()


def test_every_setting_is_described() -> None:
    shown = effective(read_settings())
    assert len(shown) == len(Settings.model_fields)
    assert all(each.name.startswith("JALON_") and each.meaning for each in shown)


def test_what_is_not_set_has_no_value() -> None:
    shown = {each.name: each.value for each in effective(read_settings(port=9))}
    assert shown["JALON_PACK"] is None
    assert shown["JALON_PORT"] == "9"


@pytest.mark.parametrize("trusted", ["10.0.0.0/8", "127.0.0.1, ::1", "fd00::/8,192.0.2.7", ""])
def test_proxies_are_addresses_and_networks(trusted: str) -> None:
    assert read_settings(trusted_proxies=trusted).trusted_proxies == trusted


@pytest.mark.parametrize("trusted", ["proxy", "*", "10.0.0.1/8", "10.0.0.1;10.0.0.2"])
def test_what_would_trust_nobody_or_everybody_by_mistake_is_refused(trusted: str) -> None:
    with pytest.raises(SettingsInvalid, match="JALON_TRUSTED_PROXIES"):
        read_settings(trusted_proxies=trusted)


@pytest.mark.parametrize(
    "ledger", ["sqlite", "postgresql://ann:s3cret@db:5433/jalon?sslmode=require"]
)
def test_a_ledger_stands_in_the_data_folder_or_in_postgresql(ledger: str) -> None:
    settings = read_settings(ledger=ledger)
    assert settings.ledger == ledger
    [row] = [each for each in effective(settings) if each.name == "JALON_LEDGER"]
    assert row.value == ("sqlite" if ledger == "sqlite" else "postgresql://ann@db:5433/jalon")
    assert "s3cret" not in f"{settings!r}{settings}"


@pytest.mark.parametrize(
    "ledger",
    ["", "sqlit", "mysql://ann:s3cret@db/jalon", "postgresql://ann:s3cret@db", "ann:s3cret@db"],
)
def test_another_ledger_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch, ledger: str
) -> None:
    monkeypatch.setenv("JALON_LEDGER", ledger)
    with pytest.raises(SettingsInvalid, match="JALON_LEDGER") as raised:
        read_settings()
    told = "".join(traceback.format_exception(raised.value))
    assert "s3cret" not in told
