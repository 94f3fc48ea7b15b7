"""What is generated stands between its markers, whole, and is noticed when it is stale."""

from pathlib import Path

import pytest

from contracts.registry import registry
from panelbook.catalogue import CATALOGUE
from tests.generated import files, owners

PAGE = "before\n<!-- generated: events -->\nold\n<!-- end of events -->\nafter\n"


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    assert files.between(PAGE, "events", [r"a \1", "b"]) == PAGE.replace("old\n", "a \\1\nb\n")


@pytest.mark.parametrize("page", ["no markers\n", PAGE + PAGE])
def test_a_page_without_its_one_place_is_refused(page: str) -> None:
    with pytest.raises(LookupError, match="no place for what is generated"):
        files.between(page, "events", [])


def test_another_text_a_missing_file_and_one_too_many_are_stale_until_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "ROOT", tmp_path)
    (tmp_path / "other.md").write_text("old")
    (tmp_path / "gone.md").write_text("old")
    wanted = {"other.md": "new", "folder/missing.md": "new", "gone.md": None}
    assert files.stale(wanted) == list(wanted)
    files.write(wanted)
    assert files.stale(wanted) == []
    assert not (tmp_path / "gone.md").exists()


def test_what_happened_is_the_first_sentence_of_the_docstring() -> None:
    class Thing:
        """It was put ``there`` (S4 §5.2), i.e. away. More of it.

        Still more.
        """

    assert owners.happened(Thing) == "It was put `there` (S4 §5.2), i.e. away"


def test_an_event_that_does_not_say_what_happened_is_refused() -> None:
    class Thing:
        pass

    with pytest.raises(LookupError, match="says what happened"):
        owners.happened(Thing)


def test_every_public_type_is_what_some_stored_event_is_published_as() -> None:
    public = {
        type_ for service in CATALOGUE.values() for one in service.stored for type_ in owners.published(service, one)
    }
    assert public == {type_.removeprefix("uk.panelbook.") for type_ in registry().schemas}
