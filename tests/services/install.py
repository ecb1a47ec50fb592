"""Installs the servers the tests need from Debian's packages, when they are missing and we may."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

PACKAGES: dict[str, Callable[[], bool]] = {
    "rabbitmq-server": lambda: Path("/usr/lib/rabbitmq/bin/rabbitmq-server").exists(),
    "redis-server": lambda: shutil.which("redis-server") is not None,
    "postgresql": lambda: any(Path("/usr/lib/postgresql").glob("*/bin/postgres")),
}


def missing_packages() -> list[str]:
    """The Debian packages whose programs are not on this machine."""
    return [package for package, present in PACKAGES.items() if not present()]


def install(packages: list[str]) -> None:
    """Install `packages` with apt-get, quietly; raise RuntimeError with what it said if it fails."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", "-q", *step], env=environment, capture_output=True, check=False, text=True
        )
        if done.returncode != 0:
            raise RuntimeError(f"apt-get {step[0]} failed:\n{done.stdout[-1500:]}{done.stderr[-1500:]}")


def main() -> int:
    """Install what is missing, or say in one line why not. Always 0: the tests decide what a gap means."""
    missing = missing_packages()
    if not missing:
        return 0
    names = " ".join(missing)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.stdout.write(f"test services: {names} not installed, and only root on Debian can do it here\n")
        return 0
    sys.stdout.write(f"test services: installing Debian packages {names} (private use by the tests)\n")
    sys.stdout.flush()
    try:
        install(missing)
    except RuntimeError as error:
        sys.stdout.write(f"test services: {error}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
