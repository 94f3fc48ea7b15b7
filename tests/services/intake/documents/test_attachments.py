"""Attachments through intake's doors: what is taken and what is not, where the bytes lie, and who is handed them."""

import base64
from hashlib import sha256
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import asyncpg
import httpx

from deploy.local.processes import free_port
from edge.access import AccessExported, AccessRead, AccessRefused
from edge.arrivals import MAX_UPLOAD
from ledger.book import rebuild
from ledger.decider import Private
from ledger.pg.drafts import Drafts
from ledger.pg.files import Place, PostgresFiles
from panelbook.verifying import damaged_files
from services.intake.applications.domain.attaching import MEDIA_TYPES, MOST
from services.intake.applications.domain.events import AgreementVoided
from services.intake.applications.domain.form_events import AttachmentAdded, AttachmentRemoved
from services.intake.documents.attachments import damaged
from services.intake.documents.domain.file_types import name_for
from services.intake.documents.janitor import Janitor
from services.intake.main import SERVICE
from tests.databases import Databases
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse, open_house
from tests.services.intake import papers
from tests.services.intake.clamav import EICAR, running_clamd
from tests.services.intake.doors import (
    CHILD,
    MOTHER,
    RETURNED,
    TEAM_MANAGER,
    WORKER,
    call,
    filled,
    nobody_erased,
    sealed_by_panel,
    settings_heard,
    start,
    submit,
)

NAME = "Robin Larkspur – report.pdf"


async def attach(
    house: ServiceHouse,
    application: str,
    version: int,
    content: Any = papers.PDF,
    *,
    claimed: str = MEDIA_TYPES["PDF"],
    name: str = NAME,
    key: UUID | None = None,
    council: str = SWINDON,
    **by: Any,
) -> httpx.Response:
    known: dict[str, Any] = {"council": council} | WORKER | by
    headers = {
        **house.headers(version=version, key=key, **known),
        "Content-Type": claimed,
        "Panelbook-File-Name": quote(name, safe=""),
    }
    path = f"/councils/{council}/applications/{application}/attachments"
    return await house.http.post(path, content=content, headers=headers)


async def download(
    house: ServiceHouse, application: str, attachment: str, *, purpose: str | None = "case_work", **by: Any
) -> httpx.Response:
    known: dict[str, Any] = {"council": SWINDON} | WORKER | by
    headers = house.headers(**known, purpose=purpose)
    path = f"/councils/{known['council']}/applications/{application}/attachments/{attachment}"
    return await house.http.get(path, headers=headers)


async def listed(house: ServiceHouse, application: str) -> list[dict[str, Any]]:
    answer = await call(house, "GET", f"applications/{application}/attachments")
    assert answer.status_code == 200, answer.text
    return answer.json()["attachments"]


async def kept(house: ServiceHouse) -> list[Any]:
    """Every file kept, councils' borders or not: holds and digest."""
    connection = await asyncpg.connect(house.database.admin_dsn)
    try:
        return await connection.fetch("select council, holds, size, digest from kept.file order by touched_at")
    finally:
        await connection.close()


