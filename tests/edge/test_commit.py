"""No answer before COMMIT: a transaction that does not commit is never reported as done."""

import pytest

from ledger.store import Busy
from tests.edge.counter import SWINDON, House

URL = f"/counter/councils/{SWINDON}/counters"


@pytest.mark.parametrize("failure", [Busy("lost"), ConnectionResetError("lost"), RuntimeError("bug")])
async def test_a_command_whose_commit_fails_gives_no_2xx_and_can_be_repeated(house: House, failure: Exception) -> None:
    headers = house.headers()
    house.ledger.commit_fails = failure
    answer = await house.http.post(URL, json={"label": "x"}, headers=headers)
    assert answer.status_code == (500 if isinstance(failure, RuntimeError) else 503)
    assert (await house.ledger.head(SWINDON)).position == 0
    house.ledger.commit_fails = None
    again = await house.http.post(URL, json={"label": "x"}, headers=headers)
    assert again.status_code == 201
    assert (await house.ledger.head(SWINDON)).position == 1
