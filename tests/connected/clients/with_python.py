"""What an integrator writes over a client that openapi-python-client made of intake's document (``intake_client``)."""
# pyright: basic, reportMissingImports=false

import json
import sys
from uuid import uuid4

from intake_client import AuthenticatedClient
from intake_client.api.intake import application, applications, start, submit
from intake_client.models import PersonForm, RelativeForm, RelativeFormRelationship, StartForm, SubmissionForm

BASE, COUNCIL, TOKEN, COUNT = sys.argv[1:]


def form(name: str) -> StartForm:
    """An application for a child whose only named relative is herself."""
    person = PersonForm.from_dict({"person": f"p-{name}", "name": name, "born_on": "2014-05-02"})
    child = RelativeForm(party=f"p-{name}", relationship=RelativeFormRelationship.CHILD, name=name)
    return StartForm(
        kind="PLACEMENT_MOVE",
        person=person,
        team="localities-north",
        team_manager="officer-tm",
        service="localities",
        service_manager="officer-sm",
        family=[child],
    )


with AuthenticatedClient(base_url=f"{BASE}/intake", token=TOKEN) as client:
    begun = [
        start.sync(COUNCIL, client=client, body=form(f"Robin-{number}"), idempotency_key=str(uuid4()))
        for number in range(int(COUNT))
    ]
    refused = submit.sync(
        COUNCIL,
        begun[0].id,
        client=client,
        body=SubmissionForm.from_dict({"sitting_on": "2026-10-13"}),
        idempotency_key=str(uuid4()),
        if_match=f'"{begun[0].version}"',
    )
    read = application.sync(COUNCIL, begun[0].id, client=client, panelbook_purpose="case_work")
    listed, pages, cursor = [], 0, None
    while pages == 0 or cursor is not None:
        page = applications.sync(COUNCIL, client=client, limit=2, cursor=cursor)
        listed += [one.application for one in page.applications]
        cursor, pages = page.next_, pages + 1

print(
    json.dumps(
        {
            "begun": [one.id for one in begun],
            "refused": {"code": refused.code, "type": refused.type_, "failing": [one.code for one in refused.failing]},
            "read": {"id": read.application, "stage": str(read.stage), "name": read.person_name},
            "listed": listed,
            "pages": pages,
        }
    )
)
