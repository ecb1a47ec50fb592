"""Contact roles: who has a changed one, or one on a changed opportunity, of which Salesforce sends no notice.

One look finds both by modification stamp. A role that was seen in its present state is left aside, for each
look goes back a little behind the last one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from consumers.lookback import LISTED_BY_NOW, OVERLAP
from consumers.reconcile import CLOCKS_DIFFER
from consumers.visibility import visible
from contract.changes import LONG_AGO, Change, Kind, Origin
from contract.decisions import Report, ReportKind
from contract.lifecycle import RoleChange
from contract.links import LinkState
from contract.pending import WorkClass
from contract.ports import Crm, Database, Marks, RecordKey
from contract.records import SALESFORCE_CONTACT, STAMP_RESOLUTION, RecordRef, Side

log = structlog.get_logger()

CONTACT_ROLE = "OpportunityContactRole"
_NAME = f"salesforce:{CONTACT_ROLE}"
_AT_ONCE = 2_000
_UNSEEN = (
    "lifecycle.automatic is on, but the integration user may not see contact roles or their opportunities:"
    " nobody's stage is moved until it may read OpportunityContactRole, and IsClosed and IsWon of Opportunity"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The contact roles of one portal's org. How far they were looked through is a watermark."""

    database: Database
    marks: Marks
    portal: int

    def begin(self, now: datetime) -> None:
        """What was changed before stages were automatic is a backfill's work."""
        with self.database.transaction() as tx:
            if tx.watermarks.get(self.portal, _NAME) is None:
                tx.watermarks.put(self.portal, _NAME, now.isoformat())

    def look(self, salesforce: Crm, *, now: datetime, trace_id: str) -> int:
        """Make the linked contacts pending whose roles or opportunities were changed; returns how many.

        Raises CrmError; the watermark moves only once all are pending. Where we may not see roles, an
        operator is told and the persons are synced all the same.
        """
        with self.database.transaction() as tx:
            since = datetime.fromisoformat(tx.watermarks.get(self.portal, _NAME) or now.isoformat())
        roles = visible(lambda: _latest(salesforce.roles_changed(since - OVERLAP)))
        if roles is None:
            self._tell_unseen(now)
            return 0
        parts = (roles[start : start + _AT_ONCE] for start in range(0, len(roles), _AT_ONCE))
        found = sum(self._make_pending(part, now, trace_id) for part in parts)
        newest = max((one.at for one in roles), default=since)
        with self.database.transaction() as tx:
            tx.watermarks.put(self.portal, _NAME, max(since, newest, now - LISTED_BY_NOW).isoformat())
        return found

    def _make_pending(self, roles: Sequence[RoleChange], now: datetime, trace_id: str) -> int:
        stamps = self.marks.seen({self._mark(one) for one in roles})
        news = [one for one in roles if (seen := stamps.get(self._mark(one))) is None or seen < one.at]
        contacts = {_contact(one) for one in news}
        with self.database.transaction() as tx:
            links = tx.links.of(self.portal, contacts)
            linked = {ref for ref, link in links.items() if link.state is not LinkState.ENDED}
            changes = [self._change(ref, trace_id) for ref in sorted(contacts & linked)]
            tx.pending.merge(changes, work_class=WorkClass.RETRY, now=now, due_at=now)
        self._remember([one for one in news if _contact(one) in linked], now)
        return len(changes)

    def _remember(self, roles: Sequence[RoleChange], now: datetime) -> None:
        """Those whose stamp's second was over when they were read: nothing can be changed in it any more.

        Who is not linked may be about to be, by a decision that read the roles before: looked at again.
        """
        over = now - STAMP_RESOLUTION[Side.SALESFORCE] - CLOCKS_DIFFER
        self.marks.mark_seen({self._mark(one): one.at for one in roles if one.at < over})

    def _tell_unseen(self, now: datetime) -> None:
        log.warning("sweep.roles_unseen")
        report = Report(kind=ReportKind.NOT_VISIBLE, refs=(), says=_UNSEEN)
        with self.database.transaction() as tx:
            tx.activity.report(self.portal, [report], at=now)

    def _mark(self, one: RoleChange) -> RecordKey:
        return self.portal, RecordRef(side=Side.SALESFORCE, object_type=CONTACT_ROLE, id=one.role)

    def _change(self, ref: RecordRef, trace_id: str) -> Change:
        return Change(
            portal=self.portal,
            ref=ref,
            kind=Kind.ASSOCIATED,
            occurred_at=LONG_AGO,
            origin=Origin.SWEEP,
            trace_id=trace_id,
        )


def _latest(pages: Iterable[Sequence[RoleChange]]) -> list[RoleChange]:
    """Each role once, as of its latest change."""
    latest: dict[str, RoleChange] = {}
    for one in (one for page in pages for one in page):
        known = latest.get(one.role)
        if known is None or known.at < one.at:
            latest[one.role] = one
    return list(latest.values())


def _contact(one: RoleChange) -> RecordRef:
    return RecordRef(side=Side.SALESFORCE, object_type=SALESFORCE_CONTACT, id=one.contact)
