"""Tokens as identity providers really write them: each signs in with configuration alone (DOMAIN.md, I9).

Headers and claims have the shapes of the providers' own documentation and of tokens seen in the field; people, tenants
and addresses are invented. docs/identity-providers.md says the same configuration in words.
"""

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edge.claims import ACTOR, Claims, opaque_ids
from edge.deployment import from_environment
from edge.keys import FixedKeys
from edge.principal import BadToken, TokenVerifier
from tests.edge.counter import SWINDON
from tests.edge.test_principal import JWKS, KEY, RSA_KEY, forged

TENANT = "5f6d3c1e-0b4a-4d5e-9c7b-2f1a8e9d0c3b"


@dataclass(frozen=True)
class Provider:
    """One provider: how a deployment is told of it, and a token of its making."""

    environment: dict[str, str]
    header: dict[str, Any]
    claims: dict[str, Any]
    actor: str = ""
    roles: tuple[str, ...] = ("social_worker",)
    team: str = ""


NOW = int(time.time())
TIMES = {"iat": NOW, "nbf": NOW, "exp": NOW + 3900}

PROVIDERS: dict[str, Provider] = {
    "Entra ID, v2": Provider(
        {
            "ISSUER": f"https://login.microsoftonline.example/{TENANT}/v2.0",
            "AUDIENCE": "7d9b3c55-3e1c-4f0a-8b7e-6a5d4c3b2a19",
            "CLAIM_COUNCIL": "tid",
            "COUNCIL_OF": f"{TENANT}={SWINDON}",
            "ROLE_OF": "Panelbook.SocialWorker=social_worker",
        },
        {"typ": "JWT", "alg": "RS256", "kid": "rsa-1"},
        {
            "tid": TENANT,
            "sub": "_k3Xq7d0yV2b9mYt0mGZJq1uH5sPc4rLwQ8eN6aTzDo",
            "oid": "0f8fad5b-d9cb-469f-a165-70867728950e",
            "roles": ["Panelbook.SocialWorker", "Other.App"],
            "ver": "2.0",
            "aio": "E2ZgYJhz",
            "preferred_username": "ann.example@swindon.example",
            "name": "Ann Example",
        },
        actor="_k3Xq7d0yV2b9mYt0mGZJq1uH5sPc4rLwQ8eN6aTzDo",
    ),
    "Entra ID, v1": Provider(
        {
            "ISSUER": f"https://sts.windows.example/{TENANT}/",
            "AUDIENCE": "api://panelbook",
            "CLAIM_COUNCIL": "tid",
            "COUNCIL_OF": f"{TENANT}={SWINDON}",
        },
        {"typ": "JWT", "alg": "RS256", "x5t": "rsa-1", "kid": "rsa-1", "nonce": "a1B2"},
        {
            "tid": TENANT,
            "sub": "-x3Xq7d0yV2b9mYt0mGZJq1uH5sPc4rLwQ8eN6aTzDo",
            "roles": ["social_worker"],
            "ver": "1.0",
            "groups": [f"0f8fad5b-d9cb-469f-a165-7086772895{number:02x}" for number in range(150)],
        },
        actor="-x3Xq7d0yV2b9mYt0mGZJq1uH5sPc4rLwQ8eN6aTzDo",
    ),
    "AD FS": Provider(
        {
            "ISSUER": "http://adfs.swindon.example/adfs/services/trust",
            "AUDIENCE": "microsoft:identityserver:panelbook",
            "CLAIM_ROLES": "role",
            "CLAIM_TEAM": "department",
        },
        {"typ": "JWT", "alg": "RS256", "x5t": "MVBq3Ff/x+0=", "kid": "rsa-1"},
        {
            "sub": "kI2+1fzUO/8pDo0uZ0vR9g==",
            "role": "social_worker",
            "council": SWINDON,
            "department": "Children North",
            "apptype": "Public",
            "auth_time": "2026-10-05T08:00:00.000Z",
        },
        team="Children-North",
    ),
    "Keycloak": Provider(
        {
            "ISSUER": "https://login.shared.example/realms/councils",
            "CLAIM_ROLES": "/resource_access/panelbook/roles",
        },
        {"alg": "RS256", "typ": "JWT", "kid": "rsa-1"},
        {
            "sub": "f:9b2a7e1c-4c5d-4e6f-8a9b-0c1d2e3f4a5b:ann",
            "typ": "Bearer",
            "azp": "panelbook-pages",
            "council": SWINDON,
            "team": None,
            "realm_access": {"roles": ["offline_access"]},
            "resource_access": {"panelbook": {"roles": ["social_worker", "chair"]}},
        },
        actor="f:9b2a7e1c-4c5d-4e6f-8a9b-0c1d2e3f4a5b:ann",
        roles=("social_worker", "chair"),
    ),
    "Okta": Provider(
        {
            "ISSUER": "https://swindon.okta.example/oauth2/default",
            "AUDIENCE": "api://default",
            "CLAIM_ROLES": "groups",
            "ROLE_OF": "Panelbook Social Workers=social_worker",
        },
        {"kid": "rsa-1", "alg": "RS256"},
        {
            "ver": 1,
            "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
            "sub": "ann.example@swindon.example",
            "uid": "00uid4BxXw6I6TV4m0g3",
            "council": SWINDON,
            "groups": ["Everyone", "Panelbook Social Workers"],
        },
    ),
    "Auth0": Provider(
        {
            "ISSUER": "https://swindon.eu.auth0.example/",
            "AUDIENCE": "https://panelbook.swindon.example",
            "CLAIM_ROLES": "https://panelbook.example/roles",
            "CLAIM_COUNCIL": "https://panelbook.example/council",
        },
        {"alg": "RS256", "typ": "JWT", "kid": "rsa-1"},
        {
            "sub": "auth0|507f1f77bcf86cd799439011",
            "aud": ["https://panelbook.swindon.example", "https://swindon.eu.auth0.example/userinfo"],
            "azp": "my_client_id",
            "scope": "openid",
            "https://panelbook.example/roles": ["social_worker"],
            "https://panelbook.example/council": SWINDON,
        },
        actor="auth0|507f1f77bcf86cd799439011",
    ),
    "Cognito, access token": Provider(
        {
            "ISSUER": "https://cognito-idp.eu-west-2.amazonaws.example/eu-west-2_AbCdEfGhI",
            "AUDIENCE": "7lhlkkfbfb4q5kpp90urffao",
            "CLAIM_AUDIENCE": "client_id",
            "CLAIM_ROLES": "cognito:groups",
            "COUNCIL_OF": f"swindon-borough={SWINDON}",
            "CLAIM_COUNCIL": "custom:council",
        },
        {"kid": "rsa-1", "alg": "RS256"},
        {
            "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
            "token_use": "access",
            "client_id": "7lhlkkfbfb4q5kpp90urffao",
            "cognito:groups": ["social_worker"],
            "custom:council": "swindon-borough",
            "username": "ann",
        },
        actor="aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    ),
    "One Login": Provider(
        {"ISSUER": "https://oidc.account.example/", "AUDIENCE": "panelbook-client"},
        {"kid": "ec-1", "alg": "ES256"},
        {
            "sub": "urn:fdc:gov.uk:2022:56P4CMsGh_02YOlWpd8PAOI-2sVlB2nsNU7mcLZYhYw=",
            "vot": "Cl.Cm",
            "vtm": "https://oidc.account.example/trustmark",
            "sid": "dX5xv0XgHh6yfD1xy-ss_1EDK0I",
            "council": SWINDON,
            "roles": "social_worker",
        },
    ),
}

BASE = {"MODE": "test", "BASE_URL": "http://127.0.0.1:8000"}


def verifier(provider: Provider) -> TokenVerifier:
    """A verifier as a deployment with that provider's environment has it."""
    named = {f"PANELBOOK_{name}": value for name, value in {**BASE, **provider.environment}.items()}
    deployment = from_environment(named)
    return TokenVerifier(
        issuer=deployment.issuer,
        audience=deployment.audience,
        keys=FixedKeys(JWKS),
        claims=deployment.claims,
        opaque=opaque_ids(lambda council, body: (council.encode() + body).ljust(32, b"\0")[-32:]),
        longest=deployment.token_life,
    )


def signed(provider: Provider, **changed: Any) -> str:
    """The provider's token, but for what is changed."""
    by_aud = "CLAIM_AUDIENCE" not in provider.environment
    audience = {"aud": provider.environment.get("AUDIENCE", "panelbook")} if by_aud else {}
    claims = {
        "iss": provider.environment["ISSUER"],
        **audience,
        **TIMES,
        **provider.claims,
        **changed,
    }
    return forged(claims, provider.header, KEY if provider.header["alg"] == "ES256" else RSA_KEY)


@pytest.mark.parametrize("name", PROVIDERS)
async def test_each_provider_signs_in_with_configuration_alone(name: str) -> None:
    """I9."""
    provider = PROVIDERS[name]
    principal = await verifier(provider).verify(signed(provider))
    assert (principal.council, principal.roles, principal.team) == (SWINDON, provider.roles, provider.team)
    assert principal.actor == provider.actor if provider.actor else principal.actor.startswith("who-")
    assert "@" not in principal.actor
    assert re.fullmatch(ACTOR, principal.actor)


SYSTEMS: dict[str, dict[str, Any]] = {
    "Entra ID, v2": {
        "sub": "3f1c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f",
        "oid": "3f1c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f",
        "azp": "c0ffee00-1a2b-4c3d-9e8f-7a6b5c4d3e2f",
        "azpacr": "1",
        "idtyp": "app",
        "roles": ["system"],
    },
    "Keycloak": {
        "sub": "b8d6e0f2-9f3a-4b1c-8d7e-6f5a4b3c2d1e",
        "azp": "finance",
        "clientHost": "10.0.0.7",
        "preferred_username": "service-account-finance",
        "resource_access": {"panelbook": {"roles": ["system"]}},
    },
}
"""What a council's own system is given by client credentials, beside what a person is given there."""


@pytest.mark.parametrize("name", SYSTEMS)
async def test_a_system_signs_in_by_client_credentials_under_the_same_configuration(name: str) -> None:
    """I10: the role `system`, its council, and an id of its own; no name, no address, no team."""
    principal = await verifier(PROVIDERS[name]).verify(signed(PROVIDERS[name], **SYSTEMS[name]))
    assert (principal.council, principal.roles, principal.team) == (SWINDON, ("system",), "")
    assert principal.actor == SYSTEMS[name]["sub"]


@pytest.mark.parametrize("name", PROVIDERS)
async def test_no_provider_vouches_for_another_audience(name: str) -> None:
    provider = PROVIDERS[name]
    other = provider.environment.get("CLAIM_AUDIENCE", "aud")
    with pytest.raises(BadToken):
        await verifier(provider).verify(signed(provider, **{other: "somebody-else"}))


async def test_an_address_is_the_same_person_in_capitals_and_tells_nothing() -> None:
    provider = PROVIDERS["Okta"]
    small = await verifier(provider).verify(signed(provider))
    large = await verifier(provider).verify(signed(provider, sub="Ann.Example@Swindon.Example"))
    other = await verifier(provider).verify(signed(provider, sub="ben.example@swindon.example"))
    assert small.actor == large.actor != other.actor


def test_what_is_not_configured_is_looked_for_where_it_stands_by_itself() -> None:
    assert Claims().council_in({"council": [SWINDON]}) == SWINDON
    assert Claims().roles_in({"roles": "chair"}, {"chair"}) == ("chair",)
    assert Claims(roles="/a/b").roles_in({"a": {"b": ["chair"]}}, {"chair"}) == ("chair",)


def test_every_provider_stands_in_the_document() -> None:
    document = (Path(__file__).parents[2] / "docs" / "identity-providers.md").read_text()
    for name, provider in PROVIDERS.items():
        assert name.partition(",")[0] in document
        for variable in provider.environment:
            assert f"PANELBOOK_{variable}" in document, (name, variable)
