"""What a token says about somebody, as identity providers really write it, turned into ids that a ledger can keep.

Each provider has its own names for the same things, writes one role as a text and several as a list, and makes ids in
its own alphabet. A deployment says which claim is which; what is read is the same from every provider (DOMAIN.md, I9).
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

ACTOR = r"[A-Za-z0-9_-][A-Za-z0-9._:|~-]{0,99}"
"""An id that stands for itself wherever somebody is named: in tokens, forms, addresses and stored events."""

LONGEST_LIFE = 24 * 3600
"""Seconds from a token's issue to its end: one that is good for longer could be used long after its person has left."""

_ACTOR = re.compile(ACTOR)
_SUBJECT = re.compile(r"[\x20-\x7e]{1,255}")
_COUNCIL = re.compile(r"[a-z0-9]{1,32}")
_PLACE = re.compile(r"[A-Za-z0-9._:-]{0,64}")
_BLANKS = re.compile(r"\s+")


class Unfit(ValueError):
    """A claim is not what it must be; the message names the claim and never its value."""


def actor_of(subject: str, council: str, opaque: Callable[[str, str], str] | None) -> str:
    """The id under which somebody acts here: the provider's own, or an opaque one made of it.

    An address is personal, and base64 with ``+``, ``/`` and ``=`` cannot stand in the address of a record: for these,
    and for whatever is longer, ``opaque(council, subject)`` gives an id that is the same every time and tells nothing.
    Addresses are the same in capitals and small letters. Raises Unfit.
    """
    subject = subject.strip(" ")
    if not _SUBJECT.fullmatch(subject):
        raise Unfit("the subject is not 1 to 255 printable ASCII characters")
    if _ACTOR.fullmatch(subject):
        return subject
    if opaque is None:
        raise Unfit("the subject needs an opaque id, and nothing makes one here")
    return opaque(council, subject.lower() if "@" in subject else subject)


def opaque_ids(fingerprint: Callable[[str, bytes], bytes]) -> Callable[[str, str], str]:
    """Makes opaque ids with a keyed digest per council, so that nobody can try a list of addresses on them."""
    return lambda council, subject: f"who-{fingerprint(council, b'who:' + subject.encode()).hex()[:32]}"


@dataclass(frozen=True)
class Claims:
    """Under which names an issuer writes what is asked for.

    A name that begins with ``/`` leads into objects, as ``/realm_access/roles``. ``council_of`` and ``role_of`` turn an
    issuer's own values into a council's id and into our roles; what is not in them is taken as it is.
    """

    subject: str = "sub"
    audience: str = "aud"
    council: str = "council"
    roles: str = "roles"
    team: str = "team"
    service: str = "service"
    council_of: Mapping[str, str] = field(default_factory=dict[str, str])
    role_of: Mapping[str, str] = field(default_factory=dict[str, str])

    def actor_in(self, claims: Mapping[str, Any], council: str, opaque: Callable[[str, str], str] | None = None) -> str:
        """Who acts. Raises Unfit."""
        subject = _found(claims, self.subject)
        if not isinstance(subject, str):
            raise Unfit(f"{self.subject} is no text")
        return actor_of(subject, council, opaque)

    def council_in(self, claims: Mapping[str, Any]) -> str:
        """The one council that somebody acts for. Raises Unfit."""
        value = _found(claims, self.council)
        if isinstance(value, list) and len(value) == 1:
            (value,) = value
        council = self.council_of.get(value, value) if isinstance(value, str) else None
        if not isinstance(council, str) or not _COUNCIL.fullmatch(council):
            raise Unfit(f"{self.council} names no council")
        return council

    def roles_in(self, claims: Mapping[str, Any], known: Collection[str]) -> tuple[str, ...]:
        """The roles that are known here, in the token's order; a single one may be a text. Raises Unfit."""
        value = _found(claims, self.roles)
        named = [value] if isinstance(value, str) else value
        if not isinstance(named, list) or not all(isinstance(role, str) for role in named):
            raise Unfit(f"{self.roles} is no list of names")
        ours = (self.role_of.get(role, role) for role in named)
        found = tuple(dict.fromkeys(role for role in ours if role in known))
        if not found:
            raise Unfit("none of the roles is known here")
        return found

    def place_in(self, claims: Mapping[str, Any], name: str) -> str:
        """A team or a service as an id, blanks as ``-``; empty where there is none. Raises Unfit."""
        value = _found(claims, name)
        if value is None:
            return ""
        place = _BLANKS.sub("-", value.strip()) if isinstance(value, str) else value
        if not isinstance(place, str) or not _PLACE.fullmatch(place):
            raise Unfit(f"{name} is not what it must be")
        return place


def _found(claims: Mapping[str, Any], name: str) -> Any:
    if not name.startswith("/"):
        return claims.get(name)
    value: Any = claims
    for step in name[1:].split("/"):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value
