"""What a text is: which characters nobody may write, and when something has been said at all (DOMAIN.md, H).

The same for forms, rows, settings and the rules of every service, so that a text which looks empty is empty everywhere.
"""

import re
import unicodedata

NOT_ALLOWED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff\U000e0000-\U000e007f]"
)
"""Control characters but tab and line ends, C1 controls, direction overrides and isolates, lone surrogates,
non-characters and tags: none is part of anyone's words, and each can hide, forge or break a text that is read later."""

_FILLERS = frozenset("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u2800\u3164\uffa0\ufffc\ufffd")
"""Characters that count as letters or signs and show nothing: fillers of Hangul and Khmer, the blank of Braille."""

_SAYS = ("L", "N", "S")

LEAST_WORDS = 3
""""A sentence" is at least three words (DOMAIN.md, readings of D)."""


def says_something(text: str) -> bool:
    """Whether a letter, a digit or a sign is left once what cannot be seen is taken away."""
    first = text[:1]
    return (first.isascii() and first.isalnum()) or any(_seen(char) for char in text)


def _seen(char: str) -> bool:
    return (char.isascii() and char.isalnum()) or (char not in _FILLERS and unicodedata.category(char)[0] in _SAYS)


def is_sentence(text: str) -> bool:
    """At least three words, each with a letter or a digit that can be seen, and not one letter three times over.

    A dash or a full stop alone is no word, and "x x x" says nothing.
    """
    words = [word for word in text.split() if any(_seen(char) and char.isalnum() for char in word)]
    letters = {char.casefold() for word in words for char in word if char.isalnum()}
    return len(words) >= LEAST_WORDS and len(letters) >= LEAST_WORDS


def without_the_unseen(text: str) -> str:
    """A text without format characters and fillers, for comparing and for names of files; never for what is kept."""
    return "".join(char for char in text if unicodedata.category(char) != "Cf" and char not in _FILLERS)
