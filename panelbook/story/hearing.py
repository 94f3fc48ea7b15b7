"""A case before a panel: its slot, the open sitting, what the chair records, and the signed minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from panelbook.story.narrator import Narrator, Officer

_HEARD_FOR = timedelta(minutes=14)


@dataclass(frozen=True)
class Panel:
    """A forum, where it meets, and who is there; ``others`` are members besides the chair, each with their kind."""

    forum: str
    place: str
    administrator: Officer
    chair: Officer
    presenter: Officer
    others: tuple[tuple[str, str], ...]


def heard(
    tell: Narrator, panel: Panel, on: str, application: str, *, minutes: int, rule: str = "", offers: int = 1
) -> str:
    """Schedule a sitting, put the case on its agenda, open both. ``offers`` counts the slots told to the presenter.

    A deferred case, which was offered one before, has its place by the deferral itself.
    """
    administrator, chair = panel.administrator, panel.chair
    scheduled = tell.does(administrator, f"schedules the sitting of {on}", "POST", "panel/sittings",
                          {"forum": panel.forum, "on": on})  # fmt: skip
    sitting = scheduled.body["id"]
    tell.until(administrator, f"panel/decisions/{application}", lambda body: body if body.get("route") else None)
    if offers == 1:
        tell.does(
            administrator,
            f"gives the case a {minutes}-minute slot",
            "POST",
            f"panel/sittings/{sitting}/slots",
            {"application": application, "minutes": minutes, "place": panel.place},
            version=scheduled.version,
            rule=rule,
        )
    else:
        tell.led_to(f"the case stands on that agenda by itself: {rule}")
    sent(tell, panel.presenter, application, "slot_offered", offers)
    tell.led_to("the worker was told day, time, length, place and the members' roles")
    shown = tell.reads(chair, f"panel/sittings/{sitting}")
    starts_at = datetime.fromisoformat(shown.body["starts_at"])
    tell.forward(starts_at)
    present = [{"member": chair.id, "kind": "social_work"}]
    present += [{"member": member, "kind": kind} for member, kind in panel.others]
    reply = tell.does(chair, f"opens the sitting with {len(present)} members present", "POST",
                     f"panel/sittings/{sitting}/opening", {"present": present}, version=shown.version)  # fmt: skip
    tell.forward(starts_at + timedelta(minutes=1))
    tell.does(chair, "opens the item", "POST", f"panel/sittings/{sitting}/items/{application}/opening",
              version=reply.version)  # fmt: skip
    tell.forward(tell.now + _HEARD_FOR)
    return sitting


def decide(tell: Narrator, panel: Panel, application: str, what: str, decision: dict[str, Any], rule: str) -> None:
    """The chair records what the panel decided."""
    path = f"panel/decisions/{application}"
    version = tell.reads(panel.chair, path).version
    tell.does(panel.chair, what, "POST", f"{path}/panel-decision", decision, version=version, rule=rule)


def close(tell: Narrator, panel: Panel, sitting: str, application: str) -> None:
    """The item and the sitting end, and the chair signs the minutes."""
    version = tell.reads(panel.chair, f"panel/sittings/{sitting}").version
    for what, path in (
        ("closes the item", f"items/{application}/closing"),
        ("closes the sitting", "closing"),
        ("signs the minutes", "minutes/signature"),
    ):
        reply = tell.does(panel.chair, what, "POST", f"panel/sittings/{sitting}/{path}", version=version)
        version = reply.version


def informed_by_link(tell: Narrator, panel: Panel, application: str) -> None:
    """Wait until social worker and team manager have heard that a decision is there."""
    sent(tell, panel.presenter, application, "decision_recorded", 2)
    tell.led_to("social worker and team manager were told by link, without personal details")


def sent(tell: Narrator, reader: Officer, application: str, letter: str, count: int) -> None:
    """Wait until so many letters of a kind have left on one application."""

    def there(body: dict[str, Any]) -> bool | None:
        gone = sum(one["letter"] == letter and one["state"] == "sent" for one in body["messages"])
        return True if gone == count else None

    tell.until(reader, "notify/messages", there, application=application)
