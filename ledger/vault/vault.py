"""Seals personal text per person, so that destroying one person's keys erases that text everywhere it was copied.

Text is sealed with AES-256-GCM under a data key of its person, authenticated with council, stream and field. Data keys
lie in a database of their own (:mod:`ledger.vault.postgres`), wrapped by the deployment's key, which no database holds.
Digests of stored rows cover
ciphertext: they stay true when a key is destroyed.
"""

import asyncio
import dataclasses
import hmac
from abc import ABC, abstractmethod
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from typing import Any, Protocol, TypeVar
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.codec.sealed import NotSealed, from_sealed_json, is_sealed_json, sealed_json
from ledger.codec.sealed_file import SALT, Damaged, FileKey, SealedFile, key_id_of, seal_file
from ledger.decider import Private, altered

__all__ = [
    "Erased",
    "MemoryVault",
    "NotOpened",
    "NotSealed",
    "Sealing",
    "Vault",
    "from_sealed_json",
    "is_sealed_json",
    "sealed_json",
]

_PLAIN = frozenset({str, int, float, bool, bytes, type(None), UUID, datetime, date})
"""Types that hold nothing to seal: most fields of most events."""

_NONCE = 12
_KEY = 32
_MARK = 4

Event = TypeVar("Event")
DataKeys = dict[int, bytes]


class Erased(Exception):
    """The person's keys have been destroyed: their text cannot be opened, and no more of it is taken in."""


class NotOpened(Exception):
    """Sealed text does not open: it was changed, moved to another place, or sealed for another deployment."""


class Vault(Protocol):
    """Seals and opens personal text of one deployment's councils."""

    async def seal(self, council: str, stream: str, private: Private, field: str) -> Private:
        """The same handle with its text sealed for this place; text that is sealed already stays as it is.

        Makes the person's first key when there is none. Raises Erased for a person whose keys have been destroyed.
        """
        ...

    async def meet(self, council: str, people: Iterable[str]) -> None:
        """Make and read the first keys of many people in one go, before much is sealed for them."""
        ...

    async def unseal(self, council: str, private: Private) -> str:
        """The text behind a handle. Raises Erased, NotOpened."""
        ...

    async def seal_event(self, council: str, stream: str, event: Event) -> Event:
        """A copy of ``event`` with every Private in it sealed, wherever it is nested. Raises Erased."""
        ...

    async def unseal_all(self, council: str, value: Any) -> Any:
        """``value`` as plain JSON values, every sealed text in it opened, erased ones as None. Raises NotOpened."""
        ...

    async def destroy(self, council: str, person: str) -> None:
        """Erase every key of a person, for ever; a person without keys cannot get one any more either."""
        ...

    async def erased(self, council: str, people: Iterable[str]) -> set[str]:
        """Those of some people whose keys have been destroyed."""
        ...

    async def rotate(self, council: str) -> int:
        """Give every person of a council a new key for new text and wrap the older ones anew; how many people."""
        ...

    def fingerprint(self, council: str, body: bytes) -> bytes:
        """A keyed digest (32 bytes) that recognises a body without telling anything about it."""
        ...

    async def fingerprint_for(self, council: str, person: str, content: bytes) -> bytes:
        """A digest (32 bytes) of content under a key of the person's: gone with their keys. Raises Erased."""
        ...

    async def seal_file(self, council: str, person: str, stream: str, field: str, content: bytes) -> SealedFile:
        """A file sealed for its place under the person's newest key. Raises Erased."""
        ...

    async def file_key(self, council: str, person: str, stream: str, field: str, head: bytes) -> FileKey:
        """What opens the pieces of a sealed file, by its head. Raises Erased, NotOpened."""
        ...


