"""The token issuer built in for demo and test, so that a machine without a sign-in service can play every role."""

import base64
import hashlib
import os
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from edge.deployment import Deployment
from edge.roles import ROLES
from ledger.decider import rule_broken, wrong_state

if TYPE_CHECKING:  # A token on the command line waits for no web framework.
    from fastapi import APIRouter

_KEY_FILE = "issuer-key.pem"


class Issuer:
    """Signs ES256 tokens with a key kept in a folder, made on first use and readable by its owner only."""

    def __init__(self, folder: Path, *, issuer: str = "urn:panelbook:issuer", audience: str = "panelbook") -> None:
        self._key = _key_in(folder)
        self._issuer = issuer
        self._audience = audience
        numbers = self._key.public_key().public_numbers()
        x, y = _b64url(numbers.x.to_bytes(32, "big")), _b64url(numbers.y.to_bytes(32, "big"))
        # RFC 7638: the same key has the same id in every process that reads the folder.
        members = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'
        self._kid = _b64url(hashlib.sha256(members.encode()).digest())
        self._jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256", "kid": self._kid}

    def token(
        self,
        actor: str,
        council: str,
        roles: Sequence[str],
        team: str = "",
        service: str = "",
        minutes: float = 60,
        *,
        name: str = "",
    ) -> str:
        """A token for an actor in one council, good from now, in real time, for ``minutes``.

        Raises Refused UNKNOWN_ROLE: such a token would not be accepted.
        """
        if not roles or set(roles) - ROLES:
            raise rule_broken("UNKNOWN_ROLE", f"A token carries at least one of: {', '.join(sorted(ROLES))}.")
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": actor,
            "iat": now,
            "exp": now + int(timedelta(minutes=minutes).total_seconds()),
            "council": council,
            "roles": list(roles),
            "team": team,
            "service": service,
        }
        if name:
            claims["name"] = name
        return jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": self._kid})

    def jwks(self) -> dict[str, Any]:
        """The public key set, as served at ``/issuer/jwks.json``."""
        return {"keys": [dict(self._jwk)]}


def built_in_issuer(deployment: Deployment) -> Issuer:
    """The issuer of a demo or a test. Raises Refused NOT_IN_PRODUCTION, or NO_BUILT_IN_ISSUER without a folder."""
    if deployment.mode == "production":
        raise wrong_state("NOT_IN_PRODUCTION", "Production has its own issuer; the built-in one stays away.")
    if deployment.issuer_folder is None:
        raise wrong_state("NO_BUILT_IN_ISSUER", "This deployment names no folder for a built-in issuer.")
    return Issuer(deployment.issuer_folder, issuer=deployment.issuer, audience=deployment.audience)


def issuer_router(deployment: Deployment) -> "APIRouter":
    """``GET /issuer/jwks.json`` for the combined web app. Raises what :func:`built_in_issuer` raises."""
    from fastapi import APIRouter

    published = built_in_issuer(deployment).jwks()
    routes = APIRouter(prefix="/issuer", tags=["issuer"])

    @routes.get("/jwks.json", summary="The public keys that this demo's tokens are checked with")
    async def jwks() -> dict[str, Any]:
        return published

    return routes


def _key_in(folder: Path) -> EllipticCurvePrivateKey:
    path = folder / _KEY_FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = generate_private_key(SECP256R1())
        beside = folder / f"{_KEY_FILE}.{os.getpid()}.new"
        beside.touch(mode=0o600)
        beside.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        try:
            # A link, not a replacement: of two processes that start together the first one's key stands for both.
            os.link(beside, path)
        except FileExistsError:
            pass
        finally:
            beside.unlink()
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError(f"{_KEY_FILE} does not hold a P-256 key")
    return key


def _b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
