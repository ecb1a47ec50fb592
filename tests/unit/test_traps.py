"""Each of the 25 known traps of a HubSpot-Salesforce sync has a test that is named after it.

The names stand where the trap bites: what broker, tables or CRMs must do is tested there and not in a rule.
"""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
TRAPS = {
    1: "our own write comes back as a notice and is taken for an edit",
    2: "outbound messages come twice, out of order or not at all, and show the latest data, not the change",
    3: "Salesforce is told yes before the broker confirmed, or so late that it sends again",
    4: "a deletion is waited for that Salesforce never tells",
    5: "the loser of a merge is taken for a deleted person",
    6: "a conversion is taken for a deletion and a creation, or the converted lead is written",
    7: "leads are searched before contacts, or the first of several hits is taken unordered",
    8: "two create the same person at once, for Salesforce has no unique e-mail and its search lags",
    9: "a linked pair is matched by e-mail again, so that an edited address forks the person",
    10: "secondary e-mails are overlooked, and the clash that follows is tried again for ever",
    11: "what can never succeed is tried again",
    12: "a dead letter is replayed with its old values over newer ones",
    13: "a field that is hidden from us is taken for a cleared one",
    14: '"unless blank" is judged by an old value, or takes false and 0 for blank',
    15: '"most recent" is judged by arrival, or by a stamp of the whole record',
    16: "a lifecycle stage goes backward, or overrides evangelists, others and the portal's own stages",
    17: "a contact role added after the win is missed",
    18: "the inclusion list is asked for creations only, or stops deletions and opt-outs, too",
    19: "leaving the list deletes",
    20: "a state is sent without its country, or a text to an org of codes",
    21: "a placeholder comes back as a value",
    22: "what must wait for another record becomes a dead letter",
    23: "off drops what was noticed meanwhile, or on again bursts through the CRMs' limits",
    24: "ids of 15 and 18 characters are taken for two records, or two portals share a key",
    25: "an erased person stays in queue, dead letters or tables, or comes back",
}


def _named() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for number, name in re.findall(
            r"^def test_trap_(\d\d)_(\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            found.setdefault(int(number), []).append(name)
    return found


def test_every_trap_has_a_test_named_after_it() -> None:
    assert set(_named()) == set(TRAPS)
