"""`diptych keys` and `diptych migrate`: what an operator does to the installation itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import click

from contract.errors import InvalidInput
from diptych.cli.session import Session, pass_session
from diptych.key_file import KeyRing, new_ring, replace_ring
from diptych.wiring import open_config_database


@click.group()
def keys() -> None:
    """Make and change the keys. They encrypt the portals' secrets, and hash erased persons."""


@keys.command()
@pass_session
def new(session: Session) -> None:
    """Print fresh keys as lines for the environment file. Whoever has them can read every secret."""
    session.screen.raw(new_ring().lines())


@keys.command()
@click.option("--drop-old", is_flag=True, help="Forget the old encryption keys afterwards (key file only).")
@pass_session
def rotate(session: Session, *, drop_old: bool) -> None:
    """Bring every stored secret under the newest encryption key.

    Keys of the environment: first put a new key in front of DIPTYCH_SECRET_KEYS and restart every process,
    then run this, then take the old key away. The key file of the embedded database gets a new key here:
    stop the process first. Tombstone keys are never dropped, for they are what keeps the erased erased.
    """
    config = session.config
    in_file = not session.bare_config.secret_keys
    if in_file:
        _refuse_while_working(session)
    if drop_old and not in_file:
        raise InvalidInput("the keys stand in DIPTYCH_SECRET_KEYS: take the old ones away there")
    ring = KeyRing(secret_keys=config.secret_keys, tombstone_keys=config.tombstone_keys)
    if in_file:
        ring = KeyRing(
            secret_keys=(*new_ring().secret_keys, *ring.secret_keys), tombstone_keys=ring.tombstone_keys
        )
        # Before the database: were we killed in between, the old keys would still read everything.
        replace_ring(config.key_file, ring)
    count = _reencrypt(session, ring)
    session.screen.say(f"{count} stored secrets are encrypted with the newest key now")
    if not in_file:
        session.screen.say("the old keys can be taken out of DIPTYCH_SECRET_KEYS")
    if in_file and drop_old:
        replace_ring(
            config.key_file, KeyRing(secret_keys=ring.secret_keys[:1], tombstone_keys=ring.tombstone_keys)
        )


def _refuse_while_working(session: Session) -> None:
    """A process that runs has read the key file already, and could read no secret any more."""
    now = datetime.now(UTC)
    with session.transaction() as tx:
        owners = {lease.owner for lease in tx.leases.leases() if lease.expires_at > now}
    if owners:
        raise InvalidInput(f"a process works with the present keys ({', '.join(owners)}): stop it first")


def _reencrypt(session: Session, ring: KeyRing) -> int:
    config = replace(session.config, secret_keys=ring.secret_keys)
    database = open_config_database(config)
    try:
        database.migrate()
        return database.reencrypt()
    finally:
        database.close()


@click.command()
@pass_session
def migrate(session: Session) -> None:
    """Bring the tables to this build's revision. Every process does so too when it starts."""
    with session.database():
        session.screen.say("the tables are at this build's revision")
