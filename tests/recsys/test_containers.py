"""The containers' files, as far as they can be checked without an engine."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from recsys.celery import app

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def services() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
    return services["services"]  # type: ignore[no-any-return]


def test_every_queue_has_a_worker(services: dict[str, Any]) -> None:
    commands = [service.get("command", []) for service in services.values()]
    queues = {
        queue
        for command in commands
        if "-Q" in command
        for queue in command[command.index("-Q") + 1].split(",")
    }
    routed = {route["queue"] for route in app.conf.task_routes.values()}

    assert queues == {"serve", app.conf.task_default_queue, *routed}


def test_only_the_proxy_is_published(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]


def test_secrets_stay_out_of_the_image() -> None:
    ignored = (REPOSITORY / ".dockerignore").read_text().split()

    assert {".env", ".git", "var"} <= set(ignored)


def test_no_secret_is_tracked() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )

    assert ".env" not in tracked.stdout.splitlines()
