"""What is said in words: when it is a sentence, and whose private text it becomes."""

from collections.abc import Iterator

from councils.texts import LEAST_WORDS, is_sentence, says_something
from ledger.decider import Failing, Private


def no_sentences(pointer: str, texts: tuple[str, ...], code: str, ask: str) -> Iterator[Failing]:
    """What is wrong with texts of which there is at least one, and each a sentence (D2)."""
    if not texts:
        yield Failing(pointer, code, f"{ask}, in at least one sentence.")
    for index, text in enumerate(texts):
        yield from no_sentence(f"{pointer}/{index}", text, code, ask)


def no_sentence(pointer: str, text: str, code: str, ask: str) -> Iterator[Failing]:
    """What is wrong with one text that must be a sentence."""
    if not is_sentence(text):
        yield Failing(pointer, code, f"{ask}: a sentence has at least {LEAST_WORDS} words.")


def private(person: str, texts: tuple[str, ...]) -> tuple[Private, ...]:
    """Texts as private text of one person, letter for letter; blanks are left out (H)."""
    return tuple(Private(person, text) for text in texts if says_something(text))


def private_or_none(person: str, text: str | None) -> Private | None:
    """One text as private text of one person, or None of a blank."""
    return next(iter(private(person, (text or "",))), None)


def either(choices: tuple[object, ...]) -> str:
    """Several choices in one phrase: "chair or vice chair"."""
    words = [str(one).replace("_", " ") for one in choices]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
