"""The containers, as far as they can be judged without running them."""

from __future__ import annotations

import importlib
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import typer
import yaml

from api.health.endpoints import router as health
from aurora.registry import url_variable

ROOT = Path(__file__).resolve().parents[2]

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
OWN = ("migrations", "dagster", "api")


def _command(service: str) -> tuple[click.Command, list[str]]:
    program, name, *options = SERVICES[service]["command"]
    assert program == "aurora"
    function = getattr(importlib.import_module(f"aurora.cli.{name}"), name)
    app = typer.Typer()
    app.command(name)(function)
    return typer.main.get_command(app), options


def test_the_services_are_postgres_migrations_dagster_and_api() -> None:
    assert set(SERVICES) == {"postgres", *OWN}


@pytest.mark.parametrize("service", OWN)
def test_every_command_exists_and_takes_its_options(service: str) -> None:
    command, options = _command(service)
    context = command.make_context(service, list(options))
    assert not context.args


@pytest.mark.parametrize("service", ["dagster", "api"])
def test_the_port_that_is_published_is_the_one_that_is_listened_on(service: str) -> None:
    command, options = _command(service)
    parameters = command.make_context(service, list(options)).params
    [published] = SERVICES[service]["ports"]
    address, outside, inside = published.split(":")
    assert int(inside) == parameters["port"]
    assert outside == inside
    assert parameters["host"] == "0.0.0.0"  # noqa: S104 -- inside the container
    assert f":{inside}/" in SERVICES[service]["healthcheck"]["test"][-1]
    assert re.search(rf"^EXPOSE .*\b{inside}\b", DOCKERFILE, re.MULTILINE)
    assert address == "127.0.0.1"


def test_no_two_services_publish_one_port_and_none_to_the_world() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert len({port.split(":")[1] for port in ports}) == len(ports)


def test_everything_waits_for_a_healthy_database_and_the_servers_for_migrations() -> None:
    for service in OWN:
        depends_on = SERVICES[service]["depends_on"]
        assert depends_on["postgres"] == {"condition": "service_healthy"}
        assert set(depends_on) <= set(SERVICES)
    for service in ("dagster", "api"):
        assert SERVICES[service]["depends_on"]["migrations"] == {"condition": "service_completed_successfully"}


def test_servers_have_healthchecks_and_migrations_run_once() -> None:
    assert {name for name, service in SERVICES.items() if "healthcheck" in service} == {"postgres", "dagster", "api"}
    assert SERVICES["migrations"]["restart"] == "no"


def test_the_api_is_probed_where_it_answers_without_a_key() -> None:
    [path] = re.findall(r"http://127\.0\.0\.1:8000(/[a-z/]*)", SERVICES["api"]["healthcheck"]["test"][-1])
    assert path in {route.path for route in health.routes if hasattr(route, "path")}


@pytest.mark.parametrize("service", ["dagster", "api"])
def test_the_probe_is_python_that_compiles(service: str) -> None:
    how, program, option, code = SERVICES[service]["healthcheck"]["test"]
    assert (how, program, option) == ("CMD", "python", "-c")
    compile(code, service, "exec")


@pytest.mark.parametrize("service", OWN)
def test_configuration_comes_from_env_and_the_database_is_the_composed_one(service: str) -> None:
    assert SERVICES[service]["env_file"] == ".env"
    url = SERVICES[service]["environment"]["DATABASE_URL"]
    assert re.fullmatch(r"postgresql://aurora:\$\{POSTGRES_PASSWORD:\?[^}]+\}@postgres:5432/aurora", url)


def test_no_secret_stands_in_the_files() -> None:
    assert SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8") + DOCKERFILE
    assert not re.search(r"(_API_KEY|JWT_SECRET_KEY)\s*[:=]", text)
    assert url_variable("solana_rpc") not in text


def test_postgres_is_new_enough_and_in_utc() -> None:
    image, _, version = SERVICES["postgres"]["image"].partition(":")
    assert image == "postgres"
    assert int(version.split(".")[0]) >= 15
    assert "timezone=UTC" in SERVICES["postgres"]["command"]
    assert "C.UTF-8" in SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"]


def test_every_volume_is_declared() -> None:
    named = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }
    assert named == set(COMPOSE["volumes"])


def test_the_image_holds_each_package_and_nothing_runs_as_root() -> None:
    copied = {
        source
        for line in DOCKERFILE.splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for source in shlex.split(line)[1:-1]
    }
    assert {"aurora", "loaders", "dbt_project", "dagster_defs", "api", "requirements.lock"} <= copied
    assert {"chains.yaml", "providers.yaml", "pyproject.toml"} <= copied
    users = re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)
    assert users
    assert users[-1] not in {"root", "0"}
    assert "--require-hashes" in DOCKERFILE
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"}
    assert copied <= kept


def test_the_image_has_a_python_that_the_project_takes() -> None:
    versions = re.findall(r"^FROM python:3\.([0-9]+)-slim", DOCKERFILE, re.MULTILINE)
    assert len(set(versions)) == 1
    assert 11 <= int(versions[0]) <= 13
