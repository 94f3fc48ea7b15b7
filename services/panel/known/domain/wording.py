"""What a decision must say in words before it is recorded, with every failing field of the form at once."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid5

from ledger.decider import Failing, Private, rule_broken
from services.panel.known.domain.case import Work

LEAST_WORDS = 3
""""A sentence" is at least three words (DOMAIN.md, readings of D)."""


@dataclass(frozen=True)
class WorkAsked:
    """A piece of further work as the chair words it."""

    owner: str
    due_at: datetime
    text: str


@dataclass
class Form:
    """Collects what is missing while the words are turned into private text of one person."""

    person: str
    failing: list[Failing] = field(default_factory=list[Failing])

    def texts(self, texts: tuple[str, ...]) -> tuple[Private, ...]:
        """Texts that may be short or absent, as private text; blanks are left out."""
        return tuple(Private(self.person, text.strip()) for text in texts if text.strip())

    def sentences(self, pointer: str, texts: tuple[str, ...], code: str, ask: str) -> tuple[Private, ...]:
        """At least one text, and each of them a sentence (D2)."""
        if not texts:
            self.failing.append(Failing(pointer, code, f"{ask}, in at least one sentence."))
        for index, text in enumerate(texts):
            if not is_sentence(text):
                where = f"{pointer}/{index}"
                self.failing.append(Failing(where, code, f"{ask}: a sentence has at least {LEAST_WORDS} words."))
        return self.texts(texts)

    def refusal(self, reasons: tuple[str, ...], needed: tuple[str, ...]) -> tuple[tuple[Private, ...], ...]:
        """Why it is not agreed, and what would be needed: nobody is refused without both (S0, S4 appendix)."""
        return (
            self.sentences("/reasons", reasons, "REASONS_MISSING", "Say why it is not agreed"),
            self.sentences("/needed", needed, "NEEDED_MISSING", "Say what would be needed"),
        )

    def further_work(self, pointer: str, asked: tuple[WorkAsked, ...], decision: UUID) -> tuple[Work, ...]:
        """At least one specific piece of further work, each with its owner (D4)."""
        if not asked:
            self.failing.append(
                Failing(
                    pointer, "FURTHER_WORK_MISSING", "A deferral asks for at least one specific piece of further work."
                )
            )
        for index, work in enumerate(asked):
            if not is_sentence(work.text):
                sentence_of = f"{pointer}/{index}/text"
                ask = f"Say specifically what is to be done: at least {LEAST_WORDS} words."
                self.failing.append(Failing(sentence_of, "FURTHER_WORK_MISSING", ask))
            if not work.owner.strip():
                self.failing.append(
                    Failing(f"{pointer}/{index}/owner", "OWNER_MISSING", "Every piece of further work needs an owner.")
                )
        return tuple(
            Work(
                str(uuid5(decision, f"work/{index}")), work.owner, work.due_at, Private(self.person, work.text.strip())
            )
            for index, work in enumerate(asked)
        )

    def review(self, pointer: str, review_on: date | None, because: str | None) -> Private | None:
        """A review date, or the chair's reason for none (S4 §8; D28)."""
        if review_on is None and not is_sentence(because or ""):
            ask = "An agreed application has a review date, or the chair's reason for none."
            self.failing.append(Failing(pointer, "REVIEW_UNSET", ask))
        return Private(self.person, because.strip()) if because and because.strip() else None

    def refuse_if_failing(self) -> None:
        """Raise the first failing's code, with all of them."""
        if self.failing:
            first = self.failing[0]
            raise rule_broken(first.code, first.sentence, failing=self.failing)


def sentence(person: str, pointer: str, text: str, code: str, ask: str) -> Private:
    """One text that must be a sentence. Raises Refused."""
    form = Form(person)
    (said,) = form.sentences(pointer, (text,), code, ask) or (Private(person, ""),)
    form.refuse_if_failing()
    return said


def is_sentence(text: str) -> bool:
    """At least three words; a dash or a full stop alone is none."""
    return sum(any(char.isalnum() for char in word) for word in text.split()) >= LEAST_WORDS


def either(choices: tuple[object, ...]) -> str:
    """Several choices in one phrase: "chair or vice chair"."""
    words = [str(one).replace("_", " ") for one in choices]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
