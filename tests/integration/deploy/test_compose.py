from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from diptych.config import _GivenEnv, _read

DEPLOY = Path(__file__).parents[3] / "deploy"
ROOT = DEPLOY.parent
VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::[?-][^}]*)?\}")


def in_the_image() -> list[str]:
    """The paths that the ignore file lets through to the image's build."""
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    return [line[1:] for line in lines if line.startswith("!")]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


def ours(compose: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in compose["services"].items() if "diptych" in one["image"]}


def test_the_parts_of_the_design_are_there(compose: dict[str, Any]) -> None:
    assert {"webhooks", "consumers", "rabbitmq", "redis", "postgres"} <= set(compose["services"])
    assert set(compose["volumes"]) == {"rabbitmq", "postgres"}


def test_every_key_that_is_set_exists(compose: dict[str, Any]) -> None:
    env = _GivenEnv({})
    _read(env)
    for service in ours(compose).values():
        assert set(service.get("environment", {})) <= set(env.known())


def test_no_secret_stands_in_the_file_and_each_password_is_asked_for(compose: dict[str, Any]) -> None:
    used = set(VARIABLE.findall((DEPLOY / "compose.yaml").read_text()))
    assert used == {"DIPTYCH_TAG", "RABBITMQ_PASSWORD", "REDIS_PASSWORD", "POSTGRES_PASSWORD"}
    documented = (DEPLOY / "diptych.env").read_text()
    for name in used - {"DIPTYCH_TAG"}:
        assert f"#{name}=" in documented
        assert f"${{{name}:?" in (DEPLOY / "compose.yaml").read_text()


def test_long_running_parts_wait_for_healthy_servers_and_are_watched(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name in ("webhooks", "consumers"):
        waits = {other: how["condition"] for other, how in services[name]["depends_on"].items()}
        assert waits == {
            "rabbitmq": "service_healthy",
            "rabbitmq-limits": "service_completed_successfully",
            "redis": "service_healthy",
            "postgres": "service_healthy",
        }
    for name in ("webhooks", "consumers", "rabbitmq", "redis", "postgres"):
        assert services[name]["healthcheck"]["test"]
        assert services[name]["restart"] == "unless-stopped"


def test_our_containers_may_write_nothing_and_gain_nothing(compose: dict[str, Any]) -> None:
    for name in ("webhooks", "consumers", "cli"):
        service = compose["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_every_file_that_is_mounted_or_built_from_is_there(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (DEPLOY / source).is_file()
    assert (DEPLOY / compose["services"]["webhooks"]["build"]["context"]).resolve() == ROOT
    assert (ROOT / compose["services"]["webhooks"]["build"]["dockerfile"]).is_file()


def test_the_image_is_built_in_stages_from_hashes_and_runs_without_root() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("FROM ")] == [
        "FROM python:3.11-slim AS build",
        "FROM python:3.11-slim",
    ]
    assert "USER 10001" in lines
    assert any("--require-hashes --requirement requirements.lock" in line for line in lines)
    assert "--hash=sha256:" in (ROOT / "requirements.lock").read_text()


def test_everything_the_image_is_built_from_passes_the_ignore_file() -> None:
    kept = {
        line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert packages | {"pyproject.toml", "requirements.lock", "LICENSE", "deploy/gunicorn.conf.py"} <= kept


def test_nothing_in_deploy_names_a_package_registry() -> None:
    for path in DEPLOY.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            assert not re.search(r"pypi\.|index-url|registry\.npmjs", path.read_text()), path


def test_the_limits_name_the_queues_that_are_declared() -> None:
    policies = json.loads((DEPLOY / "rabbitmq" / "definitions.json").read_text())["policies"]
    patterns = {policy["pattern"]: policy["definition"] for policy in policies}
    for queue in ("diptych.inbox", "diptych.dead"):
        [definition] = [values for pattern, values in patterns.items() if re.search(pattern, queue)]
        assert definition["overflow"] == "reject-publish"
