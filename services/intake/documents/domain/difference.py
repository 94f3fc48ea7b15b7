"""What changed between two versions of a text, word by word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_WORDS = re.compile(r"\s*\S+|\s+$")


_SENTENCES = re.compile(r".*?(?:[.!?…](?=\s)|\n|$)", re.DOTALL)


_COMPARED_MOST = 4_000_000
"""Pairs of words that are compared one by one; beyond that whole sentences are, so that no text takes long."""


@dataclass(frozen=True)
class Passage:
    """A part of the two texts: in both, only in the later one, or only in the earlier one."""

    kind: Literal["same", "inserted", "deleted"]
    text: str


def difference(before: str, after: str) -> list[Passage]:
    """The passages of two texts in their order.

    What is the same or deleted makes up ``before`` letter for letter, what is the same or inserted ``after``.
    """
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    old_middle, new_middle = old[start : len(old) - end], new[start : len(new) - end]
    if len(old_middle) * len(new_middle) > _COMPARED_MOST:
        old_middle, new_middle = _sentences("".join(old_middle)), _sentences("".join(new_middle))
    found = [
        Passage("same", "".join(old[:start])),
        *_compared(old_middle, new_middle),
        Passage("same", "".join(old[len(old) - end :])),
    ]
    return _joined(found)


def _compared(old: Sequence[str], new: Sequence[str]) -> list[Passage]:
    if len(old) * len(new) > _COMPARED_MOST:
        return [Passage("deleted", "".join(old)), Passage("inserted", "".join(new))]
    found: list[Passage] = []
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            found.append(Passage("same", "".join(old[old_from:old_to])))
        else:
            found.append(Passage("deleted", "".join(old[old_from:old_to])))
            found.append(Passage("inserted", "".join(new[new_from:new_to])))
    return found


def _joined(passages: Sequence[Passage]) -> list[Passage]:
    """Without empty ones, neighbours of one kind as one."""
    found: list[Passage] = []
    for passage in passages:
        if not passage.text:
            continue
        if found and found[-1].kind == passage.kind:
            found[-1] = Passage(passage.kind, found[-1].text + passage.text)
        else:
            found.append(passage)
    return found


def _sentences(text: str) -> list[str]:
    return [sentence for sentence in _SENTENCES.findall(text) if sentence]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many of the first are the same."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
