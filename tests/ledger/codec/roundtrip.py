"""One property for every service's ``stored.py``: what is stored comes back equal, from bytes with one spelling."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, Union, get_args, get_origin

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.codec.codec import Codec, StoredName
from ledger.decider import Private

Strategies = Mapping[Any, st.SearchStrategy[Any]]

words = st.text(st.characters(codec="utf-8"), max_size=12)
sealed = st.builds(
    Private, person=words, box=st.text(st.characters(codec="utf-8"), min_size=1, max_size=12), stream=words, field=words
)
numbers = st.floats(allow_nan=False, allow_infinity=False)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | numbers | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
KNOWN: Strategies = {
    Any: plain,
    Private: sealed,
    datetime: st.datetimes(timezones=st.just(UTC)),
    float: numbers,
    str: words,
}


def values_of(declared: Any, strategies: Strategies) -> st.SearchStrategy[Any]:
    """Any value of an annotation; moments are UTC, personal text is sealed, ``Any`` is plain JSON."""
    if declared in strategies:
        return strategies[declared]
    if isinstance(declared, typing.NewType):
        return values_of(declared.__supertype__, strategies)
    origin, arguments = get_origin(declared), get_args(declared)
    if origin in (Union, types.UnionType):
        return st.one_of([values_of(one, strategies) for one in arguments])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(values_of(arguments[0], strategies), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*(values_of(one, strategies) for one in arguments))
    if origin in (dict, Mapping):
        return st.dictionaries(*(values_of(one, strategies) for one in arguments), max_size=3)
    if dataclasses.is_dataclass(declared) and isinstance(declared, type):
        annotations = typing.get_type_hints(declared)
        return st.builds(
            declared, **{one.name: values_of(annotations[one.name], strategies) for one in dataclasses.fields(declared)}
        )
    return st.from_type(typing.cast(type, declared))


def assert_round_trips(codec: Codec, *, examples: int = 50, strategies: Strategies | None = None) -> None:
    """Check ``decode(encode(e)) == e`` for generated events of every stored name, and that their bytes are stable.

    ``strategies`` replaces how values of a type are made, for an event that allows less than its annotations say.
    """
    for declared in codec:
        _comes_back(codec, declared, examples, {**KNOWN, **(strategies or {})})


def _comes_back(codec: Codec, declared: StoredName, examples: int, strategies: Strategies) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        database=None,
    )
    @given(event=values_of(declared.event, strategies))
    def comes_back(event: Any) -> None:
        name, schema, payload = codec.encode(event)
        assert (name, schema) == (declared.name, declared.schema)
        again = codec.decode(name, schema, payload)
        assert again == event
        assert codec.encode(again) == (name, schema, payload)

    comes_back()
