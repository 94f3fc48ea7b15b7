"""Naming the family of a draft, and who holds parental responsibility, through intake's doors over real PostgreSQL."""

from typing import Any

from ledger.book import rebuild
from tests.services.house import SWINDON, ServiceHouse
from tests.services.intake.doors import (
    CHILD,
    MOTHER,
    NAME,
    SERVICE_MANAGER,
    TEAM_MANAGER,
    call,
    done,
    filled,
    shown,
    start,
    submit,
)

AUNT = "party-aunt"
HOLDER = {"relationship": "carer", "name": "Hazel Larkspur", "has_parental_responsibility": True}
NEITHER = {"relationship": "parent", "name": "Linden Larkspur", "has_parental_responsibility": False}
ORDER = {"held_by": "COUNCIL", "reason": "A care order was made on 1 May 2026.", "manager": "officer-head"}


async def refusals(house: ServiceHouse, application: str, version: int) -> list[tuple[str, str]]:
    """What a submission lacks, each by its place."""
    answer = await submit(house, application, version)
    assert answer.status_code == 422, answer.text
    return [(one["pointer"], one["code"]) for one in answer.json()["failing"]]


async def signed(house: ServiceHouse, application: str, version: int) -> int:
    """Both managers sign; the version then."""
    at = f"applications/{application}"
    version = (await done(house, "POST", f"{at}/signature", {}, version, **TEAM_MANAGER))["version"]
    return (await done(house, "POST", f"{at}/agreement", {}, version, **SERVICE_MANAGER))["version"]


async def test_who_is_named_after_the_signature_voids_it_and_is_heard_before_it_is_handed_in(
    house: ServiceHouse,
) -> None:
    """B6, B12: added and corrected in a draft; the submission tells others the family as it is by then."""
    application, version = await filled(house)
    at = f"applications/{application}"
    named = await done(house, "PUT", f"{at}/family/{AUNT}", HOLDER, version)
    assert named["events"] == ["intake.application.family_member_named", "intake.application.agreement_voided"]
    version = await signed(house, application, named["version"])
    assert await refusals(house, application, version) == [("/family/2", "PR_VIEWS_MISSING")]
    version = (await done(house, "PUT", f"{at}/voices/{AUNT}", {"views": "He can come to me."}, version))["version"]
    corrected = {**HOLDER, "name": "Hazel Rowan Larkspur"}
    version = (await done(house, "PUT", f"{at}/family/{AUNT}", corrected, version))["version"]
    version = (await done(house, "PUT", f"{at}/family/{MOTHER}", NEITHER, version))["version"]
    version = await signed(house, application, version)
    record = await shown(house, application)
    assert [(one["party"], one["name"], one["has_parental_responsibility"]) for one in record["family"]] == [
        (CHILD, NAME, False),
        (MOTHER, "Linden Larkspur", False),
        (AUNT, "Hazel Rowan Larkspur", True),
    ]
    assert (await submit(house, application, version)).status_code == 201
    *_, (_, _, data) = await house.told()
    assert [(one["party"], one["has_parental_responsibility"]) for one in data["family"]] == [
        (CHILD, False),
        (MOTHER, False),
        (AUNT, True),
    ]
    assert data["family"][2]["name"]["person"] == AUNT
    late = await call(house, "PUT", f"{at}/family/{AUNT}", HOLDER, version=version + 1)
    assert (late.status_code, late.json()["code"]) == (409, "IN_PANELS_HANDS")
    assert "Hazel" not in repr([row.payload for row in await house.stored()])
    tables = await house.read_models()
    await rebuild(house.host.book, [SWINDON])
    assert await house.read_models() == tables


async def test_a_form_that_began_with_nobody_says_who_holds_parental_responsibility(house: ServiceHouse) -> None:
    """B12: until a relative is named or the care order is stated, it is one of the gaps, and the form asks for it."""
    application = await start(house, family=[])
    at = f"applications/{application}"
    assert ("/parental_responsibility", "PR_NOT_STATED") in await refusals(house, application, 1)
    assert "anyOf" in await asked(house, application)
    bare = await call(house, "PUT", f"{at}/parental-responsibility", {"held_by": "NOBODY"}, version=1)
    assert (bare.status_code, bare.json()["code"]) == (422, "PR_REASON_MISSING")
    version = (await done(house, "PUT", f"{at}/parental-responsibility", ORDER, 1))["version"]
    assert (await shown(house, application))["parental_responsibility"] == ORDER
    gaps = await refusals(house, application, version)
    assert ("/parental_responsibility/manager", "PR_VIEWS_MISSING") in gaps
    assert "PR_NOT_STATED" not in dict(gaps).values()
    view = {"views": "The council supports the move."}
    version = (await done(house, "PUT", f"{at}/voices/officer-head", view, version))["version"]
    assert "PR_VIEWS_MISSING" not in dict(await refusals(house, application, version)).values()
    assert "anyOf" not in await asked(house, application)
    version = (await done(house, "PUT", f"{at}/parental-responsibility", {"held_by": None}, version))["version"]
    assert (await shown(house, application))["parental_responsibility"] is None
    assert ("/parental_responsibility", "PR_NOT_STATED") in await refusals(house, application, version)
    version = (await done(house, "PUT", f"{at}/family/{AUNT}", HOLDER, version))["version"]
    assert ("/family/0", "PR_VIEWS_MISSING") in await refusals(house, application, version)
    assert "anyOf" not in await asked(house, application)


async def asked(house: ServiceHouse, application: str) -> dict[str, Any]:
    """The application's own form, as it is published."""
    answer = await call(house, "GET", f"applications/{application}/form")
    assert answer.status_code == 200, answer.text
    return answer.json()["schema"]


async def test_bad_words_about_the_family_store_nothing(house: ServiceHouse) -> None:
    """B12."""
    application = await start(house)
    rows = len(await house.stored())
    for path, body in (
        (f"family/{AUNT}", {"relationship": "neighbour", "name": "Hazel"}),
        (f"family/{AUNT}", {"relationship": "carer", "name": ""}),
        ("parental-responsibility", {"held_by": "THE_SCHOOL", "reason": "It looks after him."}),
        ("parental-responsibility", {"reason": "No order."}),
    ):
        answer = await call(house, "PUT", f"applications/{application}/{path}", body, version=1)
        assert answer.status_code == 422, (path, answer.text)
    other = await call(house, "PUT", f"applications/{application}/family/{AUNT}", HOLDER, version=1, **TEAM_MANAGER)
    assert (other.status_code, other.json()["code"]) == (403, "NOT_YOUR_APPLICATION")
    assert len(await house.stored()) == rows
