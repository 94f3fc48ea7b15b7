"""One thing wrong with what a council wants to publish, and a document that is no settings at all."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Defect:
    """One thing wrong with a document: a JSON pointer, a code, and a sentence for whoever wrote it."""

    pointer: str
    code: str
    sentence: str


@dataclass(eq=False)
class Unreadable(Exception):
    """A document that is not a council's terms at all, with every place that is wrong, readable parts included."""

    defects: tuple[Defect, ...]
