"""The public keys of the deployment's issuer: read from its key set, kept, and refreshed without anybody waiting."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

Key = EllipticCurvePublicKey | RSAPublicKey

FETCH_SECONDS = 5.0
"""Seconds that reading the key set may take from the first byte to the last."""

MOST_BYTES = 64 * 1024
"""Bytes of a key set; it is read no further."""

_FIRST_PAUSE = 2.0
"""Seconds between attempts while no key has ever been read: an issuer that starts with us is soon there."""


class Away(Exception):
    """The issuer's key set cannot be had now."""


class Keys(Protocol):
    """Where the issuer's public keys come from."""

    async def key(self, kid: str, algorithm: str) -> Key | None:
        """The public key of that id for that algorithm, or None. Raises Away."""
        ...


def read_jwks(document: Any) -> dict[tuple[str, str], Key]:
    """The usable keys of a JSON Web Key Set, by (id, algorithm); symmetric, small and odd ones are passed over."""
    found: dict[tuple[str, str], Key] = {}
    members: Any = document.get("keys") if isinstance(document, dict) else None
    for one in members if isinstance(members, list) else []:
        if not isinstance(one, dict) or one.get("use", "sig") != "sig" or not isinstance(one.get("kid"), str):
            continue
        algorithm = {"EC": "ES256", "RSA": "RS256"}.get(str(one.get("kty")))
        if algorithm is None or one.get("alg", algorithm) != algorithm:
            continue
        try:
            key = jwt.PyJWK(one, algorithm=algorithm).key
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
        curved = isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)
        if curved or (isinstance(key, RSAPublicKey) and key.key_size >= 2048):
            found[one["kid"], algorithm] = key
    return found


class FixedKeys:
    """A key set that is already here: the built-in issuer's, or a test's."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._keys = read_jwks(document)

    async def key(self, kid: str, algorithm: str) -> Key | None:
        """The public key of that id for that algorithm, or None."""
        return self._keys.get((kid, algorithm))


class PublishedKeys:
    """A key set read over HTTP, kept, and asked for again only rarely.

    It is read again when it is older than ten minutes, or when a token names a key that is not in it (a key has been
    changed), but never more than once in ``pause`` seconds whatever tokens arrive. A key that is known is given at once
    while the set is read again beside it, and serves for an hour while the issuer is away; who brings an unknown one
    waits for the one reading that is under way.
    """

    def __init__(
        self,
        url: str,
        client: httpx.AsyncClient,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        fresh: float = 600.0,
        stale: float = 3600.0,
        pause: float = 30.0,
    ) -> None:
        self._url = url
        self._client = client
        self._monotonic = monotonic
        self._fresh = fresh
        self._stale = stale
        self._pause = pause
        self._keys: dict[tuple[str, str], Key] = {}
        self._read_at: float | None = None
        self._asked_at: float | None = None
        self._reading: asyncio.Task[None] | None = None

    async def key(self, kid: str, algorithm: str) -> Key | None:
        """The public key of that id for that algorithm, or None. Raises Away."""
        known = self._keys.get((kid, algorithm))
        if known is None or self._older_than(self._fresh):
            reading = self._read_again()
            if reading is not None and (known is None or self._older_than(self._stale)):
                await asyncio.shield(reading)
        if self._older_than(self._stale):
            raise Away
        return self._keys.get((kid, algorithm))

    def _older_than(self, seconds: float) -> bool:
        return self._read_at is None or self._monotonic() - self._read_at > seconds

    def _read_again(self) -> "asyncio.Task[None] | None":
        """The reading that is under way, begun if it is time for one."""
        if self._reading is None or self._reading.done():
            pause = self._pause if self._keys else min(self._pause, _FIRST_PAUSE)
            if self._asked_at is not None and self._monotonic() - self._asked_at < pause:
                return None
            self._asked_at = self._monotonic()
            self._reading = asyncio.create_task(self._read(), name="issuer's keys")
        return self._reading

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                keys = read_jwks(json.loads(await self._document()))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, RecursionError):
            return
        if keys:
            self._keys = keys
            self._read_at = self._monotonic()

    async def _document(self) -> bytes:
        """The key set's bytes. Raises ValueError for another answer than 200, and for one that is too large."""
        async with self._client.stream("GET", self._url, follow_redirects=False) as answer:
            if answer.status_code != 200:
                raise ValueError(f"the key set answers {answer.status_code}")
            document = b""
            async for part in answer.aiter_bytes():
                document += part
                if len(document) > MOST_BYTES:
                    raise ValueError("the key set is too large")
            return document
