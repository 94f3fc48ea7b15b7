"""Every letter as its reader gets it."""

import pytest

from services.notify.letters.wording import render
from tests.services.notify.hearing import NEEDED, REASON

LINK = "http://panelbook/panel/councils/c4d81e/decisions/863ac4ee"
USUAL = {"link": LINK, "council_name": "Swindon Borough Council"}
PERSON = {
    **USUAL,
    "outcome": "NOT_AGREED",
    "day": "13 October 2026",
    "decided_by": "the panel",
    "weekly": "",
    "yearly": "",
}


def test_a_refusal_quotes_reasons_and_what_would_be_needed_word_for_word() -> None:
    letter = render("outcome_to_person", PERSON, {"name": ["Robin Larkspur"], "reasons": [REASON], "needed": [NEEDED]})
    assert letter.subject == "The decision about your care and support"
    assert (
        letter.text
        == f"""Dear Robin Larkspur,

Your plan was not agreed. The decision was made on 13 October 2026 by the panel.

The reasons:

  - {REASON}

What would be needed for it to be agreed:

  - {NEEDED}

If you have support now, ask your worker what happens with it until anything changes.

If you disagree, tell your worker, or any officer of the council, in any way you like. Your disagreement is then dealt
with as a complaint; you do not have to do anything else.

Swindon Borough Council
"""
    )


def test_a_refusal_says_what_would_happen_if_it_is_not_provided() -> None:
    """B17: the text of the form stands beside the refusal, word for word."""
    said = {
        "name": ["Robin Larkspur"],
        "reasons": [REASON],
        "needed": [NEEDED],
        "consequence": ["She loses <her> home."],
    }
    letter = render("outcome_to_person", PERSON, said)
    assert (
        f"""
  - {REASON}

What the application says would happen if this is not provided:

  - She loses <her> home.

What would be needed for it to be agreed:

  - {NEEDED}
"""
        in letter.text
    )
    assert "would happen if" not in render("outcome_to_person", PERSON, {**said, "consequence": []}).text


def test_an_agreement_says_the_budget() -> None:
    facts = {**PERSON, "outcome": "AGREED", "weekly": "£999.99", "yearly": "£51,999.48"}
    letter = render("outcome_to_person", facts, {"name": ["Robin Larkspur"], "reasons": ["It fits."], "needed": []})
    assert letter.text.startswith("""Dear Robin Larkspur,

Your plan was agreed. The decision was made on 13 October 2026 by the panel.

Your personal budget is £999.99 a week, which is £51,999.48 a year.

The reasons:

  - It fits.

If you have support now""")
    assert "goes on" not in letter.text, "the book does not know what the person has now"


def test_a_slot_says_when_where_how_long_and_who_will_be_there() -> None:
    facts = {
        **USUAL,
        "forum": "Care Panel",
        "day": "Tuesday 13 October 2026",
        "time": "10:00",
        "minutes": "20",
        "place": "Committee room 2",
        "members": "Chair, Director\nDesignated Nurse",
    }
    letter = render("slot_offered", facts, {})
    assert letter.subject == "Your time at Care Panel on Tuesday 13 October 2026"
    assert (
        letter.text
        == f"""You are asked to present an application at Care Panel on Tuesday 13 October 2026 at 10:00, for \
20 minutes.

Place or link: Committee room 2

Who will be there:

  - Chair, Director
  - Designated Nurse

The application: {LINK}

If this time does not suit, ask the panel administrator for another one, with your reason. You will get a yes or a no
with a name.

Swindon Borough Council
"""
    )


@pytest.mark.parametrize(
    ("letter", "facts", "subject", "text"),
    [
        (
            "decision_recorded",
            {"task": "yes"},
            "A decision has been recorded",
            f"""A decision has been recorded on an application of your team. Read it, with its reasons, here:

{LINK}

You are asked to inform the family, and to record how and when you did.

Swindon Borough Council
""",
        ),
        (
            "decision_recorded",
            {"task": ""},
            "A decision has been recorded",
            f"""A decision has been recorded on an application of your team. Read it, with its reasons, here:

{LINK}

Swindon Borough Council
""",
        ),
        (
            "decision_deferred",
            {"next_sitting": "20 October 2026"},
            "An application was deferred: further work is asked for",
            f"""An application of your team was deferred to 20 October 2026.
The reasons and each piece of further work, with its owner and its date, are here.
Nothing that was already given has to be entered again.

{LINK}

Swindon Borough Council
""",
        ),
        (
            "decision_deferred",
            {"next_sitting": "20 October 2026", "unscheduled": "yes"},
            "An application was deferred: further work is asked for",
            f"""An application of your team was deferred to 20 October 2026.
The reasons and each piece of further work, with its owner and its date, are here.
Nothing that was already given has to be entered again.

That sitting is not scheduled yet. Once it is, the application is first on its agenda by itself, and the worker is told
the time. Whoever presents it need not ask for a slot.

{LINK}

Swindon Borough Council
""",
        ),
        (
            "application_returned",
            {"next_sitting": "20 October 2026", "unscheduled": "yes"},
            "An application was returned to you",
            f"""An application was returned to you. This is not an outcome of the panel. What was inaccurate or \
missing is here:

{LINK}

Its place at the sitting of 20 October 2026 is kept, if it is handed in again by the cut-off.
That sitting is not scheduled yet: you are told the time once it is.

Swindon Borough Council
""",
        ),
        (
            "application_returned",
            {},
            "An application was returned to you",
            f"""An application was returned to you. This is not an outcome of the panel. What was inaccurate or \
missing is here:

{LINK}

Swindon Borough Council
""",
        ),
        (
            "complaint_opened",
            {"stage": "STAGE_ONE", "due": "27 October 2026"},
            "A Stage One complaint was opened",
            f"""A disagreement with a decision was recorded.
It is a Stage One complaint, to be answered by 27 October 2026.

{LINK}

Swindon Borough Council
""",
        ),
        (
            "complaint_opened",
            {"stage": "ADULT", "due": "13 April 2027"},
            "A complaint was opened",
            f"""A disagreement with a decision was recorded.
It is a complaint. If it is not answered by 13 April 2027, a written explanation is owed.

{LINK}

Swindon Borough Council
""",
        ),
    ],
)
def test_officers_are_told_by_link(letter: str, facts: dict[str, str], subject: str, text: str) -> None:
    rendered = render(letter, {**USUAL, **facts}, {})
    assert (rendered.subject, rendered.text) == (subject, text)


def test_the_chairs_list_names_exactly_those_missing_and_nobody_personal() -> None:
    """B10: the chair's list."""
    facts = {**USUAL, "forum": "Care Panel", "day": "Tuesday 13 October 2026", "applications": "one\ntwo"}
    letter = render("expected_not_received", facts, {})
    assert letter.subject == "Expected for Care Panel on Tuesday 13 October 2026 and not received"
    assert "  - one\n  - two\n" in letter.text
    assert letter.text.count("  - ") == 2


def test_feedback_is_asked_of_a_service_manager_and_a_team_manager_is_warned_in_a_sentence_each() -> None:
    facts = {**USUAL, "forum": "Care Panel", "day": "Tuesday 13 October 2026"}
    assert "The\nchair asks you for feedback." in render("feedback_asked", facts, {}).text
    assert "booked all the same" in render("presenter_untrained", facts, {}).text
