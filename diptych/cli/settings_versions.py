"""`diptych portals diff` and `rollback`: the versions of a portal's settings, compared and brought back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click
from rich.text import Text

from contract.errors import InvalidInput
from contract.portal_file import dump_portal, load_portal
from contract.portal_secrets import PLACES, secrets_of
from contract.ports import Transaction
from contract.settings import Portal, SettingsVersion
from contract.yaml_text import read_mapping
from diptych import own_rules
from diptych.cli.backfill import offer
from diptych.cli.schema_check import Examined, calls_for_a_check, examine, refuse, unchecked_option
from diptych.cli.schema_check import told as told_check
from diptych.cli.screen import local
from diptych.cli.session import Session, known_portal, operator, pass_session

_NAMED_BY = {"mappings": "hubspot"}
"""Lists whose entries are known by one of their keys rather than by their place."""


@click.command()
@click.argument("number", metavar="PORTAL", type=int)
@click.argument("a", required=False, type=click.IntRange(min=1))
@click.argument("b", required=False, type=click.IntRange(min=1))
@pass_session
def diff(session: Session, number: int, a: int | None, b: int | None) -> None:
    """What differs between two versions of the settings, key by key.

    Of one version A alone: what changed since. Of none: what the newest version changed. Secrets are never
    shown, only that they changed.
    """
    with session.transaction() as tx:
        known_portal(tx, number)
        versions = tx.portals.versions(number)
    newer = _version(versions, b or len(versions))
    older = _version(versions, a) if a else _version(versions, max(1, _number(newer) - 1))
    session.screen.say(Text.assemble(f"portal {number}: from ", _told(older), " to ", _told(newer)))
    changes = list(told_changes(older.portal, newer.portal))
    for line in changes or [Text("  nothing differs")]:
        session.screen.say(line)


@click.command()
@click.argument("number", metavar="PORTAL", type=int)
@click.argument("version", type=click.IntRange(min=1))
@click.option("--comment", default="", help="Why, kept with the new version.")
@unchecked_option
@pass_session
def rollback(session: Session, number: int, version: int, comment: str, *, unchecked: bool) -> None:
    """Bring the settings of an older VERSION back, as a new version.

    The accounts and their secrets stay as they are now, and so does sync.mode: what was paused stays
    paused. The old settings are checked again as `apply` checks a file.
    """
    plain = session.config.allow_plain_http
    with session.database() as database:
        with database.transaction() as tx:
            portal, old, new = _before_and_after(tx, number, version, plain=plain)
        found = Examined()
        if calls_for_a_check(portal, new) and not unchecked:
            found = examine(new, session.config, database)
            refuse(found, new, what="changed")
        with database.transaction() as tx:
            if _before_and_after(tx, number, version, plain=plain) != (portal, old, new):
                raise InvalidInput("somebody saved other settings meanwhile, and nothing was changed")
            lines = list(_rolled_back(tx, portal, old, new, comment))
    for line in (*lines, *told_check(found)):
        session.screen.say(line)


def _before_and_after(
    tx: Transaction, number: int, version: int, *, plain: bool
) -> tuple[Portal, Portal, Portal]:
    """The portal now, as it was then, and as it will be."""
    portal = known_portal(tx, number)
    old = _version(tx.portals.versions(number), version).portal
    return portal, old, checked(rolled_back(portal, old), portal, plain)


def _rolled_back(
    tx: Transaction, portal: Portal, old: Portal, new: Portal, comment: str
) -> Iterator[str | Text]:
    """Store the new version, if there is anything to store; what there is to say of it."""
    name, version = f"portal {portal.number} ({portal.name})", old.settings.version
    changes = list(told_changes(portal, new))
    if not changes:
        yield f"{name}: the settings are those of version {version}"
        return
    # A worker looks at once whether the schemas bear them.
    tx.credentials.forget(portal.number)
    why = f"rollback to version {version}" + (f": {comment}" if comment else "")
    stored = tx.portals.save(new, author=operator(), comment=why, at=datetime.now(UTC))
    yield f"{name}: version {version} is back as version {stored}"
    yield from changes
    yield from offer(portal, new, tx.counts(portal.number, now=datetime.now(UTC)).links)
    if old.settings.mode is not portal.settings.mode:
        yield f"  sync.mode stays {portal.settings.mode} (it was {old.settings.mode} then)"
    for fault in own_rules.missing(new, own_rules.installed()):
        yield f"  {fault}"


def rolled_back(portal: Portal, old: Portal) -> Portal:
    """The portal with the old settings; accounts, secrets, name and sync.mode are today's."""
    return replace(portal, settings=replace(old.settings, mode=portal.settings.mode))