async def by_hand(house: ServiceHouse, statement: str) -> None:
    """What somebody with the administrator's password could do."""
    connection = await asyncpg.connect(house.database.admin_dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def events(house: ServiceHouse) -> list[Any]:
    return [house.host.book.codec.decode_row(row) for row in await house.stored() if row.kind == "decided"]


def janitor(house: ServiceHouse) -> Janitor:
    async def councils() -> list[str]:
        return [SWINDON, SHROPSHIRE]

    host = house.host
    return Janitor(host.book, PostgresFiles(host.pool), Drafts(host.pool), host.clock.now, councils, nobody_erased)


async def test_a_file_is_kept_sealed_beside_the_book_which_names_its_digest(house: ServiceHouse) -> None:
    application = await start(house)
    answer = await attach(house, application, 1)
    assert answer.status_code == 201, answer.text
    assert answer.json()["events"] == ["intake.application.attachment_added"]
    attachment = answer.json()["attachment"]
    assert answer.headers["Location"] == f"attachments/{attachment}"
    added = (await events(house))[-1]
    assert isinstance(added, AttachmentAdded)
    ((council, holds, size, digest),) = await kept(house)
    assert (council, holds, size, digest.hex()) == (SWINDON, 1, len(papers.PDF), added.digest)
    assert (added.attachment, added.type, added.size, added.scan) == (attachment, "PDF", size, "not_scanned")
    told = b"".join(row.payload for row in await house.stored())
    for clear in (b"Larkspur", b"%PDF", sha256(papers.PDF).hexdigest().encode()):
        assert clear not in told
    ((piece,),) = await rows(house, "select sealed from kept.piece")
    assert b"%PDF" not in piece


async def rows(house: ServiceHouse, query: str) -> list[Any]:
    connection = await asyncpg.connect(house.database.admin_dsn)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


async def test_what_was_attached_is_handed_out_as_it_was_and_the_handing_out_is_logged(house: ServiceHouse) -> None:
    application = await start(house)
    files = {"PDF": papers.PDF, "DOCX": papers.DOCX, "PNG": papers.PNG, "JPEG": papers.JPEG}
    for version, (found, content) in enumerate(files.items(), 1):
        answer = await attach(house, application, version, content, claimed=MEDIA_TYPES[found])
        attachment = answer.json()["attachment"]
        listing, given = (await listed(house, application))[-1], await download(house, application, attachment)
        assert (listing["name"], listing["type"], listing["size"]) == (NAME, found, len(content))
        assert (given.status_code, given.content) == (200, content)
        assert given.headers["Content-Type"] == MEDIA_TYPES[found]
        assert (
            given.headers["Content-Disposition"]
            == f"attachment; filename*=UTF-8''{quote(name_for(NAME, found), safe='')}"
        )
        assert given.headers["X-Content-Type-Options"] == "nosniff"
        assert given.headers["Cache-Control"] == "no-store"
        log = await house.logged()
        assert AccessRead("attachments", application, "case_work") in log
        assert log[-1] == AccessExported("attachment", f"{application}/{attachment}", "case_work", listing["digest"])


async def test_nobody_is_handed_a_file_without_saying_why(house: ServiceHouse) -> None:
    application = await start(house)
    attachment = (await attach(house, application, 1)).json()["attachment"]
    answer = await download(house, application, attachment, purpose=None)
    assert (answer.status_code, answer.json()["code"]) == (428, "PURPOSE_MISSING")


async def test_a_file_of_twenty_mebibytes_is_taken_and_one_byte_more_is_not(house: ServiceHouse) -> None:
    application = await start(house)
    filling = MAX_UPLOAD - len(papers.PDF)
    whole = papers.PDF[:9] + bytes(filling) + papers.PDF[9:]
    answer = await attach(house, application, 1, whole)
    assert answer.status_code == 201, answer.text
    given = await download(house, application, answer.json()["attachment"])
    assert sha256(given.content).digest() == sha256(whole).digest()
    before = len(await house.stored())
    too_much = await attach(house, application, 2, whole + b"\n")
    assert (too_much.status_code, too_much.json()["code"]) == (413, "BODY_TOO_LARGE")

    async def without_a_length() -> Any:
        for at in range(0, len(whole) + 1, 1024 * 1024):
            yield (whole + b"\n")[at : at + 1024 * 1024]

    unsaid = await attach(house, application, 2, without_a_length())
    assert (unsaid.status_code, unsaid.json()["code"]) == (413, "BODY_TOO_LARGE")
    assert len(await house.stored()) == before
    assert len(await kept(house)) == 1


async def test_what_cannot_be_attached_is_refused_and_nothing_is_stored(house: ServiceHouse) -> None:
    application = await start(house)
    for content, claimed, status, code in [
        (papers.PNG, MEDIA_TYPES["PDF"], 422, "TYPE_MISMATCH"),
        (papers.DOCM, MEDIA_TYPES["DOCX"], 422, "MACROS"),
        (papers.ENCRYPTED_PDF, MEDIA_TYPES["PDF"], 422, "ENCRYPTED"),
        (papers.PROGRAM, MEDIA_TYPES["PDF"], 422, "TYPE_NOT_TAKEN"),
        (papers.HTML, "text/html", 415, "MEDIA_TYPE_NOT_TAKEN"),
        (b'{"text": "x"}', "application/json", 415, "MEDIA_TYPE_NOT_TAKEN"),
        (b"", MEDIA_TYPES["PDF"], 422, "EMPTY_FILE"),
        (papers.PDF[:20], MEDIA_TYPES["PDF"], 422, "BROKEN_FILE"),
    ]:
        answer = await attach(house, application, 1, content, claimed=claimed)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert "Larkspur" not in answer.text
    assert await listed(house, application) == []
    assert await kept(house) == []


async def test_a_name_that_is_none_is_refused(house: ServiceHouse) -> None:
    application = await start(house)
    codes = []
    for name in ("", "two\nlines.pdf", "hidden\u202efdp.exe", "n" * 201, "../"):
        answer = await attach(house, application, 1, name=name)
        assert answer.status_code == 422
        codes.append(answer.json()["code"])
    unreadable = "FILE_NAME_NOT_READABLE"
    assert codes == ["FORM_INCOMPLETE", unreadable, "TEXT_NOT_ALLOWED", unreadable, unreadable]


async def test_a_name_keeps_no_folders(house: ServiceHouse) -> None:
    application = await start(house)
    await attach(house, application, 1, name="..\\..\\etc/passwd.pdf")
    assert [one["name"] for one in await listed(house, application)] == ["passwd.pdf"]


async def test_wrong_council_wrong_team_and_stale_version_each_get_their_answer(house: ServiceHouse) -> None:
    await settings_heard(house, "shropshire")
    application = await start(house)
    attachment = (await attach(house, application, 1)).json()["attachment"]
    foreign = await attach(house, application, 2, council=SHROPSHIRE)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "NOT_FOUND")
    foreign = await download(house, application, attachment, council=SHROPSHIRE)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "NOT_FOUND")
    unknown = await attach(house, str(uuid4()), 1)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "NOT_FOUND")
    others = await attach(house, application, 2, papers.PNG, claimed="image/png", actor="officer-x", team="other")
    assert (others.status_code, others.json()["code"]) == (403, "NOT_YOUR_APPLICATION")
    stale = await attach(house, application, 1, papers.PNG, claimed="image/png")
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    assert len(await kept(house)) == 1, "what is refused is not stored first"
    refused = [event.code for event in await house.logged() if isinstance(event, AccessRefused)]
    assert {"NOT_YOUR_APPLICATION", "STALE_VERSION"} <= set(refused)


