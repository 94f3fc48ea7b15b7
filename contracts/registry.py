"""Loads topics, schemas and examples, holds them against each other, and answers what services ask of them."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import jsonschema_rs
import yaml

HERE = Path(__file__).parent

TYPE = re.compile(r"uk\.panelbook\.[a-z]+\.[a-z_]+\.[a-z_]+\.v[1-9][0-9]*")
"""The grammar of a public type: service, subject, what happened, version."""

COUNCIL = re.compile(r"[a-z0-9]{1,32}")
"""What a council's id may look like: it stands in topic names and access rules."""

MAX_MESSAGE_BYTES = 2 * 1024 * 1024
"""A ledger row of 512 KiB in base64 with its envelope, twice over."""


class ContractBroken(Exception):
    """The three folders do not fit together, or data does not fit its type. Names every finding, never a value."""

    def __init__(self, *findings: str) -> None:
        super().__init__("\n".join(findings))
        self.findings = findings


@dataclass(frozen=True)
class Topic:
    """One file of ``topics/``. ``name`` may hold ``{council}``: then there is one such topic for every council."""

    name: str
    description: str
    key: str
    partitions: int
    retention_ms: int
    producer: str
    consumers: tuple[str, ...]
    carries: str
    subjects: Mapping[str, str]
    """For every event type, the CloudEvents subject as a template over the event's data."""

    @property
    def per_council(self) -> bool:
        return "{council}" in self.name


@dataclass(frozen=True)
class TopicSpec:
    """A topic to create: its partitions never change afterwards. `config` holds Kafka's own names."""

    name: str
    partitions: int
    config: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, order=True)
class Acl:
    """One thing a principal may do; everything else is refused by the broker."""

    principal: str
    """A user's plain name."""
    resource: Literal["topic", "group", "transactional"]
    name: str
    pattern: Literal["literal", "prefixed"]
    operation: Literal["read", "write", "describe"]


def _moment(text: str) -> None:
    if datetime.fromisoformat(text).tzinfo is None or "T" not in text:
        raise ValueError("a moment needs a time and an offset")


def _day(text: str) -> None:
    if date.fromisoformat(text).isoformat() != text:
        raise ValueError("a day is written year-month-day")


