"""What a decision must say in words before it is recorded (S0, S4 appendix; D2, D4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from councils.texts import LEAST_WORDS, is_sentence, says_something
from ledger.decider import Failing, Private
from services.panel.known.domain.case import Work
from services.panel.known.domain.wording import no_sentences


@dataclass(frozen=True)
class WorkAsked:
    """A piece of further work as the chair words it."""

    owner: str
    due_at: datetime
    text: str


def reasons_missing(texts: tuple[str, ...], ask: str = "Say why it is not agreed") -> Iterator[Failing]:
    """Nobody is refused, deferred or returned without a reason, in at least one sentence (S0, S4 appendix)."""
    yield from no_sentences("/reasons", texts, "REASONS_MISSING", ask)


def needed_missing(texts: tuple[str, ...]) -> Iterator[Failing]:
    """Nobody is refused without hearing what would be needed (S0, S4 appendix)."""
    yield from no_sentences("/needed", texts, "NEEDED_MISSING", "Say what would be needed")


def further_work_missing(asked: tuple[WorkAsked, ...]) -> Iterator[Failing]:
    """A deferral asks for at least one piece of further work, and each says specifically what is to be done (D4)."""
    code = "FURTHER_WORK_MISSING"
    if not asked:
        yield Failing("/further_work", code, "A deferral asks for at least one specific piece of further work.")
    for index, work in enumerate(asked):
        if not is_sentence(work.text):
            ask = f"Say specifically what is to be done: at least {LEAST_WORDS} words."
            yield Failing(f"/further_work/{index}/text", code, ask)


def owner_missing(asked: tuple[WorkAsked, ...]) -> Iterator[Failing]:
    """Every piece of further work has its owner (D4)."""
    for index, work in enumerate(asked):
        if not says_something(work.owner):
            sentence = "Every piece of further work needs an owner."
            yield Failing(f"/further_work/{index}/owner", "OWNER_MISSING", sentence)


def review_unset(review_on: date | None, because: str | None) -> Iterator[Failing]:
    """What is agreed has a review date, or the chair's reason for none (S4 §8; D28)."""
    if review_on is None and not is_sentence(because or ""):
        sentence = "An agreed application has a review date, or the chair's reason for none."
        yield Failing("/review_on", "REVIEW_UNSET", sentence)


def work(person: str, asked: tuple[WorkAsked, ...], decision: UUID) -> tuple[Work, ...]:
    """The pieces of further work of one decision, as they are kept."""
    return tuple(
        Work(str(uuid5(decision, f"work/{index}")), one.owner, one.due_at, Private(person, one.text))
        for index, one in enumerate(asked)
    )
