"""The gate of `make check`: the contracts fit together, and what was released only grows; it names who would break.

What was released stands in ``released.json``: per type the digest and outline of its schema, its topic and subject,
and the digests of its examples. A released type may gain optional members and new values of a list; everything else
breaks somebody who reads it today, or an event that was written yesterday, and needs a new version beside it.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts import asyncapi
from contracts.registry import HERE, ContractBroken, Registry, digest

FREELY_CHANGED = frozenset({"description", "title", "examples", "$comment"})


@dataclass(frozen=True)
class Broken:
    """One change to a released type, and every consumer that reads it."""

    type: str
    what: str
    consumers: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.type}: {self.what}; breaks {', '.join(self.consumers) or 'nobody listed'}"


def outline(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What readers rely on, flat: for every member its path, whether it must be there, and what it may hold."""
    found: dict[str, dict[str, Any]] = {}
    _walk("", schema, schema.get("$defs", {}), True, found)
    return found


def released(registry: Registry) -> dict[str, Any]:
    """The contents of ``released.json`` as the registry stands now."""
    return {
        type_: {
            "schema": digest(schema),
            "topic": registry.topic_of(type_).name,
            "subject": registry.topic_of(type_).subjects[type_],
            "outline": outline(schema),
            "examples": {name: digest(example) for name, example in registry.examples[type_].items()},
        }
        for type_, schema in registry.schemas.items()
    }


def broken(registry: Registry, before: dict[str, Any]) -> list[Broken]:
    """Every change since ``before`` that somebody could not live with."""
    now = released(registry)
    found: list[Broken] = []
    for type_, was in before.items():
        consumers = _consumers(registry, was["topic"])
        if type_ not in now:
            found.append(Broken(type_, "released, and gone", consumers))
            continue
        found.extend(Broken(type_, what, consumers) for what in _differences(was, now[type_]))
    return found


def not_released(registry: Registry, before: dict[str, Any]) -> list[str]:
    """Types, schemas and examples that have grown and are not written down in ``released.json`` yet."""
    now = released(registry)
    return sorted(type_ for type_ in now if now[type_] != before.get(type_))


def main(arguments: Sequence[str] | None = None, folder: Path = HERE) -> int:
    """Check the contracts under ``folder``, or release them with ``--release``; 0 when all is well."""
    parser = argparse.ArgumentParser(
        prog="python -m contracts.check", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--release", action="store_true", help="write released.json and asyncapi.yaml anew")
    release = parser.parse_args(arguments).release
    try:
        registry = Registry.load(folder)
    except ContractBroken as wrong:
        return _say_no(wrong.findings)
    record = folder / "released.json"
    before = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    breaks = broken(registry, before)
    if breaks:
        return _say_no([*map(str, breaks), "Put a new version beside the released one; never edit it."])
    if release:
        record.write_text(json.dumps(released(registry), indent=1, sort_keys=True) + "\n", encoding="utf-8")
        (folder / "asyncapi.yaml").write_text(asyncapi.document(registry), encoding="utf-8")
    elif grown := not_released(registry, before):
        return _say_no(
            [f"{type_}: differs from released.json" for type_ in grown] + ["Run: python -m contracts.check --release"]
        )
    elif not asyncapi.is_fresh(registry, folder):
        return _say_no(["asyncapi.yaml is not what the registry says. Run: python -m contracts.check --release"])
    examples = sum(map(len, registry.examples.values()))
    print(f"contracts: {len(registry.topics)} topics, {len(registry.schemas)} types, {examples} examples, all in order")
    return 0


def _say_no(findings: Iterable[str]) -> int:
    for finding in findings:
        print(f"contracts: {finding}", file=sys.stderr)
    return 1


def _consumers(registry: Registry, topic: str) -> tuple[str, ...]:
    return next((one.consumers for one in registry.topics if one.name == topic), ())


def _differences(was: dict[str, Any], now: dict[str, Any]) -> Iterable[str]:
    for where in ("topic", "subject"):
        if was[where] != now[where]:
            yield f"its {where} changed from {was[where]} to {now[where]}"
    for name, sha in was["examples"].items():
        if now["examples"].get(name) != sha:
            happened = "edited" if name in now["examples"] else "removed"
            yield f"its example {name} was {happened}; examples are kept for ever"
    for path, member in was["outline"].items():
        here = now["outline"].get(path)
        if here is None:
            yield f"{path} was removed or renamed"
            continue
        if member["required"] != here["required"]:
            yield f"{path} is {'no longer' if member['required'] else 'newly'} required"
        if member["type"] != here["type"]:
            yield f"{path} changed its type from {member['type']} to {here['type']}"
        if gone := [value for value in member.get("enum", []) if value not in here.get("enum", [value])]:
            yield f"{path} lost the values {gone}"
        if "enum" in here and "enum" not in member:
            yield f"{path} is newly limited to a list of values"
        if member["limits"] != here["limits"]:
            yield f"{path} changed its limits from {member['limits']} to {here['limits']}"
    for path in now["outline"].keys() - was["outline"].keys():
        if now["outline"][path]["required"] and path.rpartition("/")[0] in {"", *was["outline"]}:
            yield f"{path} is new and required"


def _walk(
    path: str, schema: dict[str, Any], defs: dict[str, Any], required: bool, found: dict[str, dict[str, Any]]
) -> None:
    """Add a schema and everything under it; an array's members stand under ``path/*``, null is one of its types."""
    shape, nullable = _resolved(schema, defs)
    types = shape.get("type", "any" if "enum" not in shape else "enum")
    if path:
        member: dict[str, Any] = {
            "required": required,
            "type": sorted({*([types] if isinstance(types, str) else types), *(["null"] if nullable else [])}),
            "limits": {
                key: value
                for key, value in sorted(shape.items())
                if key
                not in FREELY_CHANGED | {"type", "enum", "properties", "required", "items", "additionalProperties"}
            },
        }
        if "enum" in shape:
            member["enum"] = shape["enum"]
        found[path] = member
    for name, under in shape.get("properties", {}).items():
        _walk(f"{path}/{name}", under, defs, name in shape.get("required", []), found)
    if "items" in shape:
        _walk(f"{path}/*", shape["items"], defs, True, found)


def _resolved(schema: dict[str, Any], defs: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    if "$ref" in schema:
        return _resolved(defs[schema["$ref"].removeprefix("#/$defs/")], defs)
    if "anyOf" in schema:
        (one,) = [choice for choice in schema["anyOf"] if choice != {"type": "null"}]
        return _resolved(one, defs)[0], True
    return schema, False


if __name__ == "__main__":
    sys.exit(main())
