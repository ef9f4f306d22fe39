"""The stand-in as a web application."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.grafana import pages
from sandbox.grafana.accounts import PREFIX, Accounts
from sandbox.grafana.dashboards import Dashboards
from sandbox.grafana.elements import Elements
from sandbox.grafana.errors import GrafanaError
from sandbox.grafana.folders import Folders
from sandbox.grafana.plugins import Plugins
from sandbox.grafana.search import search
from sandbox.grafana.sources import Sources
from sandbox.grafana.store import DASHBOARD, Document, Store
from sandbox.standin.credentials import Credentials, basic
from sandbox.standin.faults import Faults, endpoint
from sandbox.standin.record import Record

VERSION = "12.4.0"
LARGEST_BODY = 16 * 1024 * 1024

STORE = web.AppKey("store", Store)
RECORD = web.AppKey("record", Record)
FAULTS = web.AppKey("faults", Faults)


@dataclass
class Database:
    """How writes fare. When ``strict``, a write takes ``seconds`` and locks all others out."""

    strict: bool = False
    seconds: float = 0.02
    busy: bool = False

    async def write(self, work: Callable[[], Any]) -> Any:
        """Do the work of one write."""
        if not self.strict:
            return work()
        if self.busy:
            raise GrafanaError(500, "database is locked")
        self.busy = True
        try:
            await asyncio.sleep(self.seconds)
            return work()
        finally:
            self.busy = False


DATABASE = web.AppKey("database", Database)


def application(
    credentials: Credentials, store: Store | None = None, *, strict: bool = False
) -> web.Application:
    """Return Grafana as an application, which keeps what it is told in ``store``.

    ``credentials`` has the group ``admin``. With ``strict``, writes that overlap fail as they do on SQLite.
    The application's ``RECORD``, ``FAULTS`` and ``DATABASE`` are for tests; people look at ``/``.
    """
    store = Store() if store is None else store
    app = web.Application(client_max_size=LARGEST_BODY)
    app[STORE], app[RECORD], app[FAULTS], app[DATABASE] = store, Record(), Faults(), Database(strict)
    server = Server(credentials, store, app[RECORD], app[FAULTS], app[DATABASE])
    app.router.add_get("/", server.overview)
    app.router.add_get("/sandbox/", server.overview)
    app.router.add_get("/d/{uid}", server.dashboard)
    app.router.add_get("/d/{uid}/{slug}", server.dashboard)
    app.router.add_route("*", "/sandbox/requests", server.requests)
    app.router.add_route("*", "/sandbox/faults", server.faults)
    app.router.add_route("*", "/{path:.*}", server.answer)

    async def close(_: web.Application) -> None:
        store.close()

    app.on_cleanup.append(close)
    return app


class Server:
    """Lets requests in, hands them on, and writes down what came of it."""

    def __init__(
        self, credentials: Credentials, store: Store, record: Record, faults: Faults, database: Database
    ) -> None:
        self._credentials = credentials
        self._store = store
        self._record = record
        self._faults = faults
        self._database = database
        self._folders = Folders(store)
        self._dashboards = Dashboards(store)
        self._elements = Elements(store)
        self._sources = Sources(store)
        self._plugins = Plugins(store)
        self._accounts = Accounts(store)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer any request that is for Grafana."""
        body = await request.read()
        response = await self._faults.meet(request) or await self._respond(request, body)
        self._record.add(request.method, request.raw_path, body, response.status)
        self._faults.after(request)
        return response

    async def _respond(self, request: web.Request, body: bytes) -> web.Response:
        try:
            if request.path == "/api/health":
                return self._health()
            who = await self._enter(request)
            if request.method == "GET":
                return web.json_response(self._read(request))
            document = _parsed(body)
            answer = await self._database.write(lambda: self._write(request, document, who))
            created = (request.method, request.path) == ("POST", "/api/serviceaccounts")
            return web.json_response(answer, status=201 if created else 200)
        except GrafanaError as error:
            return web.json_response(error.body, status=error.status)

    async def _enter(self, request: web.Request) -> str:
        header = request.headers.get("Authorization", "")
        scheme, _, token = header.partition(" ")
        if scheme == "Bearer" and token.startswith(PREFIX):
            who = self._accounts.login_of(token)
            if who is None:
                raise GrafanaError(401, "Invalid API key", messageId="api-key.invalid", statusCode=401)
            return who
        login = basic(header)
        if login is None:
            raise GrafanaError(401, "Unauthorized", messageId="auth.unauthorized", statusCode=401, traceID="")
        if not await self._credentials.valid("admin", *login):
            raise GrafanaError(
                401,
                "Invalid username or password",
                messageId="password-auth.failed",
                statusCode=401,
                traceID="",
            )
        return login[0]

    def _health(self) -> web.Response:
        healthy = self._faults.healthy
        state = "ok" if healthy else "failing"
        return web.json_response(
            {"commit": "sandbox", "database": state, "version": VERSION}, status=200 if healthy else 503
        )

    def _read(self, request: web.Request) -> Any:
        query = request.query
        match request.path.strip("/").split("/"):
            case ["api", "org"]:
                return {"id": 1, "name": "Main Org.", "address": {}}
            case ["api", "user"]:
                return {"id": 1, "login": "admin", "orgId": 1, "isGrafanaAdmin": True}
            case ["api", "search"]:
                return search(self._store, query)
            case ["api", "folders"]:
                return self._folders.listed(query.get("parentUid", ""))
            case ["api", "folders", uid]:
                return self._folders.get(uid)
            case ["api", "folders", uid, "counts"]:
                return self._folders.counts(uid)
            case ["api", "dashboards", "uid", uid]:
                return self._dashboards.get(uid)
            case ["api", "dashboards", "uid", uid, "versions"]:
                return self._dashboards.versions(uid)
            case ["api", "library-elements"]:
                return self._elements.listed(dict(query))
            case ["api", "library-elements", "name", name]:
                return self._elements.named(name)
            case ["api", "library-elements", uid]:
                return self._elements.get(uid)
            case ["api", "library-elements", uid, "connections"]:
                return self._elements.connections(uid)
            case ["api", "datasources"]:
                return self._sources.listed()
            case ["api", "datasources", "uid", uid]:
                return self._sources.get(uid)
            case ["api", "datasources", "name", name]:
                return self._sources.by_name(name)
            case ["api", "plugins"]:
                return self._plugins.listed()
            case ["api", "plugins", plugin, "settings"]:
                return self._plugins.get(plugin)
            case ["api", "serviceaccounts", "search"]:
                return self._accounts.listed(query.get("query", ""))
            case ["api", "serviceaccounts", number]:
                return self._accounts.get(number)
            case ["api", "serviceaccounts", number, "tokens"]:
                self._accounts.get(number)
                return self._accounts.tokens(number)
        raise _no_route()

    def _write(self, request: web.Request, body: Document, who: str) -> Any:
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["api", "folders"]:
                return self._folders.create(body, who)
            case "PUT", ["api", "folders", uid]:
                return self._folders.update(uid, body, who)
            case "POST", ["api", "folders", uid, "move"]:
                return self._folders.move(uid, body, who)
            case "DELETE", ["api", "folders", uid]:
                return self._folders.delete(uid)
            case "POST", ["api", "dashboards", "db"]:
                return self._dashboards.save(body, who)
            case "DELETE", ["api", "dashboards", "uid", uid]:
                return self._dashboards.delete(uid)
            case "POST", ["api", "library-elements"]:
                return self._elements.create(body, who)
            case "PATCH", ["api", "library-elements", uid]:
                return self._elements.update(uid, body, who)
            case "DELETE", ["api", "library-elements", uid]:
                return self._elements.delete(uid)
            case "POST", ["api", "datasources"]:
                return self._sources.create(body)
            case "PUT", ["api", "datasources", "uid", uid]:
                return self._sources.update(uid, body)
            case "DELETE", ["api", "datasources", "uid", uid]:
                return self._sources.delete(uid)
            case "POST", ["api", "plugins", plugin, "settings"]:
                return self._plugins.update(plugin, body)
            case "POST", ["api", "serviceaccounts"]:
                return self._accounts.create(body)
            case "DELETE", ["api", "serviceaccounts", number]:
                return self._accounts.delete(number)
            case "POST", ["api", "serviceaccounts", number, "tokens"]:
                return self._accounts.create_token(number, body)
            case "DELETE", ["api", "serviceaccounts", number, "tokens", token]:
                return self._accounts.delete_token(number, token)
        raise _no_route()

    async def overview(self, _: web.Request) -> web.Response:
        """Show people what there is."""
        return web.Response(text=pages.overview(self._store), content_type="text/html")

    async def dashboard(self, request: web.Request) -> web.Response:
        """Show people a dashboard."""
        row = self._store.get(DASHBOARD, request.match_info["uid"])
        if row is None:
            return web.Response(status=404, text="Dashboard not found\n")
        return web.Response(text=pages.dashboard(row), content_type="text/html")

    async def requests(self, request: web.Request) -> web.Response:
        """Show the requests so far, or forget them."""
        if request.method == "DELETE":
            self._record.clear()
        return web.Response(text=self._record.text(), content_type="application/json")

    async def faults(self, request: web.Request) -> web.Response:
        """Show or set what goes wrong."""
        return await endpoint(request, self._faults)


def _parsed(body: bytes) -> Document:
    if not body:
        return {}
    try:
        document = json.loads(body)
    except ValueError:
        raise GrafanaError(400, "bad request data") from None
    if not isinstance(document, dict):
        raise GrafanaError(400, "bad request data")
    return document


def _no_route() -> GrafanaError:
    return GrafanaError(404, "Not found")