def _reads(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def reads(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return reads


_FORMATS = {"date-time": _reads(_moment), "date": _reads(_day), "uuid": _reads(UUID)}


@dataclass(frozen=True)
class Registry:
    """Every public contract: what is said, on which topic, by whom, to whom."""

    topics: tuple[Topic, ...]
    schemas: Mapping[str, dict[str, Any]]
    examples: Mapping[str, Mapping[str, Any]]
    _built: dict[tuple[str, bool], Any] = field(default_factory=dict[tuple[str, bool], Any], repr=False, compare=False)

    @staticmethod
    def load(folder: Path = HERE) -> "Registry":
        """Read the three folders and hold them against each other. Raises ContractBroken with every finding."""
        topics = tuple(_topic(path) for path in sorted((folder / "topics").glob("*.yaml")))
        schemas = {path.name.removesuffix(".json"): _json(path) for path in sorted((folder / "schemas").glob("*.json"))}
        examples = {
            of.name: {path.stem: _json(path) for path in sorted(of.glob("*.json"))}
            for of in sorted((folder / "examples").iterdir())
        }
        registry = Registry(topics, schemas, examples)
        findings = [*registry._findings()]
        if findings:
            raise ContractBroken(*findings)
        return registry

    def topic_of(self, type_: str) -> Topic:
        """The one topic that carries a type. Raises KeyError for a type nobody has written down."""
        for topic in self.topics:
            if type_ in topic.subjects:
                return topic
        raise KeyError(type_)

    def subject(self, type_: str, data: Mapping[str, Any]) -> str:
        """The CloudEvents subject that an event of this type with this data must carry."""
        return self.topic_of(type_).subjects[type_].format_map(data)

    def validate(self, type_: str, data: Any) -> None:
        """Hold data against its type as a reader does: unknown members pass. Raises ContractBroken, KeyError."""
        self._hold(type_, data, strictly=False)

    def validate_strictly(self, type_: str, data: Any) -> None:
        """Hold data against its type as its producer must: a member nobody has written down is a finding too."""
        self._hold(type_, data, strictly=True)

    def _hold(self, type_: str, data: Any, *, strictly: bool) -> None:
        checker = self._built.get((type_, strictly))
        if checker is None:
            schema = self.schemas[type_]
            checker = self._built[type_, strictly] = _checker(closed(schema) if strictly else schema)
        if findings := _why(data, checker):
            raise ContractBroken(*(f"{type_}: {finding}" for finding in findings))

    def topic_specs(self, council_ids: Iterable[str]) -> list[TopicSpec]:
        """Every topic of a deployment with these councils. Nothing is ever compacted or forgotten."""
        councils = _checked(council_ids)
        return [
            TopicSpec(
                name,
                topic.partitions,
                {
                    "cleanup.policy": "delete",
                    "retention.ms": str(topic.retention_ms),
                    "retention.bytes": "-1",
                    "max.message.bytes": str(MAX_MESSAGE_BYTES),
                },
            )
            for topic in self.topics
            for name in _names(topic, councils)
        ]

    def acls(self, council_ids: Iterable[str]) -> list[Acl]:
        """Who may write and read what: producers their own topics, consumers what lists them, and nobody else.

        A service reads in groups that begin with its own name, the subscriber of a council in groups that begin with
        ``subscriber-<council id>``. Raises ValueError where one council's id begins another's: the prefix of the one
        would open the groups of the other.
        """
        councils = _checked(council_ids)
        found: set[Acl] = set()
        for topic in self.topics:
            for council in councils if topic.per_council else [""]:
                name = topic.name.format(council=council)
                for operation in ("write", "describe"):
                    found.add(Acl(topic.producer, "topic", name, "literal", operation))
                for consumer in topic.consumers:
                    principal = consumer.format(council=council)
                    for operation in ("read", "describe"):
                        found.add(Acl(principal, "topic", name, "literal", operation))
                    found.add(Acl(principal, "group", principal, "prefixed", "read"))
        return sorted(found)

    def subscriber_acls(self, council: str, principal: str) -> list[Acl]:
        """What one of a council's own systems may read, in groups whose names begin with its own and a hyphen."""
        councils = _checked([council])
        names = [name for topic in self.topics if topic.per_council for name in _names(topic, councils)]
        read = [Acl(principal, "topic", name, "literal", what) for name in names for what in ("read", "describe")]
        return sorted([*read, Acl(principal, "group", f"{principal}-", "prefixed", "read")])

    def _findings(self) -> Iterable[str]:
        listed: dict[str, str] = {}
        for topic in self.topics:
            for type_ in topic.subjects:
                if not TYPE.fullmatch(type_):
                    yield f"{topic.name}: {type_} is not uk.panelbook.<service>.<subject>.<action>.v<N>"
                elif type_.split(".")[2] != topic.producer:
                    yield f"{topic.name}: {type_} belongs to {type_.split('.')[2]}, and {topic.producer} writes here"
                if type_ in listed:
                    yield f"{type_} is listed by {listed[type_]} and by {topic.name}"
                listed[type_] = topic.name
        for type_ in sorted(listed.keys() - self.schemas.keys()):
            yield f"{type_} has no schema"
        for type_ in sorted(self.schemas.keys() - listed.keys()):
            yield f"{type_} has a schema and no topic"
        for type_ in sorted(self.examples.keys() - self.schemas.keys()):
            yield f"{type_} has examples and no schema"
        shared: dict[str, tuple[str, Any]] = {}
        for type_, schema in self.schemas.items():
            try:
                checker = _checker(closed(schema))
            except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as wrong:
                yield f"{type_}: not a JSON Schema: {wrong}"
                continue
            for name, definition in schema.get("$defs", {}).items():
                first, as_there = shared.setdefault(name, (type_, definition))
                if definition != as_there:
                    yield f"{type_}: $defs/{name} reads otherwise in {first}"
            if not self.examples.get(type_):
                yield f"{type_} has no example"
            for name, example in self.examples.get(type_, {}).items():
                yield from (f"{type_} example {name}: {finding}" for finding in _why(example, checker))
                try:
                    if type_ in listed:
                        self.subject(type_, example)
                except KeyError as missing:
                    yield f"{type_} example {name}: its subject needs {missing}"


@lru_cache(maxsize=1)
def registry() -> Registry:
    """The registry as shipped, read once per process."""
    return Registry.load()


def closed(schema: Any) -> Any:
    """The same schema with nothing unknown allowed: what our own producers are held to."""
    if isinstance(schema, dict):
        return {key: False if key == "additionalProperties" else closed(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    return schema


def digest(document: Any) -> str:
    """SHA-256 in hexadecimal of a JSON document, whatever its layout on disk."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _checker(schema: Any) -> jsonschema_rs.Draft202012Validator:
    """A schema built once: holding data against it then takes microseconds (bench/README.md, "consume")."""
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, formats=_FORMATS)


def _why(data: Any, checker: jsonschema_rs.Draft202012Validator) -> list[str]:
    # A finding names the place and the rule only: the library's own message repeats the value, which may be personal.
    try:
        return [] if checker.is_valid(data) else [_finding(error) for error in checker.iter_errors(data)]
    except UnicodeEncodeError:
        return ["a text breaks encoding: it holds half of a surrogate pair"]
    except (TypeError, ValueError) as no_json:
        return [f"breaks JSON: {type(no_json).__name__}"]


def _finding(error: jsonschema_rs.ValidationError) -> str:
    place = "/" + "/".join(str(step) for step in error.instance_path)
    rule = str(error.schema_path[-1]) if error.schema_path else ""
    said: Mapping[str, Any] = error.kind.as_dict() if rule in ("required", "type", "format") else {}
    expected = " or ".join(said["types"]) if "types" in said else said.get("property") or said.get("format") or ""
    return f"{place} breaks {rule} {expected}".rstrip()


def _topic(path: Path) -> Topic:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    known = {"topic", "description", "key", "partitions", "retention", "producer", "consumers", "carries", "events"}
    if document.keys() != known:
        raise ContractBroken(f"{path.name}: its members must be {sorted(known)}")
    if (
        document["key"] != "council"
        or document["retention"] != "for ever"
        or document["carries"] not in ("events", "rows")
    ):
        raise ContractBroken(f"{path.name}: key is council, retention is for ever, carries is events or rows")
    return Topic(
        name=document["topic"],
        description=document["description"],
        key=document["key"],
        partitions=document["partitions"],
        retention_ms=-1,
        producer=document["producer"],
        consumers=tuple(document["consumers"]),
        carries=document["carries"],
        subjects={type_: about["subject"] for type_, about in document["events"].items()},
    )


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _names(topic: Topic, councils: list[str]) -> list[str]:
    return [topic.name.format(council=council) for council in councils] if topic.per_council else [topic.name]


def _checked(council_ids: Iterable[str]) -> list[str]:
    councils = sorted(set(council_ids))
    for council in councils:
        if not COUNCIL.fullmatch(council):
            raise ValueError(f"{council!r} is not a council's id: small letters and digits, at most 32")
    for before, after in pairwise(councils):
        if after.startswith(before):
            raise ValueError(f"council id {before!r} begins council id {after!r}")
    return councils
