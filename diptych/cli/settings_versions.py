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
@pass_session
def rollback(session: Session, number: int, version: int, comment: str) -> None:
    """Bring the settings of an older VERSION back, as a new version.

    The accounts and their secrets stay as they are now, and so does sync.mode: what was paused stays
    paused. The old settings are checked again as `apply` checks a file.
    """
    now = datetime.now(UTC)
    with session.transaction() as tx:
        portal = known_portal(tx, number)
        old = _version(tx.portals.versions(number), version)
        new = checked(rolled_back(portal, old.portal), portal, session.config.allow_plain_http)
        changes = list(told_changes(portal, new))
        if not changes:
            session.screen.say(
                f"portal {number} ({portal.name}): the settings are those of version {version}"
            )
            return
        stored = _save(tx, new, f"rollback to version {version}" + (f": {comment}" if comment else ""), now)
    session.screen.say(f"portal {number} ({portal.name}): version {version} is back as version {stored}")
    for line in changes:
        session.screen.say(line)
    if old.portal.settings.mode is not portal.settings.mode:
        was, mode = old.portal.settings.mode, portal.settings.mode
        session.screen.say(f"  sync.mode stays {mode} (it was {was} then)")
    for fault in own_rules.missing(new, own_rules.installed()):
        session.screen.say(f"  {fault}")


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


def _save(tx: Transaction, portal: Portal, comment: str, now: datetime) -> int:
    return tx.portals.save(portal, author=operator(), comment=comment, at=now)


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
