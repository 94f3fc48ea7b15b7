"""Who is calling: a bearer token of the deployment's issuer becomes a principal, or the call is refused."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from edge.problems import Problem
from ledger.decider import By, not_allowed

ROLES: frozenset[str] = frozenset(
    {
        "social_worker",
        "team_manager",
        "service_delivery_manager",
        "service_manager",
        "practice_manager",
        "head_of_service",
        "iro",
        "panel_administrator",
        "chair",
        "vice_chair",
        "member",
        "director_csw",
        "director_cs",
        "on_call_delegate",
        "settings_publisher",
        "complaints_officer",
        "records_officer",
        "operator",
    }
)
"""Every role a token can carry. A role that is not here is another system's and is passed over."""

ALGORITHMS = ("ES256", "RS256")

_MAX_TOKEN = 8192
_REMEMBERED_TOKENS = 4096
LEEWAY_SECONDS = 5
"""How far the issuer's clock and ours may be apart."""
_COUNCIL = re.compile(r"[a-z0-9]{1,32}")
_OPAQUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:|-]{0,99}")
_PLACE = re.compile(r"[A-Za-z0-9._:-]{0,64}")
_KEY_ID = re.compile(r"[A-Za-z0-9._=-]{1,128}")
_FIRST_PAUSE = 2.0
"""Seconds between attempts while no key has ever been read: an issuer that starts with us is soon there."""

_HEADER = frozenset({"alg", "kid", "typ"})

_Key = EllipticCurvePublicKey | RSAPublicKey


@dataclass(frozen=True)
class Principal:
    """The person or system a token speaks for: opaque ids, one council, and the roles it may act in."""

    actor: str
    council: str
    roles: tuple[str, ...]
    team: str = ""
    service: str = ""
    name: str = field(default="", repr=False)

    def acting_as(self, role: str = "") -> str:
        """The role to act in: the one asked for, or the first. Raises Refused ROLE_NOT_YOURS."""
        if not role:
            return self.roles[0]
        if role not in self.roles:
            raise not_allowed("ROLE_NOT_YOURS", "You do not have the role that you asked to act in.")
        return role

    def by(self, role: str = "") -> By:
        """The principal as rules know it, in one of its roles."""
        return By(self.actor, self.acting_as(role), self.team, self.service)


class BadToken(Exception):
    """Why a token is not accepted; for our log only, the caller is not told which check failed."""


class Away(Exception):
    """The issuer's key set cannot be had now."""


class Keys(Protocol):
    """Where the issuer's public keys come from."""

    async def key(self, kid: str, algorithm: str) -> _Key | None:
        """The public key of that id for that algorithm, or None. Raises Away."""
        ...


def read_jwks(document: Any) -> dict[tuple[str, str], _Key]:
    """The usable keys of a JSON Web Key Set, by (id, algorithm); symmetric, small and odd ones are passed over."""
    found: dict[tuple[str, str], _Key] = {}
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

    async def key(self, kid: str, algorithm: str) -> _Key | None:
        """The public key of that id for that algorithm, or None."""
        return self._keys.get((kid, algorithm))


class PublishedKeys:
    """A key set read over HTTP, kept, and asked for again only rarely.

    It is read again when it is older than ten minutes, or when a token names a key that is not in it (a key has been
    changed), but never more than once in ``pause`` seconds whatever tokens arrive. While the issuer is away the last
    set serves for an hour. One caller fetches, the others wait for it.
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
        self._keys: dict[tuple[str, str], _Key] = {}
        self._read_at: float | None = None
        self._asked_at: float | None = None
        self._one_at_a_time = asyncio.Lock()

    async def key(self, kid: str, algorithm: str) -> _Key | None:
        """The public key of that id for that algorithm, or None. Raises Away."""
        if (kid, algorithm) not in self._keys or self._older_than(self._fresh):
            async with self._one_at_a_time:
                if (kid, algorithm) not in self._keys or self._older_than(self._fresh):
                    await self._read_again()
        if self._older_than(self._stale):
            raise Away
        return self._keys.get((kid, algorithm))

    def _older_than(self, seconds: float) -> bool:
        return self._read_at is None or self._monotonic() - self._read_at > seconds

    async def _read_again(self) -> None:
        pause = self._pause if self._keys else min(self._pause, _FIRST_PAUSE)
        if self._asked_at is not None and self._monotonic() - self._asked_at < pause:
            return
        self._asked_at = self._monotonic()
        try:
            answer = await self._client.get(self._url, timeout=3.0, follow_redirects=False)
            if answer.status_code != 200 or len(answer.content) > 65536:
                return
            keys = read_jwks(answer.json())
        except (httpx.HTTPError, ValueError, RecursionError):
            return
        if keys:
            self._keys = keys
            self._read_at = self._monotonic()


class TokenVerifier:
    """Checks tokens of one issuer for one audience, by real time; a settable clock does not prolong a token."""

    def __init__(self, *, issuer: str, audience: str, keys: Keys) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._accepted: dict[str, _Accepted] = {}

    async def verify(self, token: str) -> Principal:
        """The principal a token speaks for. Raises BadToken, Away.

        A token that was accepted once is not computed again while its key is still the issuer's and its time runs.
        """
        accepted = self._accepted.get(token)
        kid, algorithm = (accepted.kid, accepted.algorithm) if accepted else _header(token)
        key = await self._keys.key(kid, algorithm)
        if accepted is not None and key is accepted.key and time.time() < accepted.until:
            return accepted.principal
        if key is None:
            raise BadToken("the key is not the issuer's")
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                issuer=self._issuer,
                audience=self._audience,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
                leeway=LEEWAY_SECONDS,
            )
        except Exception as refused:
            # Whatever a hostile token makes the library raise, not only its own errors, is a refusal and no fault.
            raise BadToken(type(refused).__name__) from None
        principal = _principal(claims)
        if len(self._accepted) >= _REMEMBERED_TOKENS:
            self._accepted.pop(next(iter(self._accepted)))
        self._accepted[token] = _Accepted(kid, algorithm, key, float(claims["exp"]) + LEEWAY_SECONDS, principal)
        return principal


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A token that was checked: by which key, until when (seconds since 1970) it is good, and for whom it speaks."""

    kid: str
    algorithm: str
    key: _Key
    until: float
    principal: Principal


