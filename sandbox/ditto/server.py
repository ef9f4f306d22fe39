"""The stand-in as a web application: nginx and the gateway in one."""

import asyncio
import re
import uuid
from collections.abc import Mapping
from urllib.parse import unquote

from aiohttp import web
from multidict import MultiDict, MultiDictProxy
from yarl import URL

from sandbox.ditto import front
from sandbox.ditto.call import Answer, Call
from sandbox.ditto.connections import Brokers, Connections
from sandbox.ditto.documents import UnansweredError, dumps
from sandbox.ditto.errors import DittoError, PlainError, method_not_allowed, no_route
from sandbox.ditto.pages import overview
from sandbox.ditto.policies import Policies
from sandbox.ditto.preconditions import NotModifiedError
from sandbox.ditto.search import Search
from sandbox.ditto.store import Store
from sandbox.ditto.things import Things
from sandbox.standin.credentials import Credentials
from sandbox.standin.faults import Faults, endpoint
from sandbox.standin.record import Record

LARGEST_BODY = 1024 * 1024  # bytes
LOGGING = dumps({"gateway": {"gateway": {"instance": "gateway", "loggerConfigs": []}}})
NEVER = 1.0  # seconds until a command that is never answered times out; a real Ditto takes 42

STORE = web.AppKey("store", Store)
RECORD = web.AppKey("record", Record)
FAULTS = web.AppKey("faults", Faults)
BROKERS = web.AppKey("brokers", Brokers)


def application(
    credentials: Credentials, store: Store | None = None, *, brokers: Brokers | None = None
) -> web.Application:
    """Return Ditto as an application, which keeps what it is told in ``store``.

    ``credentials`` has two groups, ``api`` (whose users become ``nginx:<user>``) and ``devops``. The
    application's ``RECORD``, ``FAULTS`` and ``BROKERS`` are for tests; over HTTP they are below ``/sandbox``,
    next to a page to look at.
    """
    store = Store() if store is None else store
    brokers = Brokers() if brokers is None else brokers
    # aiohttp's own limit would answer by itself; ours answers as Ditto does.
    app = web.Application(client_max_size=LARGEST_BODY + 1)
    app[STORE], app[RECORD], app[FAULTS], app[BROKERS] = store, Record(), Faults(), brokers
    server = Server(credentials, store, app[RECORD], app[FAULTS], brokers)
    app.router.add_get("/sandbox/", server.page)
    app.router.add_route("*", "/sandbox/requests", server.requests)
    app.router.add_route("*", "/sandbox/faults", server.faults)
    app.router.add_route("*", "/sandbox/brokers", server.brokers)
    app.router.add_route("*", "/{path:.*}", server.answer)

    async def close(_: web.Application) -> None:
        store.close()

    app.on_cleanup.append(close)
    return app


