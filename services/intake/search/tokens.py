"""What stands for a word of a name: a keyed digest, which tells nothing without the council's key (DESIGN, sealing)."""

from collections.abc import Iterable

from ledger.vault.vault import Vault

SIZE = 16
"""Bytes of a token."""


def token(vault: Vault, council: str, word: str) -> bytes:
    """The token of a word in a council; the same word is another token in another council."""
    return vault.fingerprint(council, b"name\n" + word.encode())[:SIZE]


def tokens(vault: Vault, council: str, words: Iterable[str]) -> list[bytes]:
    """The tokens of some words."""
    return [token(vault, council, word) for word in words]


def mark(vault: Vault, council: str) -> bytes:
    """What tells whether tokens were made under the key that the deployment has now."""
    return vault.fingerprint(council, b"name")[:SIZE]
