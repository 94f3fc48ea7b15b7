"""A text that looks empty is empty in every rule of the form, and what is kept is kept letter for letter (H)."""

from typing import Any

import pytest

from services.intake.applications.domain.costs import MarkComplexity
from services.intake.applications.domain.family import RecordVoice, StateParentalResponsibility
from services.intake.applications.domain.form_events import private
from services.panel.known.domain.wording import private as spoken
from tests.services.intake.cases import CHILD, STARTED, application

UNSEEN = ["", " ", "\u200b" * 4, "\u3164", "\u2800 \t", "\u00ad\u034f"]
WORDS = "\tFirst a tab.\r\n\nThen a return at the end.\n"


@pytest.mark.parametrize("nothing", UNSEEN)
@pytest.mark.parametrize(
    ("command", "code"),
    [
        (lambda text: MarkComplexity(True, False, text), "COMPLEXITY_REASON_MISSING"),
        (lambda text: MarkComplexity(False, True, text), "COMPLEXITY_REASON_MISSING"),
        (lambda text: StateParentalResponsibility("NOBODY", text), "PR_REASON_MISSING"),
        (lambda text: StateParentalResponsibility("COUNCIL", text, "officer-head"), "PR_REASON_MISSING"),
        (lambda text: RecordVoice(CHILD, text, None), "VIEWS_EMPTY"),
        (lambda text: RecordVoice(CHILD, None, text), "VIEWS_EMPTY"),
        (lambda text: RecordVoice(CHILD, text, text), "VIEWS_EMPTY"),
    ],
)
def test_what_cannot_be_seen_is_no_reason_and_no_view(command: Any, code: str, nothing: str) -> None:
    """H: whichever way it came in, by form or by a row of a file."""
    application(STARTED).when(command(nothing)).then_refused(code)


@pytest.mark.parametrize("nothing", UNSEEN)
def test_a_text_that_says_nothing_is_none(nothing: str) -> None:
    """H: what is optional and looks empty was not said."""
    assert private(CHILD, nothing) is None
    assert spoken(CHILD, (nothing,)) == ()


def test_what_is_kept_is_kept_letter_for_letter() -> None:
    """H: a leading tab and a last return are somebody's words too."""
    kept = private(CHILD, WORDS)
    assert kept is not None
    assert kept.text == WORDS
    assert [one.text for one in spoken(CHILD, (WORDS,))] == [WORDS]