class Sealing(ABC):
    """Everything about sealing but where the keys are kept."""

    def __init__(self, wrapping_key: bytes, random: Callable[[int], bytes], former_keys: Sequence[bytes] = ()) -> None:
        """``former_keys`` still open what they wrapped, until every council has been rotated. Keys have 32 bytes."""
        for key in (wrapping_key, *former_keys):
            if len(key) != _KEY:
                raise ValueError(f"a wrapping key has {_KEY} bytes")
        self._random = random
        self._wrapping_key = wrapping_key
        self._wrapping = {_mark(key): AESGCM(key) for key in (*former_keys, wrapping_key)}
        self._fingerprint_keys: dict[str, bytes] = {}

    @abstractmethod
    async def _keys(self, council: str, person: str, *, fresh: bool = False) -> DataKeys:
        """The person's data keys by version, perhaps cached unless ``fresh``; empty without any. Raises Erased."""

    @abstractmethod
    async def _first_key(self, council: str, person: str, wrapped: bytes) -> DataKeys:
        """Keep ``wrapped`` as version 1 unless another process was faster; what is kept then. Raises Erased."""

    async def seal(self, council: str, stream: str, private: Private, field: str) -> Private:
        if private.box and private.text is None:
            return private
        if private.text is None:
            raise NotSealed(f"{field} holds neither clear nor sealed text")
        keys = await self._some_keys(council, private.person)
        key_id = max(keys)
        nonce = self._random(_NONCE)
        sealed = AESGCM(keys[key_id]).encrypt(nonce, private.text.encode(), _lengths(council, stream, field))
        return Private(private.person, None, f"v1.{key_id}.{_base64(nonce + sealed)}", stream, field)

    async def unseal(self, council: str, private: Private) -> str:
        if private.text is not None:
            return private.text
        key_id, content = _parts(private.box)
        key = await self._key(council, private.person, key_id)
        place = _lengths(council, private.stream, private.field)
        try:
            return AESGCM(key).decrypt(content[:_NONCE], content[_NONCE:], place).decode()
        except (InvalidTag, ValueError):
            raise NotOpened("sealed text was changed, or belongs to another place") from None

    async def seal_event(self, council: str, stream: str, event: Event) -> Event:
        return await self._sealed_within(council, stream, event, "")

    async def _sealed_within(self, council: str, stream: str, value: Any, at: str) -> Any:
        if type(value) in _PLAIN:
            return value
        if isinstance(value, Private):
            return await self.seal(council, stream, value, at)
        place = f"{at}." if at else ""
        if names := _fields(type(value)):
            changes = {}
            for name in names:
                before = getattr(value, name)
                if type(before) in _PLAIN:
                    continue
                after = await self._sealed_within(council, stream, before, place + name)
                if after is not before:
                    changes[name] = after
            return altered(value, **changes) if changes else value
        if isinstance(value, tuple | list):
            held = [
                await self._sealed_within(council, stream, one, f"{place}{index}") for index, one in enumerate(value)
            ]
            unchanged = all(after is before for after, before in zip(held, value, strict=True))
            return value if unchanged else type(value)(held)
        if isinstance(value, Mapping):
            filled = {
                name: await self._sealed_within(council, stream, one, f"{place}{name}") for name, one in value.items()
            }
            return value if all(filled[name] is value[name] for name in filled) else filled
        return value

    async def unseal_all(self, council: str, value: Any) -> Any:
        if isinstance(value, Mapping) and is_sealed_json(value):
            value = from_sealed_json(value)
        if isinstance(value, Private):
            try:
                return await self.unseal(council, value)
            except Erased:
                return None
        if names := _fields(type(value)):
            return {name: await self.unseal_all(council, getattr(value, name)) for name in names}
        if isinstance(value, tuple | list):
            return [await self.unseal_all(council, one) for one in value]
        if isinstance(value, Mapping):
            return {msgspec.to_builtins(name): await self.unseal_all(council, one) for name, one in value.items()}
        return msgspec.to_builtins(value)

    def fingerprint(self, council: str, body: bytes) -> bytes:
        key = self._fingerprint_keys.get(council)
        if key is None:
            info = b"panelbook fingerprint" + _lengths(council)
            key = HKDF(SHA256(), _KEY, None, info).derive(self._wrapping_key)
            self._fingerprint_keys[council] = key
        return hmac.digest(key, body, "sha256")

    async def fingerprint_for(self, council: str, person: str, content: bytes) -> bytes:
        # The oldest key stays when newer ones are made: the same content keeps its fingerprint.
        keys = await self._some_keys(council, person)
        info = b"panelbook person's fingerprint" + _lengths(council, person)
        key = HKDF(SHA256(), _KEY, None, info).derive(keys[min(keys)])
        return await asyncio.to_thread(hmac.digest, key, content, "sha256")

    async def seal_file(self, council: str, person: str, stream: str, field: str, content: bytes) -> SealedFile:
        keys = await self._some_keys(council, person)
        key_id, place = max(keys), _lengths(council, stream, field)
        return await asyncio.to_thread(seal_file, keys[key_id], key_id, self._random(SALT), place, content)

    async def file_key(self, council: str, person: str, stream: str, field: str, head: bytes) -> FileKey:
        try:
            key = await self._key(council, person, key_id_of(head))
        except Damaged:
            raise NotOpened("this is no sealed file of a form known here") from None
        return FileKey(key, head, _lengths(council, stream, field))

    async def _some_keys(self, council: str, person: str) -> DataKeys:
        """The person's keys; the first is made when there is none."""
        keys = await self._keys(council, person)
        return keys or await self._first_key(council, person, self._new_key(council, person, 1))

    async def _key(self, council: str, person: str, key_id: int) -> bytes:
        """The data key of that version, which another process may have made a moment ago."""
        keys = await self._keys(council, person)
        if key_id not in keys:
            keys = await self._keys(council, person, fresh=True)
        if key_id not in keys:
            raise NotOpened("the key that this was sealed with is not in the vault")
        return keys[key_id]

    def _new_key(self, council: str, person: str, key_id: int) -> bytes:
        return self._wrap(council, person, key_id, self._random(_KEY))

    def _wrap(self, council: str, person: str, key_id: int, data_key: bytes) -> bytes:
        mark, nonce = _mark(self._wrapping_key), self._random(_NONCE)
        return mark + nonce + self._wrapping[mark].encrypt(nonce, data_key, _lengths(council, person, str(key_id)))

    def _unwrap(self, council: str, person: str, key_id: int, wrapped: bytes) -> bytes:
        mark, nonce, content = wrapped[:_MARK], wrapped[_MARK : _MARK + _NONCE], wrapped[_MARK + _NONCE :]
        try:
            return self._wrapping[mark].decrypt(nonce, content, _lengths(council, person, str(key_id)))
        except (KeyError, InvalidTag, ValueError):
            raise NotOpened("a data key was wrapped by another deployment's key, or was changed") from None

    def _unwrapped(self, council: str, person: str, kept: Mapping[int, bytes | None]) -> DataKeys:
        if any(wrapped is None for wrapped in kept.values()):
            raise Erased("the keys of this person have been destroyed")
        return {key_id: self._unwrap(council, person, key_id, wrapped) for key_id, wrapped in kept.items() if wrapped}


