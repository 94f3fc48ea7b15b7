"""A collector of spans: takes OTLP over HTTP on loopback, and keeps what it was sent."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Sent:
    """One span: which process sent it, what it is called, and where it belongs."""

    process: str
    name: str
    service: str
    trace: str
    span: str
    parent: str
    told: str
    """Everything that it says, as text."""


@dataclass
class Collector:
    """What has been sent so far."""

    endpoint: str = ""
    spans: list[Sent] = field(default_factory=list[Sent])

    def take(self, body: bytes) -> None:
        """Keep every span of one request."""
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            process = next(one.value.string_value for one in resource.resource.attributes if one.key == "service.name")
            for scope in resource.scope_spans:
                for span in scope.spans:
                    said = {one.key: one.value.string_value for one in span.attributes}
                    self.spans.append(
                        Sent(
                            process,
                            span.name,
                            said.get("panelbook.service", ""),
                            span.trace_id.hex(),
                            span.span_id.hex(),
                            span.parent_span_id.hex(),
                            str(span),
                        )
                    )

    def of_trace(self, trace: str) -> list[Sent]:
        """Every span of one trace."""
        return [span for span in list(self.spans) if span.trace == trace]


@contextmanager
def collecting() -> Iterator[Collector]:
    """Take spans for the length of the block."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.take(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.end_headers()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield collector
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
