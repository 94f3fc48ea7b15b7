"""Tokens that must not be accepted, and how often the issuer's keys are asked for."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm, get_default_algorithms

from edge.claims import LONGEST_LIFE
from edge.issuer import Issuer
from edge.keys import MOST_BYTES, Away, FixedKeys, PublishedKeys, read_jwks
from edge.principal import MOST_TOKEN, BadToken, Principal, TokenVerifier
from edge.problems import Problem
from ledger.decider import By, Refused
from tests.edge.counter import ISSUER, SHROPSHIRE, SWINDON, House

KEY = generate_private_key(SECP256R1())
RSA_KEY = generate_rsa_key(65537, 2048)


def published(key: Any, kid: str, algorithm: Any) -> dict[str, Any]:
    """A public key as a key set holds it."""
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig"}


JWKS = {
    "keys": [
        published(KEY, "ec-1", ECAlgorithm),
        published(RSA_KEY, "rsa-1", RSAAlgorithm),
    ]
}
VERIFIER = TokenVerifier(issuer=ISSUER, audience="panelbook", keys=FixedKeys(JWKS))


def claims(**changed: Any) -> dict[str, Any]:
    """Claims that are accepted, but for what is changed; None takes a claim away."""
    now = int(time.time())
    good: dict[str, Any] = {
        "iss": ISSUER,
        "aud": "panelbook",
        "sub": "sw-1",
        "iat": now,
        "exp": now + 600,
        "council": SWINDON,
        "roles": ["social_worker", "chair"],
        "team": "north",
        "service": "children",
    }
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def token(header: dict[str, Any] | None = None, algorithm: str = "ES256", key: Any = None, **changed: Any) -> str:
    """A token signed by the issuer's own key unless another is given."""
    kid = "rsa-1" if algorithm == "RS256" else "ec-1"
    signing = key or (RSA_KEY if algorithm == "RS256" else KEY)
    return forged(claims(**changed), {"alg": algorithm, "kid": kid, **(header or {})}, signing)


def forged(payload: Any, header: dict[str, Any], signing: Any) -> str:
    """A token built by hand, so that the library's own checks on writing cannot help us."""
    parts = ".".join(segment(json.dumps(part).encode()) for part in (header, payload))
    return f"{parts}.{segment(signature(parts.encode(), header, signing))}"


def signature(message: bytes, header: dict[str, Any], signing: Any) -> bytes:
    """Whatever the header's algorithm asks for."""
    if isinstance(signing, bytes):
        return hmac.new(signing, message, hashlib.sha256).digest()
    if signing is None:
        return b""
    library = get_default_algorithms()
    return library["RS256" if signing is RSA_KEY else "ES256"].sign(message, signing)