def _header(token: str) -> tuple[str, str]:
    """Key id and algorithm of a token whose header holds nothing that could change how it is to be read."""
    if len(token) > _MAX_TOKEN or not token.isascii() or token.count(".") != 2:
        raise BadToken("this is no token")
    try:
        header = jwt.get_unverified_header(token)
    except Exception as refused:
        # As above: a header is the caller's bytes.
        raise BadToken(type(refused).__name__) from None
    if header.keys() - _HEADER:
        # crit, jku, jwk, x5u, b64, zip: each asks the reader to trust the token about itself.
        raise BadToken("the header asks for more than is read here")
    kid, algorithm, kind = header.get("kid"), header.get("alg"), header.get("typ", "JWT")
    if algorithm not in ALGORITHMS or not isinstance(kid, str) or not _KEY_ID.fullmatch(kid):
        raise BadToken("the algorithm or the key is not accepted")
    if not isinstance(kind, str) or kind.lower() not in ("jwt", "at+jwt"):
        raise BadToken("this is another kind of token")
    return kid, str(algorithm)


def _principal(claims: Mapping[str, Any]) -> Principal:
    """The principal in claims whose signature, issuer, audience and times are already good."""
    for name in ("exp", "iat", "nbf"):
        if name in claims and (isinstance(claims[name], bool) or not isinstance(claims[name], int | float)):
            raise BadToken(f"{name} is no number")
    roles = claims.get("roles")
    if not isinstance(roles, list) or not roles or not all(isinstance(role, str) for role in roles):
        raise BadToken("roles must be a list of names")
    known = tuple(dict.fromkeys(role for role in roles if role in ROLES))
    if not known:
        raise BadToken("none of the roles is known here")
    return Principal(
        actor=_claim(claims, "sub", _OPAQUE),
        council=_claim(claims, "council", _COUNCIL),
        roles=known,
        team=_claim(claims, "team", _PLACE, ""),
        service=_claim(claims, "service", _PLACE, ""),
        name=str(claims["name"])[:200] if isinstance(claims.get("name"), str) else "",
    )


def _claim(claims: Mapping[str, Any], name: str, shape: re.Pattern[str], default: str | None = None) -> str:
    value = claims.get(name, default)
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise BadToken(f"{name} is not what it must be")
    return value


_CHALLENGE = 'Bearer realm="panelbook"'


def bearer(headers: Sequence[str]) -> str:
    """The token in the Authorization headers of a request. Raises Problem 401 NO_TOKEN or BAD_TOKEN."""
    if not headers:
        raise Problem(
            401,
            "NO_TOKEN",
            "Sign in first: the request carries no bearer token.",
            headers={"WWW-Authenticate": _CHALLENGE},
        )
    scheme, _, token = headers[0].partition(" ")
    if len(headers) > 1 or scheme.lower() != "bearer" or not token.strip():
        raise bad_token()
    return token.strip()


def bad_token() -> Problem:
    """The one answer to every token that is not accepted: it does not say which check failed."""
    return Problem(
        401,
        "BAD_TOKEN",
        "The token is not accepted. Sign in again.",
        headers={"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token"'},
    )


def identity_away() -> Problem:
    """Nobody can be recognised while the issuer's keys are not here."""
    return Problem(503, "SIGN_IN_AWAY", "Tokens cannot be checked now. Try again.")
