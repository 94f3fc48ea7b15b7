"""Who must have been heard, and who holds parental responsibility. People are named by their place, never by name."""

from collections.abc import Iterator, Set

from councils.settings import Kind
from ledger.decider import Failing
from services.intake.applications.domain.state import State


def voice_gaps(kind: Kind, state: State) -> Iterator[Failing]:
    """Who must have been heard, or why they could not be (S4 §13; B12)."""
    for wanted in kind.voices:
        if wanted == "parental_responsibility":
            yield from _parental_responsibility(state)
        elif wanted == "child":
            yield from _child(state)
        elif wanted == "person" and not _own_party(state, {"person"}) & state.voices:
            yield Failing("/voices", "PERSON_VIEWS_MISSING", "Record the person's own views, or why not.")


def holder_gaps(kind: Kind, state: State) -> Iterator[Failing]:
    """Where those who hold parental responsibility are to be heard, it is said who they are (S4 §13; B12).

    A relative is named as holding it; or it is said that nobody does, or that the council does by an order, whose own
    view comes from the manager it names.
    """
    if "parental_responsibility" not in kind.voices:
        return
    named = any(member.has_parental_responsibility for member in state.family)
    stated = state.parental_responsibility
    if not named and stated is None:
        yield Failing(
            "/parental_responsibility",
            "PR_NOT_STATED",
            "Name who holds parental responsibility, or say that the council or nobody does, and why.",
        )
    elif named and stated is not None and stated.held_by == "NOBODY":
        yield Failing(
            "/parental_responsibility",
            "PR_NOT_STATED",
            "It says that nobody holds parental responsibility, and the family names somebody who does.",
        )
    elif stated is not None and stated.held_by == "COUNCIL" and stated.manager is None:
        yield Failing(
            "/parental_responsibility/manager",
            "PR_VIEWS_MISSING",
            "The council holds parental responsibility: name the manager from whom its own view comes.",
        )


def _parental_responsibility(state: State) -> Iterator[Failing]:
    for index, member in enumerate(state.family):
        if member.has_parental_responsibility and member.party not in state.voices:
            yield Failing(
                f"/family/{index}",
                "PR_VIEWS_MISSING",
                f"Person {index + 1} of the family holds parental responsibility: "
                "record their views, or why they could not be had.",
            )
    manager = state.parental_responsibility.manager if state.parental_responsibility else None
    if manager is not None and manager not in state.voices:
        yield Failing(
            "/parental_responsibility/manager",
            "PR_VIEWS_MISSING",
            "The council holds parental responsibility: record its view, or why that could not be had.",
        )


def _child(state: State) -> Iterator[Failing]:
    """The child's wishes and feelings, having regard to age and understanding (S4 §13)."""
    own = _own_party(state, {"child", "young_person"})
    if not own & state.voices:
        yield Failing("/voices", "CHILD_VIEWS_MISSING", "Record the child's wishes and feelings, or why not.")
    elif not own & state.understood:
        yield Failing(
            "/voices",
            "CHILD_UNDERSTANDING_MISSING",
            "Record the child's age and understanding beside their wishes and feelings.",
        )


def _own_party(state: State, relationships: Set[str]) -> Set[str]:
    """The ids under which the person's own voice may stand: a sibling's does not do where they are named themselves."""
    if any(member.party == state.begun.person for member in state.family):
        return {state.begun.person}
    return {state.begun.person, *(one.party for one in state.family if one.relationship in relationships)}