async def test_the_same_bytes_again_for_the_same_person_are_kept_once(house: ServiceHouse) -> None:
    first, second = await start(house), await start(house)
    attachment = (await attach(house, first, 1)).json()["attachment"]
    again = await attach(house, first, 2, name="renamed.pdf")
    assert (again.status_code, again.json()["events"], again.json()["attachment"]) == (200, [], attachment)
    elsewhere = await attach(house, second, 1)
    assert elsewhere.status_code == 201
    ((_, holds, _, _),) = await kept(house)
    assert holds == 2
    one, other = [event for event in await events(house) if isinstance(event, AttachmentAdded)]
    assert (one.fingerprint, one.digest) == (other.fingerprint, other.digest)
    given = await download(house, second, elsewhere.json()["attachment"])
    assert given.content == papers.PDF


async def test_the_same_bytes_for_another_person_share_nothing(house: ServiceHouse) -> None:
    first = await start(house)
    second = await start(house, person={"person": MOTHER, "name": "Linden Larkspur", "born_on": "1984-05-02"})
    await attach(house, first, 1)
    await attach(house, second, 1)
    one, other = [event for event in await events(house) if isinstance(event, AttachmentAdded)]
    assert one.fingerprint != other.fingerprint
    assert len(await kept(house)) == 2


