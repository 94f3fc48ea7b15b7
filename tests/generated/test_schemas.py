"""Public types say as classes what their JSON Schemas say."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from msgspec import UNSET, UnsetType

from contracts.check import outline
from contracts.registry import registry
from services.public import PUBLIC, Count, Data, Day, Id, Limits, OneOf, Pence, Public, Sealed, Some, Text
from tests.generated import schemas
from tests.generated.files import ROOT


class PieceOfWork(Data, frozen=True):
    """One piece."""

    work: Text
    text: Sealed


class Deferral(Data, frozen=True):
    """Deferred, on
    two lines.
    """

    decision: Annotated[Id, "Which."]
    outcome: Annotated[Literal["DEFERRED", "OTHER"], "What."]
    made: Annotated[str, OneOf("PANEL", "DELEGATED"), "How."]
    shape: Annotated[Literal[1], "The version."]
    work: Annotated[Some[PieceOfWork], "What is asked for."]
    on: Annotated[Day | None, "When."]
    place: Annotated[str | None, "Where."]
    times: Annotated[Count | None, "How often."]
    inputs: Mapping[str, Any]
    roles: Sequence[Text]
    pence: Annotated[Pence | UnsetType | None, "What it costs."] = UNSET
    miles: Annotated[float, Limits({"minimum": 0})] | UnsetType = UNSET


def test_every_annotation_is_a_schema_with_its_description() -> None:
    schema = json.loads(schemas.schema_text(Deferral, Public("uk.panelbook.x.y.z.v1", "A deferral", "{decision}")))
    assert schema["$id"] == "urn:panelbook:schema:uk.panelbook.x.y.z.v1"
    assert (schema["title"], schema["description"]) == ("A deferral", "Deferred, on two lines.")
    assert schema["required"] == [name for name in schema["properties"] if name not in ("pence", "miles")]
    assert schema["properties"] == {
        "decision": {"$ref": "#/$defs/id", "description": "Which."},
        "outcome": {"enum": ["DEFERRED", "OTHER"], "description": "What."},
        "made": {"enum": ["PANEL", "DELEGATED"], "description": "How."},
        "shape": {"type": "integer", "const": 1, "description": "The version."},
        "work": {
            "type": "array",
            "items": {"$ref": "#/$defs/piece_of_work"},
            "minItems": 1,
            "description": "What is asked for.",
        },
        "on": {"anyOf": [{"$ref": "#/$defs/day"}, {"type": "null"}], "description": "When."},
        "place": {"type": ["string", "null"], "description": "Where."},
        "times": {"type": ["integer", "null"], "minimum": 1, "description": "How often."},
        "inputs": {"type": "object"},
        "roles": {"type": "array", "items": {"type": "string", "minLength": 1}},
        "pence": {"anyOf": [{"$ref": "#/$defs/pence"}, {"type": "null"}], "description": "What it costs."},
        "miles": {"type": "number", "minimum": 0},
    }
    assert schema["$defs"]["piece_of_work"]["properties"]["text"] == {"$ref": "#/$defs/sealed"}
    assert set(schema["$defs"]) == {"id", "piece_of_work", "sealed", "day", "pence"}


def test_what_is_absent_is_left_out_and_what_is_null_is_null() -> None:
    identity = UUID("863ac4ee-6b55-5ed3-a3ad-52e9609ad8f2")
    data = Deferral(
        decision=identity,
        outcome="DEFERRED",
        made="PANEL",
        shape=1,
        work=(),
        on=date(2026, 10, 13),
        place=None,
        times=None,
        inputs={},
        roles=(),
    )
    plain = msgspec.to_builtins(data)
    assert (plain["decision"], plain["on"], plain["place"]) == (str(identity), "2026-10-13", None)
    assert not {"pence", "miles"} & plain.keys()


def test_an_annotation_that_has_no_schema_is_refused() -> None:
    class Odd(Data, frozen=True):
        """Odd."""

        odd: complex

    with pytest.raises(TypeError, match="no JSON Schema"):
        schemas.schema_text(Odd, Public("uk.panelbook.x.y.z.v1", "Odd", "{odd}"))


def test_every_type_that_is_declared_reads_as_its_contract() -> None:
    schemas.files()
    for data, one in PUBLIC.items():
        assert outline(json.loads(schemas.schema_text(data, one))) == outline(registry().schemas[one.type]), one.type


@pytest.mark.parametrize(
    ("type_", "lane", "topic"),
    [
        ("uk.panelbook.panel.decision.decided.v1", "events", "contracts/topics/panel.events.yaml"),
        ("uk.panelbook.panel.decision.announced.v1", "decisions", "contracts/topics/council.decisions.yaml"),
    ],
)
def test_a_type_is_carried_by_its_services_topic_or_by_each_councils_own(
    type_: str, lane: Literal["events", "decisions"], topic: str
) -> None:
    assert schemas.topic_of(Public(type_, "Decided", "{decision}", lane)) == topic


def test_every_public_type_is_held_to_its_contract_in_a_test_of_its_service() -> None:
    """`outgoing` refuses what breaks its contract, so a test that publishes it is enough."""
    schemas.files()
    for one in PUBLIC.values():
        service, _, action = one.type.split(".")[2:5]
        files = (ROOT / "tests/services" / service).rglob("*.py")
        said = "".join(file.read_text(encoding="utf-8") for file in files)
        assert action in said or action.title().replace("_", "") in said, one.type