def segment(data: bytes) -> str:
    """One segment of a token."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def public_pem() -> bytes:
    """The public key as a secret: the confusion of HS256 with a public key."""
    return KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


async def test_a_good_token_of_each_algorithm_is_a_principal() -> None:
    expected = Principal("sw-1", SWINDON, ("social_worker", "chair"), "north", "children")
    assert await VERIFIER.verify(token()) == expected
    assert await VERIFIER.verify(token(algorithm="RS256")) == expected


HOSTILE: dict[str, Callable[[], str]] = {
    "alg none without signature": lambda: forged(claims(), {"alg": "none", "kid": "ec-1"}, None),
    "alg None in another case": lambda: forged(claims(), {"alg": "nOnE", "kid": "ec-1"}, None),
    "HS256 with the public key as secret": lambda: forged(claims(), {"alg": "HS256", "kid": "ec-1"}, public_pem()),
    "HS256 with an empty secret": lambda: forged(claims(), {"alg": "HS256", "kid": "ec-1"}, b""),
    "ES256 named, RSA key signed": lambda: token(key=RSA_KEY),
    "RS256 named for the EC key": lambda: token({"alg": "RS256", "kid": "ec-1"}),
    "algorithm not in the list": lambda: token({"alg": "ES384"}),
    "another key under our kid": lambda: token(key=generate_private_key(SECP256R1())),
    "signature cut off": lambda: token().rpartition(".")[0] + ".",
    "payload exchanged": lambda: ".".join(
        [*token().split(".")[:1], *token(sub="chair-1").split(".")[1:2], token().split(".")[2]]
    ),
    "unknown kid": lambda: token({"kid": "ec-2"}),
    "no kid": lambda: token({"kid": None}),
    "kid as list": lambda: token({"kid": ["ec-1"]}),
    "kid as path": lambda: token({"kid": "../../dev/null"}),
    "crit header": lambda: token({"crit": ["exp"]}),
    "empty crit header": lambda: token({"crit": []}),
    "key brought along": lambda: token({"jwk": JWKS["keys"][0]}),
    "key set brought along": lambda: token({"jku": "https://example.org/jwks.json"}),
    "certificate brought along": lambda: token({"x5u": "https://example.org/c.pem"}),
    "unencoded payload": lambda: token({"b64": False, "crit": ["b64"]}),
    "compressed": lambda: token({"zip": "DEF"}),
    "another type": lambda: token({"typ": "logout+jwt"}),
    "wrong issuer": lambda: token(iss="urn:somebody:else"),
    "issuer that begins as ours": lambda: token(iss=ISSUER + ".example.org"),
    "issuer that is part of ours": lambda: token(iss=ISSUER[:-1]),
    "issuer as list": lambda: token(iss=[ISSUER]),
    "no issuer": lambda: token(iss=None),
    "wrong audience": lambda: token(aud="another"),
    "audience that is part of ours": lambda: token(aud="panel"),
    "audience as object": lambda: token(aud={"panelbook": True}),
    "audiences without ours": lambda: token(aud=["a", "b"]),
    "no audience": lambda: token(aud=None),
    "no expiry": lambda: token(exp=None),
    "expired": lambda: token(exp=int(time.time()) - 60),
    "expiry as text": lambda: token(exp=str(int(time.time()) + 600)),
    "expiry true": lambda: token(exp=True),
    "expiry infinite": lambda: token(exp=float("inf")),
    "expiry not a number": lambda: token(exp=float("nan")),
    "no time of issue": lambda: token(iat=None),
    "issued tomorrow": lambda: token(iat=int(time.time()) + 86400),
    "not before tomorrow": lambda: token(nbf=int(time.time()) + 86400),
    "no subject": lambda: token(sub=None),
    "subject as number": lambda: token(sub=7),
    "empty subject": lambda: token(sub=""),
    "subject with a line end": lambda: token(sub="sw-1\n"),
    "good for longer than a day": lambda: token(exp=int(time.time()) + LONGEST_LIFE + 60),
    "certificates brought along": lambda: token({"x5c": ["MIIB"]}),
    "subject not ASCII": lambda: token(sub="Zoë"),
    "subject too long": lambda: token(sub="a" * 256),
    "no council": lambda: token(council=None),
    "councils as list": lambda: token(council=[SWINDON, SHROPSHIRE]),
    "council true": lambda: token(council=True),
    "council as path": lambda: token(council="../" + SHROPSHIRE),
    "empty council": lambda: token(council=""),
    "council with a line end": lambda: token(council=SWINDON + "\n"),
    "no roles": lambda: token(roles=None),
    "empty roles": lambda: token(roles=[]),
    "role of another system as text": lambda: token(roles="root"),
    "roles as number": lambda: token(roles=7),
    "roles as object": lambda: token(roles={"chair": True}),
    "roles with a number": lambda: token(roles=["chair", 1]),
    "only roles of another system": lambda: token(roles=["admin", "root"]),
    "team as list": lambda: token(team=["north"]),
    "payload as list": lambda: forged(["chair"], {"alg": "ES256", "kid": "ec-1"}, KEY),
    "payload as number": lambda: forged(1, {"alg": "ES256", "kid": "ec-1"}, KEY),
    "header as list": lambda: f"{segment(b'[]')}.{token().split('.', 1)[1]}",
    "header nested deep": lambda: f"{segment(b'[' * 3000)}.{token().split('.', 1)[1]}",
    "payload nested deep": lambda: f"{token().split('.')[0]}.{segment(b'[' * 3000)}.{token().split('.')[2]}",
    "header not UTF-8": lambda: f"{segment(bytes([0xFF] * 9))}.{token().split('.', 1)[1]}",
    "two segments": lambda: token().rpartition(".")[0],
    "four segments": lambda: token() + ".AAAA",
    "five segments": lambda: token() + ".AAAA.AAAA",
    "not ASCII": lambda: token() + "é",
    "team with a line in it": lambda: token(team="north/../south"),
    "nothing": lambda: "",
    "dots": lambda: "..",
}


@pytest.mark.parametrize("made", HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_hostile_token_is_refused(made: Callable[[], str]) -> None:
    with pytest.raises(BadToken):
        await VERIFIER.verify(made())


@pytest.mark.parametrize("name", ["alg none without signature", "expired", "roles as number", "unknown kid"])
async def test_a_hostile_token_is_answered_without_saying_which_check_failed(house: House, name: str) -> None:
    answer = await house.http.get(
        f"/counter/councils/{SWINDON}/counters/{ISSUER}", headers={"Authorization": f"Bearer {HOSTILE[name]()}"}
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "BAD_TOKEN")
    assert answer.json()["detail"] == "The token is not accepted. Sign in again."
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="panelbook", error="invalid_token"'


async def test_a_token_that_is_too_large_is_told_so_and_not_sent_to_sign_in_again() -> None:
    with pytest.raises(Problem) as refused:
        await VERIFIER.verify(token(team="x" * MOST_TOKEN))
    assert (refused.value.status, refused.value.code) == (431, "TOKEN_TOO_LARGE")


async def test_roles_of_other_systems_are_passed_over() -> None:
    principal = await VERIFIER.verify(token(roles=["admin", "chair", "chair"]))
    assert principal.roles == ("chair",)


def test_a_principal_acts_in_its_first_role_or_in_the_one_it_asks_for() -> None:
    principal = Principal("a", SWINDON, ("member", "chair"), "north")
    assert principal.by() == By("a", "member", "north")
    assert principal.by("chair") == By("a", "chair", "north")
    with pytest.raises(Refused, match="ROLE_NOT_YOURS"):
        principal.by("director_cs")


def test_a_key_set_gives_only_keys_that_are_large_asymmetric_and_for_signing() -> None:
    small = generate_rsa_key(65537, 1024)
    other_curve = generate_private_key(SECP384R1())
    good = JWKS["keys"][0]
    found = read_jwks(
        {
            "keys": [
                good,
                {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
                published(small, "small", RSAAlgorithm),
                published(other_curve, "curve", ECAlgorithm),
                {**good, "kid": "for-encryption", "use": "enc"},
                {**good, "kid": "for-another", "alg": "ES512"},
                {"kty": "EC", "kid": "broken", "crv": "P-256", "x": "AA", "y": "AA"},
                {**good, "kid": None},
                "nonsense",
            ]
        }
    )
    assert set(found) == {("ec-1", "ES256")}
    assert read_jwks(["keys"]) == {}
    assert read_jwks({"keys": "ec-1"}) == {}


class KeyServer:
    """An issuer's key address that counts its calls and can be away."""

    def __init__(self) -> None:
        self.calls = 0
        self.now = 1000.0
        self.document: Any = JWKS
        self.status = 200
        self.gate: asyncio.Event | None = None
        self.keys = PublishedKeys(
            "https://issuer.invalid/jwks.json",
            httpx.AsyncClient(transport=httpx.MockTransport(self._answer)),
            monotonic=lambda: self.now,
        )

    async def read(self) -> None:
        """Until the reading that is under way, if any, is over."""
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == "issuer's keys"))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.status == 0:
            raise httpx.ConnectError("away", request=request)
        status = 200 if request.url.host == "elsewhere.invalid" else self.status
        return httpx.Response(status, json=self.document, headers={"Location": "https://elsewhere.invalid/jwks.json"})


