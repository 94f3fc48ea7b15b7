"""The operators' nginx configuration, as the document has it, in front of a web process."""

import asyncio
import re
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.types import Receive, Scope, Send

from deploy.local.processes import free_port
from edge.hosts import KnownHosts
from edge.protocol import server_config
from tests.edge.counter import SWINDON, House, counter_house

pytestmark = pytest.mark.connected

DOCUMENT = Path(__file__).parents[2] / "docs/operators.md"
HOST = "panelbook.example"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/sbin:/bin")
COUNTERS = f"/counter/councils/{SWINDON}/counters"


@dataclass
class Proxied:
    """A web process behind nginx, and the headers with which requests reach it."""

    house: House
    http: httpx.AsyncClient
    server: uvicorn.Server
    serving: "asyncio.Task[None]"
    heads: list[dict[str, str]] = field(default_factory=list[dict[str, str]])


@pytest.fixture
async def proxied(tmp_path: Path) -> AsyncIterator[Proxied]:
    """The counter service over HTTP behind the configuration of the document, under a certificate made for it."""
    if NGINX is None:
        pytest.skip("needs nginx (Debian's package nginx)")
    behind, before = free_port(), free_port()
    async with counter_house(tmp_path) as house:
        known = KnownHosts(house.app, [HOST])
        heads: list[dict[str, str]] = []

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            heads.append({name.decode(): value.decode() for name, value in scope["headers"]})
            await known(scope, receive, send)

        server = uvicorn.Server(server_config(app, host="127.0.0.1", port=behind, lifespan="off"))
        serving = asyncio.create_task(server._serve())
        context = _certificate(tmp_path)
        with _nginx(tmp_path, _configuration(tmp_path, before, behind)):
            transport = httpx.AsyncHTTPTransport(verify=context)
            async with httpx.AsyncClient(transport=transport, base_url=f"https://localhost:{before}") as http:
                http.headers["Host"] = HOST
                await _answers(http)
                heads.clear()
                yield Proxied(house, http, server, serving, heads)
        server.should_exit = True
        await serving


def _configuration(folder: Path, before: int, behind: int) -> str:
    """The document's, at ports and files of the test's own, for few requests and for answers as small as ours here."""
    (text,) = re.findall(r"```nginx\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    scratch = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    for was, becomes in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{before} ssl;"),
        ("127.0.0.1:8000", f"127.0.0.1:{behind}"),
        ("/etc/panelbook/tls", str(folder)),
        ("http {\n", f"http {{\n{scratch}"),
        ("rate=100r/s", "rate=1r/s"),
        ("burst=200", "burst=30"),
        ("gzip_min_length 1024", "gzip_min_length 20"),
    ):
        assert text.count(was) >= 1, was
        text = text.replace(was, becomes)
    return text


@contextmanager
def _nginx(folder: Path, configuration: str) -> Iterator[None]:
    path = folder / "nginx.conf"
    path.write_text(configuration, encoding="utf-8")
    log = folder / "error.log"
    directives = f"daemon off; master_process off; pid {folder}/nginx.pid; error_log {log};"
    assert NGINX is not None
    process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(path), "-e", str(log), "-g", directives])
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def _certificate(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding, unsealed = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(encoding))
    (folder / "key.pem").write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, unsealed))
    return ssl.create_default_context(cafile=str(folder / "certificate.pem"))


async def _answers(http: httpx.AsyncClient) -> None:
    for _ in range(500):
        with suppress(httpx.TransportError):
            if (await http.get("/counter/openapi.json")).status_code == 200:
                return
        await asyncio.sleep(0.02)  # looks again: nothing tells when it is so
    pytest.fail("nginx does not answer")


async def test_a_weak_tag_of_a_compressed_answer_names_the_version(proxied: Proxied) -> None:
    """The tag that nginx made weak goes back as it came, and the command is taken."""
    path = f"{COUNTERS}/{await proxied.house.start()}"
    shown = await proxied.http.get(path, headers=proxied.house.headers())
    assert (shown.status_code, shown.headers["Content-Encoding"], shown.headers["ETag"]) == (200, "gzip", 'W/"1"')
    headers = proxied.house.headers() | {"If-Match": shown.headers["ETag"]}
    raised = await proxied.http.post(f"{path}/raising", json={"by": 1}, headers=headers)
    assert (raised.status_code, raised.headers["ETag"]) == (200, 'W/"2"')


async def test_what_the_proxy_refuses_is_a_problem_document(proxied: Proxied) -> None:
    """Too large a body, too large a head, a probe, and nobody behind it."""
    headers = proxied.house.headers()
    body = await proxied.http.post(COUNTERS, content=b"x" * 300_000, headers=headers)
    head = await proxied.http.get(COUNTERS, headers=headers | {"X-Long": "x" * 40_000})
    probes = [await proxied.http.get(path) for path in ("/metrics", "/livez", "/counter/readyz")]
    assert not proxied.heads, "none of them reached the process"
    proxied.server.should_exit = True
    await proxied.serving
    away = await proxied.http.get(f"{COUNTERS}/x", headers=headers)
    assert away.headers["Retry-After"] == "5"
    expected = [(413, "BODY_TOO_LARGE"), (431, "HEAD_TOO_LARGE"), *[(404, "NOT_FOUND")] * 3, (503, "NOT_AVAILABLE")]
    for answer, (status, code) in zip((body, head, *probes, away), expected, strict=True):
        assert answer.headers["Content-Type"] == "application/problem+json"
        document = answer.json()
        assert (answer.status_code, document["status"], document["code"]) == (status, status, code)


async def test_a_caller_cannot_say_where_it_comes_from(proxied: Proxied) -> None:
    """Forwarded headers are the proxy's own; the host is the caller's, and only ours is answered."""
    spoofed = dict.fromkeys(("X-Forwarded-For", "X-Forwarded-Host", "Forwarded"), "203.0.113.9")
    await proxied.http.get("/counter/openapi.json", headers=spoofed | {"X-Forwarded-Proto": "http"})
    (head,) = proxied.heads
    assert (head["host"], head["x-forwarded-for"], head["x-forwarded-proto"]) == (HOST, "127.0.0.1", "https")
    assert "203.0.113.9" not in head.values()
    other = await proxied.http.get("/counter/openapi.json", headers={"Host": "elsewhere.example"})
    assert (other.status_code, other.json()["code"]) == (421, "HOST_NOT_KNOWN")


async def test_too_many_requests_at_once_are_429_with_retry_after(proxied: Proxied) -> None:
    """From one address, whoever it is that asks."""
    answers = await asyncio.gather(*(proxied.http.get("/counter/nowhere") for _ in range(60)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert 10 <= len(refused) <= 30
    said = {(answer.json()["code"], answer.headers["Retry-After"]) for answer in refused}
    assert said == {("TOO_MANY_REQUESTS", "5")}
