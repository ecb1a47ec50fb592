"""Opt-outs are of addresses: a contact is opted out as long as the address that it has is."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.hubspot.values import fold_email

OPT_OUT = "hs_email_optout"


def opt_out(opted_out: set[str], address: str) -> None:
    """This address gets no e-mail any more, whether a contact has it or not."""
    opted_out.add(fold_email(address))


def followed(opted_out: set[str], changed: Mapping[str, str], held: Mapping[str, str]) -> dict[str, str]:
    """The changes with what they mean for opting out.

    What is entered of the contact holds for its address; a new address brings its own word along.
    """
    address = fold_email(changed.get("email", held.get("email", "")))
    if OPT_OUT in changed:
        (opted_out.add if changed[OPT_OUT] == "true" else opted_out.discard)(address)
    elif "email" in changed:
        now = "true" if address in opted_out else ""
        if now != held.get(OPT_OUT, "") and {now, held.get(OPT_OUT, "")} != {"", "false"}:
            return {**changed, OPT_OUT: now}
    return dict(changed)
