"""Decision tables as zen-engine's JDM documents: written for its editor, and read back from it.

A document holds one request, one decision table and one response, joined in that order. Whatever else JDM knows (other
nodes, expressions between them, tables that collect, loop or pass their input through) is refused where it stands.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from councils.defects import Defect
from councils.settings import DecisionTable

REQUEST, TABLE, RESPONSE = "inputNode", "decisionTableNode", "outputNode"
CONTENT_TYPE = "application/vnd.gorules.decision"

_OFF: Mapping[str, Sequence[Any]] = {
    "passThrough": (None, False),
    "passThorough": (None, False),
    "inputField": (None, ""),
    "outputPath": (None, ""),
    "executionMode": (None, "single"),
}
"""Settings of a table that its editor writes, each with the values that change nothing."""


def as_jdm(table: DecisionTable, *, hit_policy: str = "first") -> dict[str, Any]:
    """The table as a whole JDM document: a request, the table, a response."""
    content = {**table.model_dump(mode="json"), "hitPolicy": hit_policy}
    name = content.pop("name")
    nodes = [
        {"id": "request", "type": REQUEST, "name": "Application", "position": {"x": 80, "y": 160}},
        {"id": name, "type": TABLE, "name": name, "content": content, "position": {"x": 380, "y": 160}},
        {"id": "response", "type": RESPONSE, "name": "Route", "position": {"x": 680, "y": 160}},
    ]
    edges = [
        {"id": f"{source}-{target}", "type": "edge", "sourceId": source, "targetId": target}
        for source, target in (("request", name), (name, "response"))
    ]
    return {"contentType": CONTENT_TYPE, "nodes": nodes, "edges": edges}


def is_jdm(said: object) -> bool:
    """Whether something is meant as a whole JDM document rather than as one table."""
    return isinstance(said, Mapping) and "nodes" in said


def from_jdm(document: Mapping[str, Any], pointer: str) -> tuple[dict[str, Any], tuple[Defect, ...]]:
    """The table of a JDM document as `DecisionTable` reads it, and every place that leaves the subset.

    Pointers are those of the document, below ``pointer``. With defects the table is as much as could be read.
    """
    nodes = document.get("nodes")
    listed = [one for one in nodes if isinstance(one, Mapping)] if isinstance(nodes, list) else []
    found = tuple(_graph(listed, document.get("edges"), pointer))
    table = next((one for one in listed if one.get("type") == TABLE), {})
    at = f"{pointer}/nodes/{listed.index(table) if table else 0}"
    content = table.get("content")
    if not isinstance(content, Mapping):
        return {}, (*found, _outside(f"{at}/content", "The decision table has no content."))
    found = (*found, *_switches(content, f"{at}/content"))
    columns = {
        side: [{key: one.get(key) for key in ("id", "name", "field")} for one in _mappings(content.get(side))]
        for side in ("inputs", "outputs")
    }
    rules = [dict(one) for one in _mappings(content.get("rules"))]
    return {"name": table.get("name"), "hitPolicy": content.get("hitPolicy"), **columns, "rules": rules}, found


def _mappings(said: object) -> list[Mapping[str, Any]]:
    return [one for one in said if isinstance(one, Mapping)] if isinstance(said, list) else []


def _graph(nodes: Sequence[Mapping[str, Any]], edges: object, pointer: str) -> Iterator[Defect]:
    kinds = [node.get("type") for node in nodes]
    for number, kind in enumerate(kinds):
        if kind not in (REQUEST, TABLE, RESPONSE) or kind in kinds[:number]:
            yield _outside(f"{pointer}/nodes/{number}", "A scheme is one request, one decision table and one response.")
    if {REQUEST, TABLE, RESPONSE} - set(kinds):
        yield _outside(f"{pointer}/nodes", "A scheme is one request, one decision table and one response.")
        return
    ids = {node.get("type"): node.get("id") for node in nodes}
    joined = sorted((str(edge.get("sourceId")), str(edge.get("targetId"))) for edge in _mappings(edges))
    wanted = sorted([(str(ids[REQUEST]), str(ids[TABLE])), (str(ids[TABLE]), str(ids[RESPONSE]))])
    if joined != wanted:
        yield _outside(f"{pointer}/edges", "The request leads to the table, and the table to the response.")


def _switches(content: Mapping[str, Any], pointer: str) -> Iterator[Defect]:
    for name, harmless in _OFF.items():
        if content.get(name) not in harmless:
            yield _outside(f"{pointer}/{name}", "The table is asked once, for the whole application.")


def _outside(pointer: str, sentence: str) -> Defect:
    return Defect(pointer, "TABLE_INVALID", sentence)