async def test_a_hundred_unknown_key_ids_lead_to_one_fetch() -> None:
    server = KeyServer()
    assert await server.keys.key("ec-1", "ES256") is not None
    for number in range(100):
        assert await server.keys.key(f"made-up-{number}", "ES256") is None
    assert server.calls == 1
    server.now += 31
    for number in range(100):
        assert await server.keys.key(f"made-up-{number}", "ES256") is None
    assert server.calls == 2


async def test_a_new_key_of_the_issuer_is_found_after_the_pause() -> None:
    server = KeyServer()
    await server.keys.key("ec-1", "ES256")
    server.document = {"keys": [{**JWKS["keys"][0], "kid": "ec-2"}]}
    server.now += 31
    assert await server.keys.key("ec-2", "ES256") is not None
    assert await server.keys.key("ec-1", "ES256") is None


async def test_keys_are_kept_for_ten_minutes() -> None:
    server = KeyServer()
    for _ in range(19):
        await server.keys.key("ec-1", "ES256")
        server.now += 31
    assert server.calls == 1
    server.now += 31
    assert await server.keys.key("ec-1", "ES256") is not None
    await server.read()
    assert server.calls == 2


async def test_nobody_waits_for_a_key_set_that_is_read_again() -> None:
    """A key that is known is given at once, while an issuer that answers slowly is asked beside it."""
    server = KeyServer()
    await server.keys.key("ec-1", "ES256")
    server.now += 601
    server.gate = asyncio.Event()
    assert await asyncio.wait_for(server.keys.key("ec-1", "ES256"), 1) is not None
    server.gate.set()
    await server.read()
    assert server.calls == 2


