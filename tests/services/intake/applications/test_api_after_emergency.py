"""The application that follows a decision made outside a panel, under the id which that decision gave it."""

from uuid import uuid4

from tests.services.house import ServiceHouse
from tests.services.intake.doors import START, call, shown


async def test_the_application_that_is_due_begins_under_the_id_that_the_decision_gave_it(house: ServiceHouse) -> None:
    """E3, E7: so that decision, application and ratification are one history."""
    given, key = str(uuid4()), uuid4()
    answers = [await call(house, "POST", "applications", START | {"application": given}, key=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["id"] == given
    assert (await shown(house, given))["stage"] == "draft"


async def test_an_id_begins_one_application_only(house: ServiceHouse) -> None:
    """E3: another command under the same id is refused."""
    given = str(uuid4())
    body = START | {"application": given}
    assert (await call(house, "POST", "applications", body)).status_code == 201
    again = await call(house, "POST", "applications", body)
    assert (again.status_code, again.json()["code"]) == (409, "ALREADY_STARTED")
