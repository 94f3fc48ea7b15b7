"""The one catalogue of refusal codes: what each means, what to do about it, where it is said, and by which routes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from contracts.registry import HERE

WRITTEN = HERE / "problems.yaml"
"""Titles and advice, written by hand."""

GENERATED = HERE / "problems.json"
"""The whole catalogue, as `make generate` reads it from the source."""

ADDRESS = "/problems"
"""Where the catalogue is served; below it each code, which is the `type` of its problem documents."""

ADVICE: Mapping[int, str] = {
    400: "Mend how the request is written.",
    403: "Let somebody act whose role or place it is.",
    404: "Check the address and the council.",
    409: "Read the record: it is in another state.",
    422: "Mend what failing names.",
    503: "Try again with the same Idempotency-Key.",
}
"""What to do where nothing is written for a code."""


@dataclass(frozen=True)
class Rule:
    """One place in the source where a code is said: what is said there, and of which rule."""

    file: str
    function: str
    sentence: str
    rule: str


@dataclass(frozen=True)
class Meaning:
    """One code. ``source`` says from where the rule comes, where it is one that a council may give a level."""

    code: str
    status: int
    title: str
    do: str
    source: str
    rules: Sequence[Rule]
    routes: Sequence[str]

    def document(self) -> dict[str, Any]:
        """As it is served."""
        return {"type": type_of(self.code), **asdict(self)}


@cache
def catalogue() -> Mapping[str, Meaning]:
    """Every code, in the order of the alphabet."""
    if not GENERATED.exists():
        return {}
    found = json.loads(GENERATED.read_text(encoding="utf-8"))
    return {one["code"]: _meaning(one) for one in found["problems"]}


def _meaning(one: Mapping[str, Any]) -> Meaning:
    return Meaning(**{**one, "rules": tuple(Rule(**rule) for rule in one["rules"])})


@cache
def own_codes() -> Mapping[str, Sequence[str]]:
    """For each route, as `panel offer_slot`, the codes that its own rules refuse with."""
    found: dict[str, list[str]] = {}
    for meaning in catalogue().values():
        for route in meaning.routes:
            found.setdefault(route, []).append(meaning.code)
    return found


def type_of(code: str) -> str:
    """The `type` of a problem: where its meaning stands, from the root of the deployment."""
    return f"{ADDRESS}/{code}"
