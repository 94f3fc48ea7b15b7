"""How a file is sealed: in pieces that cannot be cut off, swapped, moved elsewhere or read without the person's key.

A file has a key of its own, derived from its person's data key and a random salt. Each piece is sealed with AES-256-GCM
under its number and whether it is the last, with the file's place (council, stream, field) authenticated: the STREAM
construction, which a reader can check piece by piece without holding the whole file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PIECE = 1024 * 1024
"""Bytes of content in one piece; the last may hold fewer, and only an empty file has an empty one."""

SALT = 16
_FORM = b"pbf1"
_HEAD = len(_FORM) + 4 + SALT


class Damaged(ValueError):
    """A sealed file or a piece of it is not as it was made."""


@dataclass(frozen=True)
class SealedFile:
    """A file as it is kept. ``digest`` is the SHA-256 of head and pieces in their order: ciphertext only."""

    head: bytes = field(repr=False)
    pieces: tuple[bytes, ...] = field(repr=False)

    @property
    def digest(self) -> bytes:
        """SHA-256 of what is kept."""
        return digest_of(self.head, self.pieces)


def digest_of(head: bytes, pieces: Iterator[bytes] | tuple[bytes, ...]) -> bytes:
    """SHA-256 of a sealed file: its head, then every piece in order."""
    found = sha256(head)
    for piece in pieces:
        found.update(piece)
    return found.digest()


def seal_file(data_key: bytes, key_id: int, salt: bytes, place: bytes, content: bytes) -> SealedFile:
    """Seal a file for its place. ``salt`` is random and never used twice under one data key."""
    head = _FORM + key_id.to_bytes(4, "big") + salt
    key = FileKey(data_key, head, place)
    view = memoryview(content)
    starts = range(0, max(len(content), 1), PIECE)
    return SealedFile(head, tuple(key.seal(n, n == len(starts) - 1, view[at : at + PIECE])
                                  for n, at in enumerate(starts)))  # fmt: skip


def key_id_of(head: bytes) -> int:
    """The version of the data key that a file was sealed under. Raises Damaged."""
    if len(head) != _HEAD or not head.startswith(_FORM):
        raise Damaged("this is no head of a sealed file")
    return int.from_bytes(head[len(_FORM) : len(_FORM) + 4], "big")


class FileKey:
    """The key of one file in its place."""

    def __init__(self, data_key: bytes, head: bytes, place: bytes) -> None:
        key_id_of(head)
        self._place = place
        derived = HKDF(SHA256(), 32, head[-SALT:], b"panelbook file" + place).derive(data_key)
        self._cipher = AESGCM(derived)

    def seal(self, number: int, last: bool, content: bytes | memoryview) -> bytes:
        """One piece, sealed as the one of its number."""
        return self._cipher.encrypt(_nonce(number, last), bytes(content), self._place)

    def open(self, number: int, last: bool, sealed: bytes) -> bytes:
        """The content of one piece. Raises Damaged for one that was changed or stands in another's place."""
        try:
            return self._cipher.decrypt(_nonce(number, last), sealed, self._place)
        except InvalidTag:
            raise Damaged(f"piece {number} was changed, or belongs to another place") from None


def _nonce(number: int, last: bool) -> bytes:
    # The key is this file's alone, so the number is all that must differ.
    return bytes(7) + number.to_bytes(4, "big") + bytes([last])
