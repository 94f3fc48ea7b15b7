"""A file is what its bytes are: four types are taken, and nothing that is encrypted, broken or could run."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.decider import Refused
from services.intake.applications.domain.attaching import MEDIA_TYPES
from services.intake.documents.domain.file_types import check_claim, name_for, sniffed
from tests.services.intake import papers


@pytest.mark.parametrize(
    ("content", "found"), [(papers.PDF, "PDF"), (papers.DOCX, "DOCX"), (papers.PNG, "PNG"), (papers.JPEG, "JPEG")],
    ids=["pdf", "docx", "png", "jpeg"],
)  # fmt: skip
def test_the_four_types_are_told_by_their_bytes(content: bytes, found: str) -> None:
    assert sniffed(content) == found
    check_claim(MEDIA_TYPES[found], found)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY_FILE"),
        (b"plain words", "TYPE_NOT_TAKEN"),
        (papers.PROGRAM, "TYPE_NOT_TAKEN"),
        (papers.HTML, "TYPE_NOT_TAKEN"),
        (b" " * 1100 + papers.PDF, "TYPE_NOT_TAKEN"),
        (papers.OLD_WORD, "TYPE_NOT_TAKEN"),
        (papers.SPREADSHEET, "TYPE_NOT_TAKEN"),
        (papers.PLAIN_ZIP, "TYPE_NOT_TAKEN"),
        (papers.ENCRYPTED_PDF, "ENCRYPTED"),
        (papers.ENCRYPTED_WORD, "ENCRYPTED"),
        (papers.LOCKED_ZIP, "ENCRYPTED"),
        (papers.DOCM, "MACROS"),
        (papers.HIDDEN_MACROS, "MACROS"),
        (papers.PDF[:40], "BROKEN_FILE"),
        (papers.PNG[:40], "BROKEN_FILE"),
        (papers.JPEG[:30], "BROKEN_FILE"),
        (papers.DOCX[:-30], "BROKEN_FILE"),
        (papers.DOCX[:60], "BROKEN_FILE"),
        (papers.listing_bomb(), "UNPACKS_TOO_LARGE"),
        (papers.unpacking_bomb(), "UNPACKS_TOO_LARGE"),
        (papers.PNG.replace(papers.PNG[16:24], b"\0\1\0\0\0\1\0\0"), "BROKEN_FILE"),
        (papers.png(65_535, 65_535), "UNPACKS_TOO_LARGE"),
        (papers.PDF.replace(b"/Pages 2 0 R", b""), "BROKEN_FILE"),
        (b"%PDF-1.7\nwords and no objects\n%%EOF", "BROKEN_FILE"),
    ],
)
def test_what_is_no_such_file_or_cannot_be_read_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        sniffed(content)
    assert refused.value.code == code


OTHER_PRODUCERS: dict[str, tuple[bytes, str]] = {
    "a PDF behind a byte order mark": (b"\xef\xbb\xbf" + papers.PDF, "PDF"),
    "a PDF behind a mailer's lines": (b"Content-Type: application/pdf\r\n\r\n" + papers.PDF, "PDF"),
    "a PDF that a copier filled up": (papers.PDF + bytes(5000), "PDF"),
    "a PDF that only its owner may change": (papers.OWNERS_PDF, "PDF"),
    "a PDF that writes about encryption": (
        papers.pdf("<< /Title (how /Encrypt 5 0 R and /JavaScript are written) >>", trailer="/Info 4 0 R"),
        "PDF",
    ),
    "a PDF with links": (
        papers.pdf("<< /S /URI /URI (https://council.example) >>", root="/OpenAction << /S /GoTo /D [3 0 R /Fit] >>"),
        "PDF",
    ),
    "a document of Word Online": (papers.package(names=("word/document2.xml",)), "DOCX"),
    "a document with links": (
        papers.package(relationships=(("hyperlink", "https://council.example", True), ("image", "media/a.png", False))),
        "DOCX",
    ),
    "a document from the author's own template": (
        papers.package(relationships=(("attachedTemplate", "file:///C:/Users/ann/Normal.dotm", True),)),
        "DOCX",
    ),
    "a photograph with its film": (papers.JPEG + b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 40, "JPEG"),
    "a photograph with filling between markers": (papers.JPEG.replace(b"\xff\xda", b"\xff\xff\xff\xda"), "JPEG"),
    "a picture with something behind its end": (papers.PNG + b"trailing", "PNG"),
}


@pytest.mark.parametrize("name", OTHER_PRODUCERS)
def test_what_other_programs_write_by_the_rules_of_the_format_is_taken(name: str) -> None:
    content, found = OTHER_PRODUCERS[name]
    assert sniffed(content) == found


ACTIVE: dict[str, tuple[bytes, str]] = {
    "launches": (papers.pdf(root="/OpenAction << /S /Launch /F (cmd.exe) >>"), "starts a program"),
    "launches from a page": (papers.pdf("<< /S /Launch >>", root="/Names << /Dests << /X 4 0 R >> >>"), "a program"),
    "runs a script": (papers.pdf(root="/OpenAction << /S /JavaScript /JS (app.alert) >>"), "runs a script"),
    "runs scripts by name": (papers.pdf(root="/Names << /JavaScript << /Names [] >> >>"), "runs a script"),
    "runs a script on closing": (papers.pdf(root="/AA << /WC << /S /JavaScript >> >>"), "runs a script"),
    "runs a second action": (
        papers.pdf("<< /S /Launch >>", root="/OpenAction << /S /GoTo /Next 4 0 R >>"),
        "starts a program",
    ),
    "sends a form": (papers.pdf(root="/OpenAction << /S /SubmitForm /F (https://x.example) >>"), "sends what is in it"),
    "holds a program": (papers.pdf(root="/Names << /EmbeddedFiles << /Names [] >> >>"), "embedded"),
    "has a file pinned to it": (
        papers.pdf(root="/X << /Subtype /FileAttachment /Rect [0 0 9 9] >>"),
        "attached",
    ),
    "is a form of its own": (papers.pdf(root="/AcroForm << /XFA [] >>"), "XFA"),
    "loads a template": (
        papers.package(relationships=(("attachedTemplate", "https://x.example/a.dotm", True),)),
        "loads a template",
    ),
    "loads a template from a share": (
        papers.package(relationships=(("attachedTemplate", "file://server/share/a.dotm", True),)),
        "loads a template",
    ),
    "loads a picture": (papers.package(relationships=(("image", "https://x.example/a.png", True),)), "loads a picture"),
    "links to an object": (papers.package(relationships=(("oleObject", "file:///x", False),)), "embedded"),
    "runs a control": (papers.package(relationships=(("control", "activeX1.xml", False),)), "control"),
    "takes in a page": (papers.package(relationships=(("aFChunk", "a.html", False),)), "another type"),
    "asks another program": (
        papers.package(text="<w:instrText>DDEAUTO c:\\\\windows\\\\cmd.exe</w:instrText>"),
        "asks another program",
    ),
}


@pytest.mark.parametrize("name", ACTIVE)
def test_what_would_do_something_when_opened_is_refused_by_what_it_would_do(name: str) -> None:
    content, what = ACTIVE[name]
    with pytest.raises(Refused) as refused:
        sniffed(content)
    assert refused.value.code == "ACTIVE_CONTENT"
    assert what in refused.value.sentence


def test_entities_of_a_document_are_not_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><Relationships/>'
    with pytest.raises(Refused, match="BROKEN_FILE"):
        sniffed(papers.package(names=("word/document.xml", "word/_rels/settings.xml.rels"), text=bomb))


@pytest.mark.parametrize(
    ("given", "found", "name"),
    [
        ("report.pdf", "PDF", "report.pdf"),
        ("letter.hta", "PDF", "letter.pdf"),
        ("photo.jpg.exe", "JPEG", "photo.jpg.jpg"),
        ("no extension", "DOCX", "no extension.docx"),
        ("a\u202egpj.exe", "PNG", "agpj.png"),
        ("a\u200bb.png", "PNG", "ab.png"),
        ("CON.pdf", "PDF", "_CON.pdf"),
        ("lpt1", "PDF", "_lpt1.pdf"),
        ('why: "this"?.pdf', "PDF", "why_ _this__.pdf"),
        ("..", "PDF", "document.pdf"),
        (" . .pdf", "PDF", "document.pdf"),
        ("Änderung 7.PDF", "PDF", "Änderung 7.pdf"),
        ("x" * 300 + ".pdf", "PDF", "x" * 120 + ".pdf"),
    ],
)
def test_a_file_goes_out_under_a_name_that_every_system_can_keep(given: str, found: str, name: str) -> None:
    assert name_for(given, found) == name


@pytest.mark.parametrize("found", MEDIA_TYPES)
def test_another_type_than_was_claimed_is_a_mismatch(found: str) -> None:
    for claimed in {*MEDIA_TYPES.values(), "text/html", ""} - {MEDIA_TYPES[found]}:
        with pytest.raises(Refused) as refused:
            check_claim(claimed, found)
        assert refused.value.code == "TYPE_MISMATCH"


@given(st.sampled_from([papers.DOCX, papers.PDF, papers.OWNERS_PDF, papers.PNG, papers.JPEG, papers.DOCM]), st.data())
@settings(max_examples=300, deadline=None)
def test_bytes_of_any_kind_are_told_or_refused_and_never_a_fault(content: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(content) - 1))
    changed = data.draw(st.binary(max_size=12))
    try:
        codes = {sniffed(content[:at] + changed + content[at + len(changed) :])}
    except Refused as refused:
        codes = {refused.code}
    assert codes <= {
        *MEDIA_TYPES,
        "TYPE_NOT_TAKEN",
        "BROKEN_FILE",
        "ENCRYPTED",
        "MACROS",
        "ACTIVE_CONTENT",
        "UNPACKS_TOO_LARGE",
    }
