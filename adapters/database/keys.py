"""The keys of the database: what they encrypt, and the hashes of erased persons."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from secrets import token_urlsafe

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from contract.errors import InvalidInput
from contract.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Keys in order of age, newest first.

    `encryption` are Fernet keys (32 bytes, URL-safe base 64): the first encrypts, all decrypt.
    `tombstone` are texts of any form: the first hashes new tombstones, all are looked up, so a key must
    stay as long as tombstones made with it shall hold. Raises InvalidInput for a key that cannot serve.
    """

    encryption: tuple[Secret, ...]
    tombstone: tuple[Secret, ...]

    def __post_init__(self) -> None:
        faults = {}
        if not self.encryption or not all(_is_fernet(key) for key in self.encryption):
            faults["encryption"] = "needs at least one key, each of 32 bytes in URL-safe base 64"
        if not self.tombstone or not all(self.tombstone):
            faults["tombstone"] = "needs at least one key, none of them empty"
        if faults:
            raise InvalidInput("the database's keys cannot be used", faults)

    @classmethod
    def generate(cls) -> Keys:
        """One new random key of each sort."""
        return cls(
            encryption=(Secret(Fernet.generate_key().decode()),), tombstone=(Secret(token_urlsafe(32)),)
        )


def _is_fernet(key: Secret) -> bool:
    try:
        Fernet(key.reveal())
    except ValueError:
        return False
    return True


class Cipher:
    """Encrypts with the first key, decrypts with any."""

    def __init__(self, keys: Keys) -> None:
        self._fernet = MultiFernet([Fernet(key.reveal()) for key in keys.encryption])

    def encrypt(self, clear: bytes) -> bytes:
        return self._fernet.encrypt(clear)

    def decrypt(self, token: bytes) -> bytes:
        """Raise InvalidInput when none of the keys fits."""
        try:
            return self._fernet.decrypt(token)
        except InvalidToken as error:
            raise InvalidInput(_NO_KEY) from error

    def reencrypt(self, token: bytes) -> bytes:
        """The same content under the first key; raise InvalidInput when none of the keys fits."""
        try:
            return self._fernet.rotate(token)
        except InvalidToken as error:
            raise InvalidInput(_NO_KEY) from error


_NO_KEY = "stored secrets were encrypted with a key that is not among the encryption keys given"


class Hasher:
    """Keyed hashes (HMAC-SHA256, hexadecimal): without the key nobody can try addresses against them."""

    def __init__(self, keys: Keys) -> None:
        self._keys = [key.reveal().encode() for key in keys.tombstone]

    def newest(self, text: str) -> str:
        """The hash under the first key."""
        return _digest(self._keys[0], text)

    def all(self, text: str) -> list[str]:
        """The hashes under each key."""
        return [_digest(key, text) for key in self._keys]

    def by_hash(self, texts: Iterable[str]) -> dict[str, str]:
        """Every hash of every text, leading back to the text."""
        return {digest: text for text in texts for digest in self.all(text)}


def _digest(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
