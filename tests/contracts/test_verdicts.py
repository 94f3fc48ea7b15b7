"""The validator that checks every event says of each what the specification's reference in Python says.

Every example is mutated at every place: a member gone, another type, an empty one, a longer one, another format. Only
`uri` and `uri-reference`, which the reference does not check by itself, may differ.
"""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from contracts.registry import ContractBroken, closed, registry

FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def is_moment(value: object) -> bool:
    """As the contracts mean it: with an offset."""
    return not isinstance(value, str) or ("T" in value and datetime.fromisoformat(value).tzinfo is not None)


@FORMATS.checks("date", raises=ValueError)
def is_day(value: object) -> bool:
    """As the contracts mean it: with dashes."""
    return not isinstance(value, str) or date.fromisoformat(value).isoformat() == value


@FORMATS.checks("uuid", raises=ValueError)
def is_id(value: object) -> bool:
    """Whatever Python reads as one."""
    return not isinstance(value, str) or bool(UUID(value))


OTHERS: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**19, "", "x", "x" * 300, [], {}, ["x"], {"x": 1}, "2026-10-05", "2026-02-30", "20261005",
    "2026-10-05T09:00:00Z", "2026-10-05T09:00:00", "2026-10-05 09:00:00Z", "863ac4ee-6b55-5ed3-a3ad-52e9609ad8f2",
    "863ac4ee6b555ed3a3ad52e9609ad8f2",
)  # fmt: skip


def mutated(value: Any) -> Iterator[Any]:
    """A value with one place in it changed."""
    yield from OTHERS
    if isinstance(value, dict):
        yield {**value, "nobody_wrote_this_down": 1}
        for name, member in value.items():
            yield {other: one for other, one in value.items() if other != name}
            for changed in mutated(member):
                yield {**value, name: changed}
    if isinstance(value, list) and value:
        for changed in mutated(value[0]):
            yield [changed, *value[1:]]


@pytest.mark.parametrize("strictly", [False, True], ids=["reader", "producer"])
@pytest.mark.parametrize("type_", sorted(registry().schemas))
def test_every_verdict_is_the_references(type_: str, strictly: bool) -> None:
    schema = closed(registry().schemas[type_]) if strictly else registry().schemas[type_]
    reference = Draft202012Validator(schema, format_checker=FORMATS)
    hold = registry().validate_strictly if strictly else registry().validate
    for example in islice(registry().examples[type_].values(), 2):
        for changed in mutated(example):
            try:
                hold(type_, changed)
                verdict = True
            except ContractBroken as broken:
                verdict = False
                by_uri = all("breaks format uri" in finding for finding in broken.findings)
                if by_uri and reference.is_valid(changed):
                    continue
            assert verdict == reference.is_valid(changed), changed


def test_half_of_a_surrogate_pair_is_a_finding_and_no_fault() -> None:
    with pytest.raises(ContractBroken, match="surrogate"):
        registry().validate("uk.panelbook.panel.decision.announced.v1", {"reference": "\ud800"})


def test_an_address_that_is_none_is_a_finding() -> None:
    (example, *_) = registry().examples["uk.panelbook.panel.decision.announced.v1"].values()
    with pytest.raises(ContractBroken, match="/detail_url breaks format uri"):
        registry().validate("uk.panelbook.panel.decision.announced.v1", {**example, "detail_url": "not an address\n"})
