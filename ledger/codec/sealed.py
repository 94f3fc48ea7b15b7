"""How sealed personal text looks as JSON, in stored events and in public ones."""

from collections.abc import Iterable, Mapping
from typing import Any

from ledger.decider import Private

MEMBERS = frozenset({"sealed", "person", "stream", "field"})
"""The four members of a sealed object; an object with exactly these is sealed text."""


class NotSealed(Exception):
    """Clear personal text was about to leave the unit of work; names the place, never the text."""


def sealed_json(private: Private, at: str = "") -> dict[str, str]:
    """The JSON object of sealed text. Raises NotSealed, naming ``at``, while the text is clear or missing."""
    if private.text is not None or not private.box:
        raise NotSealed(f"{at or 'personal text'} is not sealed")
    return {"sealed": private.box, "person": private.person, "stream": private.stream, "field": private.field}


def sealed_or_none(private: Private | None, at: str = "") -> dict[str, str] | None:
    """The same of a text that may not be there. Raises NotSealed."""
    return None if private is None else sealed_json(private, at)


def sealed_list(privates: Iterable[Private], at: str = "") -> list[dict[str, str]]:
    """The same of several texts, in their order. Raises NotSealed."""
    return [sealed_json(one, at) for one in privates]


def is_sealed_json(value: object) -> bool:
    """Whether ``value`` is a JSON object made by :func:`sealed_json`."""
    return isinstance(value, Mapping) and value.keys() == MEMBERS


def from_sealed_json(value: Mapping[str, Any]) -> Private:
    """The handle behind a sealed JSON object. Raises ValueError unless it has the four members, all of them text."""
    if value.keys() != MEMBERS or not all(isinstance(member, str) for member in value.values()):
        raise ValueError("sealed text has exactly the members sealed, person, stream and field, each a string")
    return Private(value["person"], None, value["sealed"], value["stream"], value["field"])