class MemoryVault(Sealing):
    """A vault in memory for tests. Without ``random`` its keys and nonces are the same in every run."""

    def __init__(
        self,
        wrapping_key: bytes = bytes(_KEY),
        random: Callable[[int], bytes] | None = None,
        former_keys: Sequence[bytes] = (),
    ) -> None:
        super().__init__(wrapping_key, random or _counting(), former_keys)
        self._kept: dict[tuple[str, str], dict[int, bytes | None]] = {}

    async def _keys(self, council: str, person: str, *, fresh: bool = False) -> DataKeys:
        return self._unwrapped(council, person, self._kept.get((council, person), {}))

    async def _first_key(self, council: str, person: str, wrapped: bytes) -> DataKeys:
        self._kept[council, person] = {1: wrapped}
        return await self._keys(council, person)

    async def meet(self, council: str, people: Iterable[str]) -> None:
        for person in people:
            await self._some_keys(council, person)

    async def destroy(self, council: str, person: str) -> None:
        kept = self._kept.setdefault((council, person), {1: None})
        for key_id in kept:
            kept[key_id] = None

    async def erased(self, council: str, people: Iterable[str]) -> set[str]:
        return {person for person in people if None in self._kept.get((council, person), {}).values()}

    async def rotate(self, council: str) -> int:
        rotated = 0
        for (owner, person), kept in self._kept.items():
            if owner != council or None in kept.values():
                continue
            for key_id, data_key in self._unwrapped(council, person, kept).items():
                kept[key_id] = self._wrap(council, person, key_id, data_key)
            newest = max(kept) + 1
            kept[newest] = self._new_key(council, person, newest)
            rotated += 1
        return rotated


@cache
def _fields(declared: type) -> tuple[str, ...]:
    """The fields of a dataclass; none of any other class."""
    return tuple(field.name for field in dataclasses.fields(declared)) if dataclasses.is_dataclass(declared) else ()


def _lengths(*parts: str) -> bytes:
    """The parts, each after its 4-byte length, so that no two different lists give the same bytes."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def _mark(key: bytes) -> bytes:
    """Four bytes that tell wrapping keys apart without telling what they are."""
    return sha256(b"panelbook wrapping key" + key).digest()[:_MARK]


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _parts(box: str) -> tuple[int, bytes]:
    try:
        form, key_id, content = box.split(".")
        if form != "v1" or not key_id.isascii() or not key_id.isdigit():
            raise ValueError("unknown form")
        return int(key_id), b64decode(content + "=" * (-len(content) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise NotOpened("this is no sealed text of a form known here") from None


def _counting() -> Callable[[int], bytes]:
    drawn = 0

    def draw(size: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return b"".join(sha256(f"{drawn}.{block}".encode()).digest() for block in range(-(-size // 32)))[:size]

    return draw
