"""The shape of every rule: fold what happened into a state, then decide a command against it, without IO.

A decider is three plain values. ``evolve`` never checks and never raises on a type it knows, because
history has already happened; ``decide`` checks everything and changes nothing. An empty list of events
is an answer ("nothing to do"), a :class:`Refused` is an answer too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from typing import Any, Generic, TypeVar, cast

State = TypeVar("State")
Event = TypeVar("Event")
Command = TypeVar("Command")
Rules = TypeVar("Rules")


@dataclass(frozen=True)
class By:
    """Who acts, as a rule needs to know it: an opaque id, the role used, and where they work."""

    actor: str
    role: str
    team: str = ""
    service: str = ""


@dataclass(frozen=True)
class Acting(Generic[Rules]):
    """Under what a command is decided: who acts, when it was received, and which settings of the council bind it."""

    by: By
    at: datetime
    settings: Rules


@dataclass(frozen=True)
class Decider(Generic[Command, State, Event]):
    """One stream's rules: its first state, how events change it, and what a command leads to."""

    initial: State
    evolve: Callable[[State, Event], State]
    decide: Callable[[Command, State, Acting[Any]], Sequence[Event]]

    def fold(self, events: Iterable[Event], state: State | None = None) -> State:
        """The state after ``events``, starting from ``state`` or from the first state."""
        folded = self.initial if state is None else state
        for event in events:
            folded = self.evolve(folded, event)
        return folded


Value = TypeVar("Value")


def altered(value: Value, **changes: Any) -> Value:
    """``dataclasses.replace`` in a fifth of its time, where a value's fields are all that makes it.

    Raises TypeError for a name that is no field.
    """
    fields: dict[str, Any] | None = getattr(value, "__dict__", None)
    if fields is None or not changes.keys() <= fields.keys() or hasattr(value, "__post_init__"):
        return replace(cast(Any, value), **changes)
    new = object.__new__(type(value))
    vars(new).update(fields, **changes)
    return new


class Kind(IntEnum):
    """Why a command was refused; the value is the HTTP status the edge answers with (DOMAIN.md, "Guards")."""

    NOT_ALLOWED = 403
    NOT_FOUND = 404
    WRONG_STATE = 409
    STALE_VERSION = 412
    RULE_BROKEN = 422
    NOT_READY = 503


@dataclass(frozen=True)
class Failing:
    """One field or rule of a form that stands in the way: a JSON pointer, a code, and a sentence."""

    pointer: str
    code: str
    sentence: str


@dataclass(eq=False)
class Refused(Exception):
    """A rule says no. ``code`` is stable and searchable, ``sentence`` is for the person who asked.

    Neither the sentence nor ``facts`` may carry personal data: both are logged and kept in the access lane.
    """

    kind: Kind
    code: str
    sentence: str
    failing: tuple[Failing, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence}"


def not_allowed(code: str, sentence: str, **facts: Any) -> Refused:
    """The actor may not do this, whatever the state (403)."""
    return Refused(Kind.NOT_ALLOWED, code, sentence, facts=facts)


def not_found(sentence: str = "There is no such record in this council.") -> Refused:
    """Nothing here by that name, or not for this council (404): the two must look the same."""
    return Refused(Kind.NOT_FOUND, "NOT_FOUND", sentence)


def wrong_state(code: str, sentence: str, **facts: Any) -> Refused:
    """The record is not in a state in which this can be done (409)."""
    return Refused(Kind.WRONG_STATE, code, sentence, facts=facts)


def rule_broken(code: str, sentence: str, *, failing: Iterable[Failing] = (), **facts: Any) -> Refused:
    """A rule of the council or of the law stands in the way (422)."""
    return Refused(Kind.RULE_BROKEN, code, sentence, tuple(failing), facts)


def not_ready(code: str, sentence: str, **facts: Any) -> Refused:
    """Something this service must know first has not reached it yet (503, try again)."""
    return Refused(Kind.NOT_READY, code, sentence, facts=facts)


class Waiting(Exception):
    """Raised while handling a heard event whose precondition has not been heard yet; it resumes by itself."""


@dataclass(frozen=True)
class Private:
    """Personal or narrative text belonging to one person: clear when a decider emits it, sealed once stored.

    A decider writes ``Private(person, text)``. The codec seals it on append; from then on ``text`` is None and
    ``box`` holds the ciphertext, with the stream and field it was sealed for (they are authenticated with it, so a
    box copied into another stream's event still opens, and a forged place does not).
    """

    person: str
    text: str | None = field(default=None, repr=False)
    box: str = ""
    stream: str = ""
    field: str = ""


At = datetime
"""A moment in UTC with microseconds; rules turn it into Europe/London themselves."""
