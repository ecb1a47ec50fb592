from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.broker.rabbitmq import RabbitBroker
from tests.integration.deploy.test_compose import in_the_image
from tests.services.process import MissingServerError
from tests.services.rabbitmq import RabbitServer

ROOT = Path(__file__).parents[3]
RABBITMQ = ROOT / "deploy" / "rabbitmq"
QUIET = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@pytest.fixture(scope="module")
def rabbitmq() -> Iterator[RabbitServer]:
    """A node with the configuration that is shipped, on the test's own port."""
    try:
        server = RabbitServer()
    except MissingServerError as error:
        message = f"{error}: not tested: deploy/rabbitmq on a real RabbitMQ"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    own = (RABBITMQ / "rabbitmq.conf").read_text().replace("log.console = true", "log.console = false")
    listeners = f"listeners.tcp.1 = 127.0.0.1:{server.port}\n"
    (server.folder / "rabbitmq.conf").write_text(own + listeners)
    try:
        server.start()
        yield server
    finally:
        server.close()


def test_rabbitmq_takes_the_configuration(rabbitmq: RabbitServer) -> None:
    assert rabbitmq.ctl("eval", "application:get_env(ra, wal_max_size_bytes).").strip() == "{ok,64000000}"
    assert rabbitmq.ctl("eval", "application:get_env(rabbit, disk_free_limit).").strip() == '{ok,"2GB"}'
    assert rabbitmq.ctl("eval", "vm_memory_monitor:get_vm_memory_high_watermark().").strip() == "0.5"


def test_rabbitmq_takes_the_limits_and_applies_them_to_both_queues(rabbitmq: RabbitServer) -> None:
    definitions = rabbitmq.folder / "definitions.json"
    definitions.write_text((RABBITMQ / "definitions.json").read_text())
    definitions.chmod(0o644)
    rabbitmq.ctl("import_definitions", str(definitions))
    broker = RabbitBroker(rabbitmq.url)
    try:
        assert broker.depth().inbox == 0
        found = json.loads(rabbitmq.ctl("--formatter", "json", "list_queues", "name", "policy"))
        broker.publisher().publish(b"{}", message_id="1")
    finally:
        broker.close()
    assert {row["name"]: row["policy"] for row in found} == {
        "diptych.inbox": "diptych-inbox",
        "diptych.dead": "diptych-dead",
    }


def test_gunicorn_takes_its_configuration(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--check-config"]
    environ = {**os.environ, "DIPTYCH_DATA_DIR": str(tmp_path)}
    checked = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_built_package_runs_without_its_source(tmp_path: Path) -> None:
    """What the image installs: migrations, templates and all must be in it."""
    context, target = tmp_path / "context", tmp_path / "installed"
    for name in in_the_image():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, context / name)
        elif (ROOT / name).exists():
            (context / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, context / name)
    install = ["install", "--no-deps", "--no-build-isolation", "--target", str(target), str(context)]
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *install], check=True, env=QUIET)
    environ = {**os.environ, "PYTHONPATH": str(target), "DIPTYCH_DATA_DIR": str(tmp_path / "data")}
    code = "import diptych, sys; from diptych.cli import main; print(diptych.__file__); main()"
    command = [sys.executable, "-c", code, "doctor", "--offline"]
    checked = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert str(target) in checked.stdout
    assert "no faults" in checked.stdout
    templates = ROOT / "diptych" / "salesforce" / "templates"
    expected = {path.relative_to(ROOT) for path in templates.rglob("*") if path.is_file()}
    assert {path for path in expected if not (target / path).is_file()} == set()
