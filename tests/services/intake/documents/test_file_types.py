"""A file is what its bytes are: four types are taken, and nothing that is encrypted, broken or could run."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.decider import Refused
from services.intake.applications.domain.attaching import MEDIA_TYPES
from services.intake.documents.domain.file_types import check_claim, sniffed
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
        (b" " + papers.PDF, "TYPE_NOT_TAKEN"),
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
        (papers.listing_bomb(), "BROKEN_FILE"),
        (papers.unpacking_bomb(), "BROKEN_FILE"),
    ],
)
def test_what_is_no_such_file_or_cannot_be_read_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        sniffed(content)
    assert refused.value.code == code


@pytest.mark.parametrize("found", MEDIA_TYPES)
def test_another_type_than_was_claimed_is_a_mismatch(found: str) -> None:
    for claimed in {*MEDIA_TYPES.values(), "text/html", ""} - {MEDIA_TYPES[found]}:
        with pytest.raises(Refused) as refused:
            check_claim(claimed, found)
        assert refused.value.code == "TYPE_MISMATCH"


@given(st.sampled_from([papers.DOCX, papers.PDF, papers.PNG, papers.DOCM]), st.data())
@settings(max_examples=300, deadline=None)
def test_bytes_of_any_kind_are_told_or_refused_and_never_a_fault(content: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(content) - 1))
    changed = data.draw(st.binary(max_size=12))
    try:
        codes = {sniffed(content[:at] + changed + content[at + len(changed) :])}
    except Refused as refused:
        codes = {refused.code}
    assert codes <= {*MEDIA_TYPES, "TYPE_NOT_TAKEN", "BROKEN_FILE", "ENCRYPTED", "MACROS"}
