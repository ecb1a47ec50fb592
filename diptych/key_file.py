"""The keys of the embedded database: made once, kept in a file that only its owner may read."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from contract.errors import InvalidInput
from contract.secret import Secret

SECRET_KEYS = "DIPTYCH_SECRET_KEYS"  # noqa: S105  # the name of a key, not a key
TOMBSTONE_KEYS = "DIPTYCH_TOMBSTONE_KEYS"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRing:
    """Fernet keys for secrets and texts for tombstone hashes; the first of each is the one in use."""

    secret_keys: tuple[Secret, ...]
    tombstone_keys: tuple[Secret, ...]

    def lines(self) -> str:
        """Both as lines of an environment file. This shows the keys."""
        pairs = ((SECRET_KEYS, self.secret_keys), (TOMBSTONE_KEYS, self.tombstone_keys))
        return "".join(f"{name}={','.join(key.reveal() for key in keys)}\n" for name, keys in pairs)


def new_ring() -> KeyRing:
    """Fresh keys from the system's randomness."""
    return KeyRing(
        secret_keys=(Secret(Fernet.generate_key().decode()),),
        tombstone_keys=(Secret(secrets.token_urlsafe(32)),),
    )


def load_or_make(path: Path, *, needed_by: Path) -> KeyRing:
    """The keys in this file, made first if neither they nor the database they belong to exist.

    Raises InvalidInput for an unusable file, and for a missing one whose database exists: with other
    keys its secrets could never be read again.
    """
    if not path.exists():
        if needed_by.exists():
            raise InvalidInput(
                f"{path} is missing, but {needed_by} was written with its keys: put it back from your backup"
            )
        _write_new(path, new_ring())
    return _read(path)


def replace_ring(path: Path, ring: KeyRing) -> None:
    """Put other keys into the file; a reader sees the old ones or the new ones, whole."""
    fresh = _temporary(path, ring)
    fresh.replace(path)
    _sync_folder(path.parent)


def _write_new(path: Path, ring: KeyRing) -> None:
    """Linking, unlike renaming, refuses where another process was first; its keys then count."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = _temporary(path, ring)
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    _sync_folder(path.parent)


def _temporary(path: Path, ring: KeyRing) -> Path:
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("# Without these keys the database's secrets are lost. Keep a copy elsewhere.\n")
        file.write(ring.lines())
        file.flush()
        os.fsync(file.fileno())
    return fresh


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> KeyRing:
    found: dict[str, tuple[Secret, ...]] = {}
    try:
        text = path.read_text()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error
    for line in text.splitlines():
        name, equals, keys = line.partition("=")
        # A key ends in "=" itself; only the first one parts it from its name.
        if equals and not line.startswith("#"):
            found[name.strip()] = tuple(Secret(key.strip()) for key in keys.split(",") if key.strip())
    try:
        ring = KeyRing(secret_keys=found[SECRET_KEYS], tombstone_keys=found[TOMBSTONE_KEYS])
        [Fernet(key.reveal()) for key in ring.secret_keys]
    except (KeyError, ValueError):
        raise InvalidInput(f"{path} does not hold usable keys: put it back from your backup") from None
    return ring
