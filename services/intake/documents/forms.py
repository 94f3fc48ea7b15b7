"""What the routes of documents take and show."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from edge.forms import Form
from edge.lists import PageShown


class AttachmentShown(BaseModel):
    """One attached file; ``size`` in bytes, ``digest`` the SHA-256 of its ciphertext in hex."""

    attachment: str
    name: str | None
    type: Literal["PDF", "DOCX", "PNG", "JPEG"]
    size: int
    digest: str
    scan: Literal["clean", "not_scanned"]
    added_by: str
    added_at: datetime


class AttachmentsShown(PageShown):
    """What is attached to an application, oldest first."""

    attachments: tuple[AttachmentShown, ...]


class DraftForm(Form, json_schema_extra={"example": {"text": "What has been typed so f"}}):
    """A section as it stands in the middle of being written; it may be empty."""

    text: Annotated[str, Field(max_length=20_000)]


class DraftSaved(BaseModel):
    """A save that is kept. ``version`` is its number and the ETag that the next save must name."""

    section: str
    version: int
    saved_by: str
    saved_at: datetime


class DraftShown(BaseModel):
    """The newest save of a section; version 0 and no text before the first."""

    section: str
    version: int
    text: str | None
    saved_by: str | None
    saved_at: datetime | None


class VersionListed(BaseModel):
    """Something that a section said: ``completed-<version of the application>`` or ``draft-<number of the save>``."""

    version: str
    written_by: str
    written_at: datetime


class VersionsShown(PageShown):
    """Everything that a section has said and that is still kept, oldest first."""

    versions: tuple[VersionListed, ...]


class VersionShown(VersionListed):
    """One version with its text; an erased text is null."""

    text: str | None


class PassageShown(BaseModel):
    """A part of two texts: in both, only in the later one, or only in the earlier one."""

    kind: Literal["same", "inserted", "deleted"]
    text: str


class DifferenceShown(BaseModel):
    """What changed between two versions, word by word."""

    earlier: str
    later: str
    passages: tuple[PassageShown, ...]
