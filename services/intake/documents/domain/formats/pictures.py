"""PNG and JPEG by their own rules: a picture is whole from its first marker to its last, whatever stands behind it.

Phones append a film to a photograph and say nothing of it; that is no fault of the picture.
"""

import zlib
from collections.abc import Iterator

from services.intake.documents.domain.formats import refusals

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"

MOST_PIXELS = 200_000_000
"""Pixels; as many as the largest photograph of a telephone. A few kilobytes can ask for twenty times that."""

_STANDALONE = frozenset((0x01, *range(0xD0, 0xD9)))
_FRAMES = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))
_SCAN, _END = 0xDA, 0xD9


def check_png(content: bytes) -> None:
    """Every chunk from IHDR to IEND, each with its sum. Raises Refused BROKEN_FILE, UNPACKS_TOO_LARGE."""
    names: list[bytes] = []
    for name, data in _chunks(content):
        if not names:
            if name != b"IHDR" or len(data) != 13:
                raise refusals.broken("PNG")
            _check_size(int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big"), "PNG")
        names.append(name)
    if names[-1:] != [b"IEND"] or b"IDAT" not in names:
        raise refusals.broken("PNG")


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG)
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        body, checked = content[at + 4 : at + 8 + length], content[at + 8 + length : at + 12 + length]
        if len(checked) != 4 or zlib.crc32(body) != int.from_bytes(checked, "big"):
            raise refusals.broken("PNG")
        yield body[:4], body[4:]
        if body[:4] == b"IEND":
            return
        at += 12 + length


def check_jpeg(content: bytes) -> None:
    """Every segment from SOI to EOI. Raises Refused BROKEN_FILE, UNPACKS_TOO_LARGE."""
    at, framed = 2, False
    while at + 2 <= len(content):
        if content[at] != 0xFF:
            raise refusals.broken("JPEG")
        marker = content[at + 1]
        if marker == 0xFF:  # Any number of these may fill the room before a marker.
            at += 1
        elif marker == _END:
            if not framed:
                raise refusals.broken("JPEG")
            return
        elif marker in _STANDALONE:
            at += 2
        else:
            length = int.from_bytes(content[at + 2 : at + 4], "big")
            if length < 2 or at + 2 + length > len(content):
                raise refusals.broken("JPEG")
            if marker in _FRAMES:
                height, width = content[at + 5 : at + 7], content[at + 7 : at + 9]
                _check_size(int.from_bytes(width, "big"), int.from_bytes(height, "big") or 1, "JPEG")
                framed = True
            at += 2 + length
            if marker == _SCAN:
                at = _after_scan(content, at)
    raise refusals.broken("JPEG")


def _after_scan(content: bytes, at: int) -> int:
    """Where the marker stands that ends a scan: within it a 0xFF is followed by a zero or a restart marker."""
    while (at := content.find(b"\xff", at)) >= 0 and at + 1 < len(content):
        if content[at + 1] and not 0xD0 <= content[at + 1] <= 0xD7:
            return at
        at += 2
    raise refusals.broken("JPEG")


def _check_size(width: int, height: int, name: str) -> None:
    if not width or not height:
        raise refusals.broken(name)
    if width * height > MOST_PIXELS:
        raise refusals.too_large(f"asks for {width} by {height} pixels")