def checked(new: Portal, stored: Portal, allow_plain_http: bool) -> Portal:  # noqa: FBT001  # as load_portal has it
    """The portal as `apply` would read it from a file; InvalidInput tells what this build refuses."""
    try:
        return load_portal(dump_portal(new), stored, allow_plain_http=allow_plain_http)
    except InvalidInput as error:
        listed = "\n".join(
            f"  {path}: {says.partition(': ')[2] or says}" for path, says in error.faults.items()
        )
        raise InvalidInput(f"the old settings are refused now, and nothing changed:\n{listed}") from None


def told_changes(old: Portal, new: Portal) -> Iterator[Text]:
    """One line for each key that differs, then the secrets that do, by name alone."""
    before, after = _flat(_values(old)), _flat(_values(new))
    keys = [*before, *(key for key in after if key not in before)]
    plain = [key for key in keys if before.get(key) != after.get(key)]
    for key in plain:
        yield Text.assemble(
            (f"  {key}: ", "bold"),
            (before.get(key, _absent(key)), "red"),
            " -> ",
            (after.get(key, _absent(key)), "green"),
        )
    secret = _changed_secrets(old, new)
    for path in secret:
        yield Text.assemble((f"  {path}: ", "bold"), "another secret")
    if secret and not plain:
        yield Text("  only secrets changed; no setting did")


def _version(versions: Sequence[SettingsVersion], wanted: int) -> SettingsVersion:
    if not 1 <= wanted <= len(versions):
        raise InvalidInput(f"there is no version {wanted}: the newest is {len(versions)}")
    return versions[wanted - 1]


def _number(version: SettingsVersion) -> int:
    return version.portal.settings.version


def _told(version: SettingsVersion) -> Text:
    return Text(f"version {_number(version)} ({version.author}, {local(version.at)})")


def _values(portal: Portal) -> Mapping[str, Any]:
    return read_mapping(dump_portal(portal)).values


def _flat(values: Any, path: str = "") -> dict[str, str]:
    """Every setting by its key, as the file spells it; secrets have no place here."""
    if path in PLACES:
        return {}
    if isinstance(values, Mapping):
        pairs = ((f"{path}.{key}" if path else key, inner) for key, inner in values.items())
        return {key: text for inner_path, inner in pairs for key, text in _flat(inner, inner_path).items()}
    name = _NAMED_BY.get(path)
    if name and isinstance(values, list):
        return {
            key: text
            for entry in values
            for key, text in _flat(
                {inner: value for inner, value in entry.items() if inner != name}, f"{path}[{entry[name]}]"
            ).items()
        }
    return {path: _text(values)}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_text(one) for one in value) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(one)}" for key, one in value.items())
    return "none" if value is None else str(value)


def _absent(key: str) -> str:
    return "(as the standard mapping has it)" if key.startswith("mappings[") else "(not set)"


def _changed_secrets(old: Portal, new: Portal) -> list[str]:
    before, after = secrets_of(old), secrets_of(new)
    return [path for path in before if before[path] != after[path]]


VERSION_COMMANDS: tuple[click.Command, ...] = (diff, rollback)
"""As `diptych portals` lists them."""
