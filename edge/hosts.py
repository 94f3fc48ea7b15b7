"""Under which names a process answers: a request for another host is refused, and its name is repeated nowhere."""

from collections.abc import Collection
from uuid import uuid4

from starlette.types import ASGIApp, Receive, Scope, Send

from edge.names import host_of
from edge.problems import Problem, response

PROBES = frozenset({"/livez", "/readyz", "/metrics"})


class KnownHosts:
    """ASGI middleware: only requests whose Host is one of ``hosts``, whatever the port, reach the app.

    Probes and metrics answer under any name: whoever asks for them knows an address and no name.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve or refuse one request (421 HOST_NOT_KNOWN)."""
        if scope["type"] == "http" and scope["path"] not in PROBES:
            named = [value for name, value in scope["headers"] if name == b"host"]
            if len(named) != 1 or host_of(named[0].decode("latin-1")) not in self._hosts:
                problem = Problem(421, "HOST_NOT_KNOWN", "Nothing answers under this host's name here.")
                await response(problem, str(uuid4()))(scope, receive, send)
                return
        await self._app(scope, receive, send)


class WithoutProbes:
    """ASGI middleware for a port whose probes are on another: nothing is at their addresses, or below a service's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or say that nothing is there (404 NOT_FOUND)."""
        if scope["type"] == "http":
            before, _, last = scope["path"].rpartition("/")
            if f"/{last}" in PROBES and before.count("/") <= 1:
                problem = Problem(404, "NOT_FOUND", "There is nothing at this address.")
                await response(problem, str(uuid4()))(scope, receive, send)
                return
        await self._app(scope, receive, send)
