"""What a browser is told and never given, and what hides in an address (docs/security.md, ASVS 3.3, 3.4, 16.4)."""

import io

import pytest

from edge.middleware import SECURITY_HEADERS
from tests.edge.counter import SWINDON, House
from tests.edge.test_telemetry import lines, read

__all__ = ["lines"]

URL = f"/counter/councils/{SWINDON}/counters"
EVERYWHERE = ("/nowhere", "/counter/nowhere", URL, "/counter/livez", "/counter/openapi.json")


def test_what_a_browser_is_told_is_what_asvs_asks_for() -> None:
    """A year of TLS for every subdomain, no content from anywhere, no frame, no referrer, no guess, nothing kept."""
    transport = SECURITY_HEADERS["Strict-Transport-Security"].split("; ")
    assert int(transport[0].removeprefix("max-age=")) >= 365 * 24 * 3600
    assert "includeSubDomains" in transport
    policy = dict(part.split(" ", 1) for part in SECURITY_HEADERS["Content-Security-Policy"].split("; "))
    assert {policy[name] for name in ("default-src", "base-uri", "frame-ancestors", "form-action")} == {"'none'"}
    assert SECURITY_HEADERS["X-Content-Type-Options"] == "nosniff"
    assert SECURITY_HEADERS["Referrer-Policy"] == "no-referrer"
    assert SECURITY_HEADERS["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_no_answer_sets_a_cookie_or_lets_another_origin_read_it(house: House, path: str) -> None:
    """A page of another origin asks, plainly and by a preflight: it gets no leave, and nobody gets a cookie."""
    asks = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for method in ("GET", "OPTIONS"):
        answer = await house.http.request(method, path, headers=house.headers() | asks)
        assert [name for name in answer.headers if name.startswith(("set-cookie", "access-control-"))] == []
        assert not answer.is_redirect


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_trace_is_no_method_here(house: House, path: str) -> None:
    """TRACE would hand a caller's own head back, its token included."""
    answer = await house.http.request("TRACE", path, headers=house.headers())
    assert answer.status_code in (404, 405)
    assert "Bearer" not in answer.text


@pytest.mark.parametrize("hidden", ["%0A", "%0D%0A", "%E2%80%A8", "%C2%85", "%1B%5B2J"])
async def test_a_line_end_in_an_address_or_a_name_makes_no_second_line(
    house: House, lines: io.StringIO, hidden: str
) -> None:
    """Log injection: a forged line behind a line end, in the path, the query and a header, is no line of the log."""
    forged = f'{hidden}{{"event":"forged"}}'
    for address in (f"{URL}/{forged}", f"{URL}?q={forged}", f"/counter/councils/{forged}/counters"):
        await house.http.get(address, headers=house.headers(actor="sw-1") | {"User-Agent": "x\tforged"})
    assert "forged" not in {line["event"] for line in read(lines)}
    assert "forged" not in lines.getvalue()