async def test_a_hundred_who_bring_a_new_key_wait_for_one_reading() -> None:
    server = KeyServer()
    found = await asyncio.gather(*(server.keys.key("ec-1", "ES256") for _ in range(100)))
    assert all(found)
    assert server.calls == 1


async def test_a_key_set_is_read_no_further_than_it_may_be_large(monkeypatch: pytest.MonkeyPatch) -> None:
    server = KeyServer()
    server.document = {"keys": JWKS["keys"], "padding": "x" * MOST_BYTES}
    with pytest.raises(Away):
        await server.keys.key("ec-1", "ES256")


async def test_a_key_set_that_is_elsewhere_is_not_read() -> None:
    """A redirect would let whoever answers for the issuer's address name the keys of anybody (ASVS 15.3.2)."""
    server = KeyServer()
    server.status = 302
    with pytest.raises(Away):
        await server.keys.key("ec-1", "ES256")
    assert server.calls == 1


async def test_a_key_set_that_comes_in_drops_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.keys.FETCH_SECONDS", 0.05)
    server = KeyServer()
    server.gate = asyncio.Event()
    with pytest.raises(Away):
        await server.keys.key("ec-1", "ES256")


@pytest.mark.parametrize("trouble", [0, 302, 500])
async def test_the_last_keys_serve_for_an_hour_while_the_issuer_is_away(trouble: int) -> None:
    server = KeyServer()
    await server.keys.key("ec-1", "ES256")
    server.status = trouble
    server.now += 3590
    assert await server.keys.key("ec-1", "ES256") is not None
    server.now += 20
    with pytest.raises(Away):
        await server.keys.key("ec-1", "ES256")


async def test_an_issuer_that_was_never_reached_is_asked_rarely_and_is_not_the_callers_fault() -> None:
    server = KeyServer()
    server.status = 0
    verifier = TokenVerifier(issuer=ISSUER, audience="panelbook", keys=server.keys)
    for _ in range(20):
        with pytest.raises(Away):
            await verifier.verify(token())
    assert server.calls == 1
    server.status = 200
    server.now += 2
    assert (await verifier.verify(token())).actor == "sw-1"


def test_the_built_in_issuer_keeps_its_key_in_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    first = Issuer(tmp_path / "issuer")
    again = Issuer(tmp_path / "issuer")
    assert first.jwks() == again.jwks()
    (kept,) = (tmp_path / "issuer").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert set(first.jwks()["keys"][0]) == {"kty", "crv", "x", "y", "use", "alg", "kid"}


async def test_a_token_of_the_built_in_issuer_is_accepted(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path, issuer=ISSUER)
    verifier = TokenVerifier(issuer=ISSUER, audience="panelbook", keys=FixedKeys(issuer.jwks()))
    made = issuer.token("chair-1", SWINDON, ["chair"], team="north", service="children", name="Pat")
    assert await verifier.verify(made) == Principal("chair-1", SWINDON, ("chair",), "north", "children", "Pat")
    with pytest.raises(BadToken):
        await verifier.verify(issuer.token("chair-1", SWINDON, ["chair"], minutes=-1))


def test_the_built_in_issuer_makes_no_token_that_would_not_be_accepted(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="UNKNOWN_ROLE"):
        Issuer(tmp_path).token("a", SWINDON, ["root"])
    with pytest.raises(Refused, match="UNKNOWN_ROLE"):
        Issuer(tmp_path).token("a", SWINDON, [])
