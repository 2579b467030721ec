from __future__ import annotations

import pytest

from aurora.errors import SettingsError
from aurora.warehouse.urls import parse_url, redacted

SECRET = "s3cr3t"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2"])
def test_each_usual_scheme_is_read_and_given_on_as_libpq_writes_it(scheme: str) -> None:
    parameters = parse_url(f"{scheme}://ann:p%40ss%2Fw%23rd@db.example:6432/aurora?sslmode=require&connect_timeout=3")
    assert (parameters.host, parameters.port, parameters.user) == ("db.example", 6432, "ann")
    assert parameters.password is not None
    assert parameters.password.get_secret_value() == "p@ss/w#rd"
    assert (parameters.database, parameters.sslmode) == ("aurora", "require")
    assert parameters.options == {"connect_timeout": "3"}
    assert parse_url(parameters.url()) == parameters
    assert parameters.url().startswith("postgresql://ann:p%40ss%2Fw%23rd@db.example:6432/aurora?")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann@localhost/aurora?host=/run/Pg%20Data&port=5433",
        "postgresql://ann@%2Frun%2FPg%20Data:5433/aurora",
        "postgresql://ann@/aurora?host=/run/Pg%20Data&port=5433",
    ],
)
def test_a_socket_folder_becomes_the_host(url: str) -> None:
    parameters = parse_url(url)
    assert parameters.host == "/run/Pg Data"
    assert parameters.port == 5433
    assert parameters.is_socket
    assert parse_url(parameters.url()) == parameters


def test_what_is_left_out_has_the_defaults_of_libpq(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGUSER", "carol")
    parameters = parse_url("postgresql://[::1]/aurora")
    assert (parameters.host, parameters.port, parameters.user) == ("::1", 5432, "carol")
    assert parameters.password is None
    assert parameters.url() == "postgresql://carol@[::1]:5432/aurora"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (f"mysql://ann:{SECRET}@h/aurora", "begins with mysql://"),
        (f"host=h password={SECRET}", "no PostgreSQL URL"),
        (f"{SECRET}://x", "begins with|no PostgreSQL URL"),
        ("", "no PostgreSQL URL"),
        (f"postgresql://ann:{SECRET}/x@h/aurora", "an @ too many"),
        (f"postgresql://ann:{SECRET}#x@h/aurora", "bare #"),
        (f"postgresql://ann:{SECRET}?x@h/aurora", "an @ too many"),
        (f"postgresql://ann:12/{SECRET}@h/aurora", "an @ too many"),
        (f"postgresql://ann:{SECRET}@x@h/aurora", "an @ too many"),
        (f"postgresql://ann:[{SECRET}@h/aurora", "cannot be read as a URL"),
        (f"postgresql://ann:{SECRET}@h:99999/aurora", "1 to 65535"),
        (f"postgresql://ann:{SECRET}@h:five/aurora", "1 to 65535"),
        (f"postgresql://ann:{SECRET}@h/", "does not name one database"),
        (f"postgresql://ann:{SECRET}@h/a/b", "does not name one database"),
        (f"postgresql://ann:{SECRET}@/aurora", "names no host"),
        (f"postgresql://ann:{SECRET}@h1:5432,h2:5432/aurora", "several hosts|1 to 65535"),
        (f"postgresql://ann:{SECRET}@h/aurora?host=h1,h2", "several hosts"),
    ],
)
def test_a_url_that_drivers_would_read_differently_is_refused_without_showing_its_password(
    url: str, reason: str
) -> None:
    with pytest.raises(SettingsError, match=reason) as failure:
        parse_url(url)
    message = str(failure.value)
    assert message.startswith("DATABASE_URL ")
    assert "\n" not in message
    if not url.startswith(SECRET):
        assert SECRET not in message
        assert SECRET not in redacted(url)
    assert failure.value.__cause__ is None


@pytest.mark.parametrize(
    "url",
    [f"postgresql://ann:{SECRET}@h/aurora", f"postgresql://ann@h/aurora?password={SECRET}&sslmode=require"],
)
def test_a_redacted_url_and_a_printed_one_hold_no_password(url: str) -> None:
    assert redacted(url).startswith("postgresql://ann:***@h:5432/aurora")
    assert SECRET not in redacted(url)
    assert SECRET not in repr(parse_url(url))


def test_a_url_without_a_password_is_redacted_to_itself() -> None:
    assert redacted("postgresql://ann@h:5432/aurora") == "postgresql://ann@h:5432/aurora"
