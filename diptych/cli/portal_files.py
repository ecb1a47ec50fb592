"""Portal files as `diptych portals apply` reads them, and the acts that its history tells."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.text import Text

from contract.errors import InvalidInput
from contract.portal_file import load_portal
from contract.ports import Database, Transaction
from contract.settings import Portal, SettingsVersion
from contract.standing import Release
from contract.yaml_text import read_mapping
from diptych.cli.schema_check import Examined, calls_for_a_check, consent_first, examine, refuse
from diptych.cli.screen import local
from diptych.cli.settings_versions import told_changes
from diptych.cli.standing import counted
from diptych.config import Config

_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
"""A portal's number as the tables can hold it."""


Contents = Sequence[tuple[Path, bytes]]
"""What each file holds: read once, for a file may be a pipe, such as /dev/stdin."""


def contents_of(files: Iterable[Path]) -> Contents:
    """Read the files. A pipe may keep us waiting: not within a transaction."""
    return [(file, file.read_bytes()) for file in files]


def read_all(
    tx: Transaction, contents: Contents, *, allow_plain_http: bool
) -> list[tuple[Portal | None, Portal]]:
    """Each file's portal, and what is stored of it; InvalidInput tells the faults of all files."""
    read, refused = [], []
    for file, content in contents:
        try:
            read.append(_read(tx, file, content, allow_plain_http=allow_plain_http))
        except InvalidInput as error:
            refused.append(str(error))
    if refused:
        raise InvalidInput("\n".join(refused))
    return read


def same(old: Portal, new: Portal) -> bool:
    """Whether the file says what is stored."""
    return replace(new, settings=replace(new.settings, version=old.settings.version)) == old


def examined_all(
    read: Iterable[tuple[Portal | None, Portal]], files: Sequence[Path], config: Config, database: Database
) -> dict[int, Examined]:
    """What both CRMs' schemas say, by portal; InvalidInput tells the faults of all files."""
    found, refused = {}, []
    for (old, new), file in zip(read, files, strict=True):
        if not calls_for_a_check(old, new):
            continue
        one = found[new.number] = examine(new, config, database)
        try:
            refuse(one, new, what="applied", hints=consent_first(one, old, new))
        except InvalidInput as error:
            refused.append(f"{file}: {error}")
    if refused:
        raise InvalidInput("\n".join(refused))
    return found


def _read(
    tx: Transaction, file: Path, content: bytes, *, allow_plain_http: bool
) -> tuple[Portal | None, Portal]:
    """The portal as stored, if it is, and as the file has it."""
    try:
        text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig").read()
        number = str(read_mapping(text).values.get("portal", "")).strip()
        old = tx.portals.get(int(number)) if _NUMBER.fullmatch(number) else None
        new = load_portal(text, old, allow_plain_http=allow_plain_http)
        _same_org(tx, old, new)
    except UnicodeDecodeError:
        raise InvalidInput(f"{file}: this is not UTF-8 text: save the file as UTF-8") from None
    except InvalidInput as error:
        raise InvalidInput(f"{file}: {error}", error.faults) from None
    return old, new


def _same_org(tx: Transaction, old: Portal | None, new: Portal) -> None:
    """Refuse another org while persons are linked: their links name records of the present one."""
    if old is None or old.salesforce.org_id == new.salesforce.org_id:
        return
    if tx.counts(new.number, now=datetime.now(UTC)).links:
        says = (
            f"is another org than {old.salesforce.org_id}, with whose records the persons of this portal are "
            "linked: keep the org, or begin with an empty database"
        )
        raise InvalidInput(f"salesforce.org_id {says}", {"salesforce.org_id": says})


def unsuspended(tx: Transaction, old: Portal | None, new: Portal) -> Iterable[Text]:
    """Lift a suspension where either account was changed, which is how refused credentials are mended."""
    if old and (old.hubspot, old.salesforce) != (new.hubspot, new.salesforce):
        suspension = tx.portals.suspension(new.number)
        tx.portals.suspend(new.number, None)
        if suspension:
            yield Text(f"  the suspension is lifted ({suspension.reason})")


def told_version(before: SettingsVersion | None, version: SettingsVersion) -> Iterable[Text]:
    """Who stored this version, when and why, and what it changed in the one before."""
    head = f"version {version.portal.settings.version}  {local(version.at)}  {version.author}"
    yield Text.assemble((head, "bold"), f"  {version.comment}".rstrip())
    yield from told_changes(before.portal, version.portal) if before else ()


def told_release(release: Release) -> Text:
    """Who let held work go, when and why, and how much it was."""
    head = f"release  {local(release.at)}  {release.author}"
    why = f": {release.comment}" if release.comment else ""
    return Text.assemble((head, "bold"), f"  {counted(release.work, release.amount)}{why}")
