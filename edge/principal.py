"""Who is calling: a bearer token of the deployment's issuer becomes a principal, or the call is refused."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jwt

from edge.claims import LONGEST_LIFE, Claims, Unfit
from edge.keys import Key, Keys
from edge.problems import Problem
from edge.roles import ROLES
from ledger.decider import By, not_allowed

ALGORITHMS = ("ES256", "RS256")

MOST_TOKEN = 16 * 1024
"""Characters; some directories write every group of a person into their token. A larger one is refused (431)."""

LEEWAY_SECONDS = 5
"""How far the issuer's clock and ours may be apart."""

_REMEMBERED_TOKENS = 4096
_KEY_ID = re.compile(r"[\x21-\x7e]{1,255}")

_CHANGES_THE_READING = frozenset({"crit", "b64", "zip", "enc", "jku", "jwk", "x5u", "x5c"})
"""Header members that ask the reader to trust the token about itself, or to read it in another way. What is not here
(`x5t`, `nonce`, ...) is a hint: no key is taken from it."""

_KINDS = frozenset({"jwt", "at+jwt", "application/at+jwt"})


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
    """Why a token is not accepted; for our log only, the caller never learns which check failed."""


class TokenVerifier:
    """Checks tokens of one issuer for one audience, by real time; a settable clock does not prolong a token.

    ``claims`` says under which names the issuer writes what is asked for, ``opaque`` makes the id of somebody whose own
    one cannot stand in a ledger (:func:`edge.claims.actor_of`), ``longest`` is the most seconds a token may live.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        keys: Keys,
        claims: Claims | None = None,
        opaque: Callable[[str, str], str] | None = None,
        longest: float = LONGEST_LIFE,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._claims = claims or Claims()
        self._opaque = opaque
        self._longest = longest
        self._accepted: dict[str, _Accepted] = {}

    async def verify(self, token: str) -> Principal:
        """The principal a token speaks for. Raises BadToken, Away, Problem TOKEN_TOO_LARGE.

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
                audience=self._audience if self._claims.audience == "aud" else None,
                options={
                    "require": ["exp", "iat", "iss", "sub", self._claims.audience],
                    "verify_aud": self._claims.audience == "aud",
                },
                leeway=LEEWAY_SECONDS,
            )
        except Exception as refused:
            # Whatever a hostile token makes the library raise, not only its own errors, is a refusal and no fault.
            raise BadToken(type(refused).__name__) from None
        principal = self._principal(claims)
        if len(self._accepted) >= _REMEMBERED_TOKENS:
            self._accepted.pop(next(iter(self._accepted)))
        self._accepted[token] = _Accepted(kid, algorithm, key, float(claims["exp"]) + LEEWAY_SECONDS, principal)
        return principal

    def _principal(self, claims: Mapping[str, Any]) -> Principal:
        """The principal in claims whose signature, issuer, audience and times are already good."""
        for name in ("exp", "iat", "nbf"):
            if name in claims and (isinstance(claims[name], bool) or not isinstance(claims[name], int | float)):
                raise BadToken(f"{name} is no number")
        if claims["exp"] - claims["iat"] > self._longest:
            raise BadToken("it is good for longer than a token may be")
        if self._claims.audience != "aud" and claims[self._claims.audience] != self._audience:
            raise BadToken("it is for another audience")
        try:
            council = self._claims.council_in(claims)
            return Principal(
                actor=self._claims.actor_in(claims, council, self._opaque),
                council=council,
                roles=self._claims.roles_in(claims, ROLES),
                team=self._claims.place_in(claims, self._claims.team),
                service=self._claims.place_in(claims, self._claims.service),
                name=str(claims["name"])[:200] if isinstance(claims.get("name"), str) else "",
            )
        except Unfit as unfit:
            raise BadToken(str(unfit)) from None


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A token that was checked: by which key, until when (seconds since 1970) it is good, and for whom it speaks."""

    kid: str
    algorithm: str
    key: Key
    until: float
    principal: Principal


def _header(token: str) -> tuple[str, str]:
    """Key id and algorithm of a token whose header holds nothing that could change how it is to be read."""
    if len(token) > MOST_TOKEN:
        raise Problem(
            431,
            "TOKEN_TOO_LARGE",
            f"The token has more than {MOST_TOKEN} characters. Signing in again makes no smaller one: whoever runs the "
            "sign-in service must leave out of it what is not needed here, most often a list of groups.",
        )
    if not token.isascii() or token.count(".") != 2:
        raise BadToken("this is no token")
    try:
        header = jwt.get_unverified_header(token)
    except Exception as refused:
        # As above: a header is the caller's bytes.
        raise BadToken(type(refused).__name__) from None
    if header.keys() & _CHANGES_THE_READING:
        raise BadToken("the header asks for more than is read here")
    kid, algorithm, kind = header.get("kid"), header.get("alg"), header.get("typ", "JWT")
    if algorithm not in ALGORITHMS or not isinstance(kid, str) or not _KEY_ID.fullmatch(kid):
        raise BadToken("the algorithm or the key is not accepted")
    if not isinstance(kind, str) or kind.lower() not in _KINDS:
        raise BadToken("this is another kind of token")
    return kid, str(algorithm)


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
