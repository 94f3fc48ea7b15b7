"""What is overdue after a decision outside a panel reaches its officers and the directors, once each."""

import pytest

from services.notify.letters.wording import render
from tests.services.house import ServiceHouse
from tests.services.notify.hearing import WORKER, appointed, example, wanted

ALARM = "uk.panelbook.panel.decision.alarm_raised.v1"
CONFLICT = "uk.panelbook.panel.decision.authority_conflict_found.v1"
LINK = "http://panelbook/panel/councils/c4d81e/decisions/863ac4ee/out-of-panel-decisions"


async def test_an_overdue_application_is_told_to_the_director_and_nobody_else(house: ServiceHouse) -> None:
    """E7: no submission has been heard of, and none is waited for."""
    await appointed(house, "o-dir-001", "director@council.example", role="director_csw")
    await appointed(house, WORKER, "worker@council.example", role="social_worker")
    alarm = example(ALARM, "application_overdue")
    await house.hear(ALARM, alarm)
    (message,) = await wanted(house)
    assert (message.letter, message.officer) == ("out_of_panel_overdue", "o-dir-001")
    assert message.facts == {
        "code": "APPLICATION_OVERDUE",
        "due": "19 October 2026 at 17:00",
        "path": f"/panel/councils/c4d81e/decisions/{alarm['application']}/out-of-panel-decisions",
    }


async def test_an_overdue_ratification_is_told_to_chair_and_director(house: ServiceHouse) -> None:
    """E2: the chair of the sitting that left it, once even where the chair is the director."""
    await appointed(house, "o-dir-001", "director@council.example", role="director_csw")
    await house.hear(ALARM, example(ALARM, "ratification_overdue"))
    assert [one.officer for one in await wanted(house)] == ["o-ch-001", "o-dir-001"]
    await house.hear(ALARM, example(ALARM, "ratification_overdue", officers=["o-dir-001"]))
    assert [one.officer for one in await wanted(house)][2:] == ["o-dir-001"]


async def test_a_decision_after_the_authority_had_ended_is_told_to_the_director(house: ServiceHouse) -> None:
    """A6: to the second, and that nothing is undone."""
    await appointed(house, "o-dir-001", "director@council.example", role="director_csw")
    await appointed(house, WORKER, "worker@council.example", role="social_worker")
    await house.hear(CONFLICT, example(CONFLICT, "to_be_ratified"))
    (message,) = await wanted(house)
    assert (message.letter, message.officer) == ("authority_conflict", "o-dir-001")
    letter = render("authority_conflict", {**message.facts, "link": LINK, "council_name": "Swindon"}, {})
    assert letter.subject == "A delegated decision is to be ratified: the authority had ended"
    assert "decided alone on 5 October 2026 at 09:00:05" in letter.text
    assert "had ended on 5 October 2026 at 09:00:00" in letter.text
    assert "Nothing is undone" in letter.text
    assert "ratify it on 7 October 2026" in letter.text
    bare = render("authority_conflict", {**message.facts, "ratify_on": "", "link": LINK, "council_name": "S"}, {})
    assert "a panel is to ratify it.\n" in bare.text


@pytest.mark.parametrize(
    ("code", "subject"),
    [
        ("APPLICATION_OVERDUE", "The application after a decision out of panel is overdue"),
        ("SHORT_PERIOD_ENDED", "A short period ends and no application has come"),
        ("RATIFICATION_OVERDUE", "A decision out of panel was not ratified at its sitting"),
    ],
)
def test_the_letter_says_what_is_overdue_since_when_and_that_support_goes_on(code: str, subject: str) -> None:
    """E2, E5, E7; a link and no personal details."""
    facts = {"link": LINK, "council_name": "Swindon", "code": code, "due": "19 October 2026 at 17:00"}
    letter = render("out_of_panel_overdue", facts, {})
    assert letter.subject == subject
    assert "19 October 2026 at 17:00" in letter.text
    assert "Nothing stops because of this" in letter.text
    assert LINK in letter.text
