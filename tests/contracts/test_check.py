"""A released type only grows: the gate finds every other change and names who would break."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.asyncapi import document
from contracts.check import main
from contracts.registry import HERE, registry

ANNOUNCED = "uk.panelbook.panel.decision.announced.v1"
ROUTED = "uk.panelbook.routing.route.routed.v1"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("topics", "schemas", "examples"):
        shutil.copytree(HERE / name, tmp_path / name)
    assert main(["--release"], tmp_path) == 0
    return tmp_path


def edit(folder: Path, type_: str, how: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "schemas" / f"{type_}.json"
    schema = json.loads(path.read_text())
    how(schema)
    path.write_text(json.dumps(schema))


def test_the_checked_in_contracts_pass_the_gate() -> None:
    assert main([]) == 0


def test_a_new_optional_member_is_growth_and_is_released(copy: Path) -> None:
    edit(copy, ROUTED, lambda schema: schema["properties"].update(note={"type": "string"}))
    assert main([], copy) == 1
    assert main(["--release"], copy) == 0
    assert main([], copy) == 0


def test_a_new_value_of_a_list_is_growth(copy: Path) -> None:
    edit(copy, ROUTED, lambda schema: schema["properties"]["route"]["enum"].append("ELSEWHERE"))
    assert main(["--release"], copy) == 0


def renamed(schema: dict[str, Any]) -> None:
    schema["properties"]["why"] = schema["properties"].pop("reasons")
    schema["required"] = ["why" if name == "reasons" else name for name in schema["required"]]


BREAKS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "renamed": (renamed, "/reasons was removed or renamed"),
    "retyped": (lambda schema: schema["properties"]["table"].update(type="integer"), "/table changed its type"),
    "loosened": (lambda schema: schema["required"].remove("row"), "/row is no longer required"),
    "tightened": (lambda schema: schema["properties"]["table"].update(minLength=5), "/table changed its limits"),
    "value_lost": (lambda schema: schema["properties"]["route"]["enum"].remove("NOT_FUNDED"), "/route lost the values"),
}


@pytest.mark.parametrize("change", BREAKS)
def test_a_change_that_breaks_readers_is_refused_and_they_are_named(
    copy: Path, change: str, capsys: pytest.CaptureFixture[str]
) -> None:
    how, finding = BREAKS[change]
    edit(copy, ROUTED, how)
    for example in (copy / "examples" / ROUTED).glob("*.json"):
        data = json.loads(example.read_text())
        if change == "renamed":
            data["why"] = data.pop("reasons")
        if change == "retyped":
            data["table"] = 1
        example.write_text(json.dumps(data))
    assert main(["--release"], copy) == 1
    told = capsys.readouterr().err
    assert finding in told
    assert "breaks intake, notify, panel" in told


def test_a_new_required_member_is_refused(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def demand(schema: dict[str, Any]) -> None:
        schema["properties"]["mood"] = {"type": "string"}
        schema["required"].append("mood")

    edit(copy, ANNOUNCED, demand)
    example = copy / "examples" / ANNOUNCED / "announced.json"
    example.write_text(json.dumps({**json.loads(example.read_text()), "mood": "calm"}))
    assert main(["--release"], copy) == 1
    told = capsys.readouterr().err
    assert "/mood is new and required; breaks subscriber-{council}" in told


def test_an_edited_example_is_refused(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example = copy / "examples" / ANNOUNCED / "announced.json"
    example.write_text(json.dumps({**json.loads(example.read_text()), "council": "c92ab7"}))
    assert main([], copy) == 1
    assert "its example announced was edited" in capsys.readouterr().err


def test_a_released_type_that_is_gone_is_refused(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(copy / "examples" / ANNOUNCED)
    (copy / "schemas" / f"{ANNOUNCED}.json").unlink()
    topic = copy / "topics" / "council.decisions.yaml"
    topic.write_text(yaml.safe_dump({**yaml.safe_load(topic.read_text()), "events": {}}))
    assert main([], copy) == 1
    assert f"{ANNOUNCED}: released, and gone" in capsys.readouterr().err


def test_a_stale_description_is_refused(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "asyncapi.yaml").write_text("asyncapi: 3.0.0\n")
    assert main([], copy) == 1
    assert "asyncapi.yaml is not what the registry says" in capsys.readouterr().err


def test_every_reference_in_the_description_resolves() -> None:
    description = yaml.safe_load(document(registry()))
    references: list[str] = []

    def collect(part: Any) -> None:
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                references.append(part["$ref"])
            for value in part.values():
                collect(value)
        elif isinstance(part, list):
            for value in part:
                collect(value)

    collect(description)
    assert references
    for reference in references:
        place: Any = description
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert place


def test_the_description_covers_every_topic_and_every_type() -> None:
    description = yaml.safe_load(document(registry()))
    addresses = {channel["address"] for channel in description["channels"].values()}
    assert addresses == {topic.name for topic in registry().topics}
    assert registry().schemas.keys() <= description["components"]["messages"].keys()
