"""An Idempotency-Key over the ledger in PostgreSQL: at another address, and used before this release (G2)."""

import pytest

from tests.edge.test_commands import as_before
from tests.services.house import SWINDON, ServiceHouse
from tests.services.panel.doors import settings_heard


async def test_a_key_at_another_address_is_a_reuse_and_one_used_before_this_release_is_known(
    house: ServiceHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G2: one sitting is scheduled, whichever release saw its key first."""
    await settings_heard(house)
    headers, place = house.headers("admin-1", "panel_administrator"), f"/councils/{SWINDON}/sittings"
    body = {"forum": "CARE_PANEL", "on": "2026-10-13"}
    as_before(monkeypatch)
    first = await house.http.post(place, json=body, headers=headers)
    monkeypatch.undo()
    again = await house.http.post(place, json=body, headers=headers)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    elsewhere = f"{place}/{first.json()['id']}/opening"
    headers = house.headers("admin-1", "panel_administrator") | {"If-Match": '"1"'}
    assert (await house.http.post(place, json={**body, "on": "2026-10-20"}, headers=headers)).status_code == 201
    refused = await house.http.post(elsewhere, json={"present": []}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
