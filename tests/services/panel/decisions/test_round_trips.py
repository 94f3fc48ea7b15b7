"""How often one decision of a panel asks the database, and that it asks for nothing and writes nothing twice."""

import re
from collections import Counter

from tests.ledger.round_trips import counted
from tests.services.house import ServiceHouse
from tests.services.panel.doors import REASON, WORK, being_heard, panel_decides

OF_THE_DRIVER = re.compile(r"typeinfo_tree|\bset_config\('jit'")
"""What it asks once of a connection, for types that it has not met yet."""

WRITTEN = re.compile(r"(?:insert into|update|delete from) (read\.\w+)", re.IGNORECASE)


async def test_a_deferral_takes_twelve_round_trips_at_most_and_does_nothing_twice(house: ServiceHouse) -> None:
    await being_heard(house)
    async with counted(house.host.pool) as asked:
        answer = await panel_decides(house, outcome="DEFERRED", reasons=[REASON], further_work=[WORK])
    assert answer.status_code == 200, answer.text
    ours = [one for one in asked if not OF_THE_DRIVER.search(one)]
    assert len(ours) <= 12, ours
    assert sum("LEFT JOIN ledger.outcome" in one for one in ours) == 1
    assert sum("ledger.stream(" in one for one in ours) == 3, (
        "the application's, the sitting's and the named sitting's, each once"
    )
    assert sum("read.settings" in one for one in ours) == 1
    assert Counter(table for one in ours for table in WRITTEN.findall(one)) == {"read.decision": 1}
