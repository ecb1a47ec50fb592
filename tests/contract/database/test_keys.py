from __future__ import annotations

import pytest

from adapters.database import Keys
from adapters.database.portal_json import from_json, to_json
from contract.errors import InvalidInput
from contract.plain import to_plain
from contract.secret import Secret
from tests.contract.database.makers import NOW, P, hubspot, letter, portal
from tests.contract.database.places import Place

SECRETS = (
    b"token-in-clear",
    b"new-client-secret",
    b"old-client-secret",
    b"private-key-in-clear",
    b"webhook-secret-in-clear",
    b"raw-in-clear",
)


def fill(place: Place, keys: Keys | None = None) -> None:
    database = place.open(keys)
    database.migrate()
    with database.transaction() as tx:
        tx.portals.save(portal(), author="ada", comment="", at=NOW)
        tx.dead_letters.add([letter(raw=b"raw-in-clear"), letter(2)])
    database.close()


def readable(place: Place, keys: Keys) -> bool:
    database = place.open(keys)
    try:
        with database.transaction() as tx:
            stored = tx.portals.get(P)
            raw = {one.ref: one.raw for one in tx.dead_letters.find()}
    except InvalidInput:
        return False
    finally:
        database.close()
    assert stored is not None
    assert stored.hubspot.access_token.reveal() == "token-in-clear"
    assert raw == {hubspot(1): b"raw-in-clear", hubspot(2): None}
    return True


def test_no_secret_stands_in_the_files_in_clear(sqlite_place: Place) -> None:
    fill(sqlite_place)
    content = sqlite_place.bytes_on_disk()
    assert b"Acme" in content
    for secret in SECRETS:
        assert secret not in content


def test_plain_values_hold_no_secret() -> None:
    plain, secrets = to_json(portal())
    assert not any(secret in repr(plain).encode() for secret in SECRETS)
    assert from_json(plain, secrets) == portal()


def test_a_field_that_was_not_stored_has_its_default_and_one_that_is_gone_is_ignored() -> None:
    plain, secrets = to_json(portal())
    del plain["settings"]["time_zone"]
    plain["settings"]["gone_since"] = 1
    assert from_json(plain, secrets) == portal()


def test_plain_values_are_json_alone() -> None:
    plain = to_plain(portal(), lambda secret: "hidden")
    assert plain["settings"]["create_as_when"] == [
        {
            "hubspot_property": "lifecyclestage",
            "values": ["customer", "evangelist"],
            "create_as": "contact",
        }
    ]
    assert plain["hubspot"]["access_token"] == "hidden"
    assert type(plain["settings"]["mode"]) is str


def test_a_wrong_key_is_said_plainly(place: Place) -> None:
    fill(place)
    stranger = place.open(Keys.generate())
    with pytest.raises(InvalidInput, match="key"), stranger.transaction() as tx:
        tx.portals.get(P)
    with pytest.raises(InvalidInput, match="key"):
        stranger.reencrypt()
    stranger.close()


def test_keys_are_rotated_without_losing_a_secret(place: Place, keys: Keys) -> None:
    fill(place)
    new = Keys.generate()
    both = Keys(encryption=(*new.encryption, *keys.encryption), tombstone=keys.tombstone)
    assert readable(place, both)
    assert not readable(place, new)
    database = place.open(both)
    assert database.reencrypt() == 2
    database.close()
    assert readable(place, new)
    assert not readable(place, keys)


def test_the_first_key_encrypts(place: Place, keys: Keys) -> None:
    new = Keys.generate()
    fill(place, Keys(encryption=(*new.encryption, *keys.encryption), tombstone=keys.tombstone))
    assert readable(place, new)


def test_generated_keys_differ() -> None:
    one, other = Keys.generate(), Keys.generate()
    assert one.encryption != other.encryption
    assert one.tombstone != other.tombstone


@pytest.mark.parametrize(
    ("encryption", "tombstone", "faulty"),
    [
        ((), ("x",), {"encryption"}),
        (("short",), ("x",), {"encryption"}),
        (("",), ("",), {"encryption", "tombstone"}),
        (("A" * 43 + "=",), (), {"tombstone"}),
    ],
)
def test_keys_that_cannot_serve_are_refused(
    encryption: tuple[str, ...], tombstone: tuple[str, ...], faulty: set[str]
) -> None:
    with pytest.raises(InvalidInput) as raised:
        Keys(encryption=tuple(map(Secret, encryption)), tombstone=tuple(map(Secret, tombstone)))
    assert set(raised.value.faults) == faulty