async def test_a_command_sent_twice_attaches_once_and_gets_the_same_answer(house: ServiceHouse) -> None:
    application, key = await start(house), uuid4()
    first = await attach(house, application, 1, key=key)
    rows_then = len(await house.stored())
    again = await attach(house, application, 1, key=key)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert len(await house.stored()) == rows_then
    reused = await attach(house, application, 1, papers.PNG, claimed="image/png", key=key)
    assert (reused.status_code, reused.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(await kept(house)) == 1


async def test_a_file_attached_after_the_signature_voids_it(house: ServiceHouse) -> None:
    """B6: what was signed is no longer what stands."""
    application, version = await filled(house)
    answer = await attach(house, application, version)
    assert answer.json()["events"] == ["intake.application.attachment_added", "intake.application.agreement_voided"]
    assert (await events(house))[-1] == AgreementVoided("attachments", "officer-tm", "officer-sm")


async def test_what_was_removed_before_it_was_handed_in_is_gone_and_what_was_handed_in_stays(
    house: ServiceHouse,
) -> None:
    application, version = await filled(house)
    handed_in = (await attach(house, application, version)).json()
    version = await signed_again(house, application, handed_in["version"])
    house.clock.set("2026-10-07T15:00:00Z")
    assert (await submit(house, application, version)).status_code == 201
    closed = await attach(house, application, version + 1, papers.PNG, claimed="image/png")
    assert (closed.status_code, closed.json()["code"]) == (409, "IN_PANELS_HANDS")
    reasons = [await sealed_by_panel(house, application, "The costs are missing.")]
    await house.hear(RETURNED, {"application": application, "by": "officer-a", "reasons": reasons, "defer_to": None})
    version = (await call(house, "GET", f"applications/{application}")).json()["version"]
    never = (await attach(house, application, version, papers.PNG, claimed="image/png")).json()
    version = never["version"]
    for one in (handed_in["attachment"], never["attachment"]):
        path = f"applications/{application}/attachments/{one}/removal"
        answer = await call(house, "POST", path, {}, version=version)
        assert answer.status_code == 200, answer.text
        version = answer.json()["version"]
    assert await listed(house, application) == []
    removed = [(event.attachment, event.kept) for event in await events(house) if isinstance(event, AttachmentRemoved)]
    assert removed == [(handed_in["attachment"], True), (never["attachment"], False)]
    assert (await download(house, application, handed_in["attachment"])).content == papers.PDF
    assert (await download(house, application, never["attachment"])).status_code == 404
    assert sorted(holds for _, holds, _, _ in await kept(house)) == [0, 1]
    assert await damaged(house.host.book, PostgresFiles(house.host.pool), SWINDON) == []
    again = await call(house, "POST", f"applications/{application}/attachments/{never['attachment']}/removal", {},
                       version=version)  # fmt: skip
    assert again.status_code == 404


async def signed_again(house: ServiceHouse, application: str, version: int) -> int:
    for path, body, by in (
        ("signature", {"comments": []}, TEAM_MANAGER),
        ("agreement", {}, {"actor": "officer-sm", "role": "service_manager", "service": "localities"}),
    ):
        answer = await call(house, "POST", f"applications/{application}/{path}", body, version=version, **by)
        assert answer.status_code == 200, answer.text
        version = answer.json()["version"]
    return version


async def test_an_altered_or_missing_ciphertext_is_found_and_not_handed_out(house: ServiceHouse) -> None:
    application = await start(house)
    whole = (await attach(house, application, 1)).json()["attachment"]
    bad = (await attach(house, application, 2, papers.PNG, claimed="image/png")).json()["attachment"]
    gone = (await attach(house, application, 3, papers.JPEG, claimed="image/jpeg")).json()["attachment"]
    files = PostgresFiles(house.host.pool)
    assert await damaged(house.host.book, files, SWINDON) == []
    by_name = {one["attachment"]: one["digest"] for one in await listed(house, application)}
    at = "from kept.file f where f.fingerprint = p.fingerprint and f.digest = '\\x{}'"
    await by_hand(house, "update kept.piece p set sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1) "
                  + at.format(by_name[bad]))  # fmt: skip
    await by_hand(house, f"delete from kept.file where digest = '\\x{by_name[gone]}'")
    assert sorted(await damaged(house.host.book, files, SWINDON)) == sorted([bad, gone])
    environment = {
        "PANELBOOK_MODE": "test",
        "PANELBOOK_POSTGRES_INTAKE_APP": house.database.dsn("app"),
        "PANELBOOK_VAULT_INTAKE": house.database.dsn("app"),
        "PANELBOOK_VAULT_KEY": base64.b64encode(bytes(32)).decode(),
    }
    found = await damaged_files(environment, [SWINDON, SHROPSHIRE])
    assert sorted(found) == sorted([(SWINDON, bad), (SWINDON, gone)])
    for one in (bad, gone):
        answer = await download(house, application, one)
        assert (answer.status_code, answer.json()["code"]) == (500, "FILE_DAMAGED")
    assert (await download(house, application, whole)).content == papers.PDF


async def test_once_the_persons_key_is_destroyed_no_file_of_theirs_can_be_read_or_added(house: ServiceHouse) -> None:
    application = await start(house)
    attachment = (await attach(house, application, 1)).json()["attachment"]
    digests = [digest for *_, digest in await kept(house)]
    await house.host.vault.destroy(SWINDON, CHILD)
    answer = await download(house, application, attachment)
    assert (answer.status_code, answer.json()["code"]) == (404, "CONTENT_ERASED")
    assert [one["name"] for one in await listed(house, application)] == [None]
    refused = await attach(house, application, 2, papers.PNG, claimed="image/png")
    assert (refused.status_code, refused.json()["code"]) == (409, "ERASED")
    # The proof stays whole: what is kept still is what the book says.
    assert [digest for *_, digest in await kept(house)] == digests
    assert await damaged(house.host.book, PostgresFiles(house.host.pool), SWINDON) == []


async def test_a_file_stored_by_a_command_that_came_to_nothing_is_taken_away(house: ServiceHouse) -> None:
    application = await start(house)
    await attach(house, application, 1)
    vault, files = house.host.vault, PostgresFiles(house.host.pool)
    # The process died between storing the bytes and appending the event.
    fingerprint = await vault.fingerprint_for(SWINDON, CHILD, papers.PNG)
    place = Place(CHILD, f"application-{application}", "attachment")
    file = await vault.seal_file(SWINDON, CHILD, place.stream, place.field, papers.PNG)
    await files.put(SWINDON, fingerprint, place, len(papers.PNG), file)
    assert await janitor(house).tidy(SWINDON) == (0, 0), "it may be an upload that is still under way"
    await by_hand(house, "update kept.file set touched_at = touched_at - interval '2 hours'")
    assert await janitor(house).tidy(SHROPSHIRE) == (0, 0)
    assert await janitor(house).tidy(SWINDON) == (1, 0)
    assert [holds for _, holds, _, _ in await kept(house)] == [1]
    again = await attach(house, application, 2, papers.PNG, claimed="image/png")
    assert again.status_code == 201


async def test_read_models_of_attachments_are_folded_again_and_the_bytes_stay(house: ServiceHouse) -> None:
    application = await start(house)
    attachment = (await attach(house, application, 1)).json()["attachment"]
    before, files = await house.read_models(), await kept(house)
    assert await rebuild(house.host.book, [SWINDON]) == len(await house.stored())
    assert await house.read_models() == before
    assert await kept(house) == files
    assert (await download(house, application, attachment)).content == papers.PDF


async def test_a_scanned_file_is_marked_clean_and_an_infected_one_is_refused(
    databases: Databases, tmp_path: Any
) -> None:
    async with running_clamd() as clamd:
        environment = {"PANELBOOK_CLAMD": clamd.address}
        async with open_house(SERVICE, databases, tmp_path, environment=environment) as house:
            await settings_heard(house)
            application = await start(house)
            answer = await attach(house, application, 1)
            assert answer.status_code == 201, answer.text
            assert [one["scan"] for one in await listed(house, application)] == ["clean"]
            content = papers.PDF.replace(b"startxref", b"%" + EICAR + b"\nstartxref")
            infected = await attach(house, application, 2, content)
            assert (infected.status_code, infected.json()["code"]) == (422, "INFECTED")
            assert "Eicar" not in infected.text
            assert (await house.logged())[-1] == AccessRefused(
                "attach", "INFECTED", f"applications/{application}/attachments"
            )
            assert clamd.shown[0] == papers.PDF
            assert len(await kept(house)) == 1


async def test_while_the_scanner_is_away_nothing_is_stored(databases: Databases, tmp_path: Any) -> None:
    environment = {"PANELBOOK_CLAMD": f"127.0.0.1:{free_port()}"}
    async with open_house(SERVICE, databases, tmp_path, environment=environment) as house:
        await settings_heard(house)
        application = await start(house)
        answer = await attach(house, application, 1)
        assert (answer.status_code, answer.json()["code"]) == (503, "SCANNER_AWAY")
        assert answer.headers["Retry-After"]
        assert await kept(house) == []
        assert len(await events(house)) == 1


def test_the_name_of_a_file_is_its_persons_own() -> None:
    added = AttachmentAdded("a", Private(CHILD, NAME), "PDF", 1, "f", "d", "clean", "officer-sw")
    assert NAME not in repr(added)
    assert MOST == 50