class Server:
    """Lets requests in, hands them to the service they are for, and writes down what came of it."""

    def __init__(
        self, credentials: Credentials, store: Store, record: Record, faults: Faults, brokers: Brokers
    ) -> None:
        policies = Policies(store)
        self._store = store
        self._policies = policies
        self._things = Things(store, policies)
        self._search = Search(store)
        self._connections = Connections(store, brokers)
        self._front = front.Front(credentials)
        self._record = record
        self._faults = faults
        self._brokers = brokers

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer any request that is for Ditto."""
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            self._record.add(request.method, request.raw_path, b"", 413)
            return _too_large()
        response = await self._faults.meet(request) or await self._respond(request, body)
        self._record.add(request.method, request.raw_path, body, response.status)
        self._faults.after(request)
        return response

    async def _respond(self, request: web.Request, body: bytes) -> web.Response:
        correlation = request.headers.get("correlation-id") or str(uuid.uuid4())
        try:
            if len(body) > LARGEST_BODY:
                return _too_large()
            answer = await self._dispatch(request, body)
        except PlainError as error:
            return _text(error.status, error.text, error.headers)
        except DittoError as error:
            headers = error.headers if error.by_gateway else error.headers | {"correlation-id": correlation}
            return _json(error.status, dumps(error.body()), headers)
        except NotModifiedError as error:
            return web.Response(status=304, headers={"etag": error.tag, "correlation-id": correlation})
        headers = {
            "correlation-id": correlation,
            "ditto-originator": f"{front.ISSUER}:{front.user(request)}",
            "response-required": "true",
            **answer.headers,
        }
        if answer.body is None:
            return web.Response(status=answer.status, headers=headers)
        return _json(answer.status, answer.body, headers)

    async def _dispatch(self, request: web.Request, body: bytes) -> Answer:
        path, _, query = request.raw_path.partition("?")
        segments = tuple(unquote(segment) for segment in path.split("/")[1:])
        match segments:
            case ("health",):
                return self._health()
            case ("status", *_):
                await self._front.status(request)
                return self._health()
            case ("devops", *rest):
                await self._front.devops(request)
                if rest == ["logging"]:
                    return Answer(200, LOGGING)
                raise no_route()
            case ("api",):
                await self._front.enter(request, ())
                raise no_route()
            case ("api", version, *rest):
                subject = await self._front.enter(request, rest)
                if version != "2":
                    raise _version_not_supported(version) if version == "1" else no_route()
                call = Call(
                    request.method,
                    tuple(rest),
                    MultiDictProxy(MultiDict(URL.build(query_string=query, encoded=True).query))
                    if query
                    else _NO_QUERY,
                    request.headers,
                    body,
                    subject,
                    tuple(path.split("/")[3:]),
                    f"{request.scheme}://{request.host}/api/2",
                )
                return await self._served(call)
        raise front.nowhere()

    def _health(self) -> Answer:
        healthy = self._faults.healthy
        return Answer(200 if healthy else 503, dumps({"status": "UP" if healthy else "DOWN"}))

    async def _served(self, call: Call) -> Answer:
        try:
            match call.segments[:1]:
                case ("things",):
                    answer = self._things.answer(call)
                case ("policies",):
                    answer = self._policies.answer(call)
                case ("connections",):
                    answer = await self._connections.answer(call)
                case ("search",):
                    answer = self._search.answer(call)
                case ("whoami",) if call.method != "GET":
                    raise method_not_allowed("GET")
                case ("whoami",):
                    answer = Answer(200, dumps({"defaultSubject": call.subject, "subjects": [call.subject]}))
                case _:
                    raise no_route()
        except UnansweredError:
            await asyncio.sleep(NEVER)
            raise _never_answered(call.option("timeout")) from None
        if call.method != "GET" and (
            call.option("response-required") == "false" or call.option("timeout") == "0"
        ):
            return Answer(202)
        return answer

    async def page(self, _: web.Request) -> web.Response:
        """Show people what there is."""
        return web.Response(text=overview(self._store), content_type="text/html")

    async def requests(self, request: web.Request) -> web.Response:
        """Show the requests so far, or forget them."""
        if request.method == "DELETE":
            self._record.clear()
        return web.Response(text=self._record.text(), content_type="application/json")

    async def faults(self, request: web.Request) -> web.Response:
        """Show or set what goes wrong."""
        return await endpoint(request, self._faults)

    async def brokers(self, request: web.Request) -> web.Response:
        """Show or set what connections find at their other end."""
        if request.method == "PUT":
            self._brokers.marks.clear()
            self._brokers.marks.update(await request.json())
        return web.json_response(self._brokers.marks)


_NO_QUERY: MultiDictProxy[str] = MultiDictProxy(MultiDict())


def _version_not_supported(version: str) -> DittoError:
    return DittoError(
        404,
        "api.version.notsupported",
        f"The requested resource is not supported by version '{version}'.",
        "Check if you specified the correct version of the API.",
        by_gateway=True,
    )


def _never_answered(timeout: str | None) -> DittoError:
    if timeout is None:
        return DittoError(
            503,
            "ask.error",
            "There was an internal timeout.",
            "Please retry the performed action in order to improve resiliency.",
        )
    number, unit = re.fullmatch(r"(\d*)(.*)", timeout, re.DOTALL).groups()  # type: ignore[union-attr]
    milliseconds = int(number or 0) * {"ms": 1, "m": 60_000}.get(unit, 1000)
    return DittoError(
        408,
        "command.timeout",
        f"The Command reached the specified timeout of {milliseconds:,}ms.",
        "Try increasing the command timeout.",
    )


def _too_large() -> web.Response:
    response = _text(413, front.page("413 Request Entity Too Large"), {"Content-Type": "text/html"})
    response.force_close()
    return response


def _json(status: int, body: str, headers: Mapping[str, str]) -> web.Response:
    return web.Response(
        status=status, body=body.encode("utf-8"), headers={"Content-Type": "application/json", **headers}
    )


def _text(status: int, text: str, headers: Mapping[str, str]) -> web.Response:
    content_type = headers.get("Content-Type", "text/plain; charset=UTF-8")
    return web.Response(status=status, body=text.encode(), headers={**headers, "Content-Type": content_type})
