"""``/connections``: create, replace, read, delete, open and close connections, and see how they do."""

import asyncio
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field

from sandbox.ditto import preconditions
from sandbox.ditto.call import Answer, Call, with_value, without_value
from sandbox.ditto.connection_checks import check, check_host
from sandbox.ditto.connection_model import connection
from sandbox.ditto.connection_reports import logs, metrics
from sandbox.ditto.connection_status import REACHABLE, Opened, Timing, reach, reason, status
from sandbox.ditto.documents import parse_object
from sandbox.ditto.errors import DittoError, method_not_allowed, no_route
from sandbox.ditto.fields import selector
from sandbox.ditto.ids import check_connection
from sandbox.ditto.store import CONNECTION, Document, Entity, Store

PREFIX = "connectivity.commands:"


@dataclass
class Brokers:
    """What lies at the other end of connections, as far as the stand-in is told.

    ``marks`` says of a host, or a ``host:port``, that it is ``reachable``, ``unreachable`` or
    ``misconfigured``; ``blocked`` are hosts that no connection may name.
    """

    marks: dict[str, str] = field(default_factory=dict)
    blocked: Collection[str] = ()
    timing: Timing = field(default_factory=Timing)


class Connections:
    """Answers the calls below ``/connections``."""

    def __init__(self, store: Store, brokers: Brokers) -> None:
        self._store = store
        self._brokers = brokers
        # Those that were open when the process ended are opened again, as Ditto does.
        self._opened = {
            entity.id: Opened(brokers.timing)
            for entity in store.all(CONNECTION)
            if (entity.document or {})["connectionStatus"] == "open"
        }

    async def answer(self, call: Call) -> Answer:
        """Answer a call whose first segment is ``connections``."""
        match call.segments[1:], call.method:
            case () | ("",), "GET":
                return self._list(call)
            case () | ("",), "POST":
                return await self._post(call)
            case () | ("",), _:
                raise method_not_allowed("GET", "POST")
            case (connection_id,), method:
                check_connection(connection_id)
                return await self._of_one(call, connection_id, method)
            case (connection_id, "command"), method:
                if method != "POST":
                    raise method_not_allowed("POST")
                check_connection(connection_id)
                return await self._command(call, self._found(connection_id))
            case (connection_id, "status" | "logs" | "metrics" as what), method:
                if method != "GET":
                    raise method_not_allowed("GET")
                check_connection(connection_id)
                return await self._about(self._found(connection_id), what)
        raise no_route()

    async def _of_one(self, call: Call, connection_id: str, method: str) -> Answer:
        match method:
            case "PUT":
                return await self._put(call, connection_id)
            case "GET":
                return self._get(call, self._found(connection_id))
            case "DELETE":
                entity = self._found(connection_id)
                preconditions.check(call, "connectivity", entity.tag)
                self._opened.pop(connection_id, None)
                self._store.delete(CONNECTION, entity)
                return without_value(None, entity.revision)
        raise method_not_allowed("PUT", "GET", "DELETE")

    def _get(self, call: Call, entity: Entity) -> Answer:
        preconditions.check(call, "connectivity", entity.tag)
        fields = selector(call.query.get("fields"))
        document = entity.document or {}
        if fields is not None:
            hidden = {"_revision": entity.tagged, "_created": entity.created, "_modified": entity.modified}
            document = fields.of(document | hidden)
        return with_value(200, document, entity.tag, entity.revision)

    def _list(self, call: Call) -> Answer:
        entities = list(self._store.all(CONNECTION))
        if call.query.get("ids-only") == "true":
            return with_value(200, [entity.id for entity in entities])
        fields = selector(call.query.get("fields"))
        documents = [entity.document or {} for entity in entities]
        return with_value(200, [fields.of(document) for document in documents] if fields else documents)

    async def _post(self, call: Call) -> Answer:
        call.check_json()
        body = parse_object(call.body)
        if "id" in body:
            raise _id_not_settable()
        connection_id = str(uuid.uuid4())
        if not call.flag("dry-run"):
            return self._created(call, self._checked(body, connection_id, "unknown"))
        document = self._checked(body, f"{connection_id}-dry-run", "unknown")
        await self._connect(document)
        return Answer(200, None, {"dry-run": "true", "timeout": "15000"})

    async def _put(self, call: Call, connection_id: str) -> Answer:
        call.check_json()
        body = parse_object(call.body)
        if body.get("id", connection_id) != connection_id:
            raise _id_not_settable()
        document = self._checked(body, connection_id)
        entity = self._store.find(CONNECTION, connection_id)
        preconditions.check(call, "connectivity", entity.tag if entity else None)
        if entity is None:
            return self._created(call, document)
        self._store.put(CONNECTION, connection_id, document)
        await self._apply(document)
        return without_value(None, entity.revision)

    def _checked(self, body: Document, connection_id: str, status: str | None = None) -> Document:
        document = connection(body, connection_id, status)
        check(document)
        check_host(document, self._brokers.blocked)
        return document

    def _created(self, call: Call, document: Document) -> Answer:
        """Store a new connection, which is opened after the answer: it may fail without anyone hearing of it."""
        entity = self._store.put(CONNECTION, document["id"], document)
        self._switch(document)
        answer = with_value(201, document, None, entity.revision)
        answer.headers = {**answer.headers, "Location": call.location("connections", document["id"])}
        return answer

    def _switch(self, document: Document) -> None:
        if document["connectionStatus"] == "open":
            self._opened[document["id"]] = Opened(self._brokers.timing)
        else:
            self._opened.pop(document["id"], None)

    async def _apply(self, document: Document) -> None:
        """Open or close a connection that is stored already, and say so if its broker does not answer."""
        self._switch(document)
        if document["connectionStatus"] == "open":
            await asyncio.sleep(self._brokers.timing.reopening)
            await self._connect(document)

    async def _connect(self, document: Document) -> None:
        reached = await reach(document, self._brokers.marks)
        if reached != REACHABLE:
            raise DittoError(
                504,
                "connectivity:connection.failed",
                f"The Connection with ID '{document['id']}' failed to connect.",
                reason(document, reached),
            )

    async def _command(self, call: Call, entity: Entity) -> Answer:
        call.check_text()
        text = call.body.decode("utf-8", "replace").strip()
        match text.removeprefix(PREFIX) if text.startswith(PREFIX) else "":
            case "openConnection" | "closeConnection" as name:
                wanted = "open" if name == "openConnection" else "closed"
                document = {**(entity.document or {}), "connectionStatus": wanted}
                self._store.put(CONNECTION, entity.id, document, keep_tag=True)
                await self._apply(document)
                return Answer(200, None, {"entity-revision": str(entity.revision)})
            case "resetConnectionMetrics" | "enableConnectionLogs" | "resetConnectionLogs":
                return Answer(200, None, {"entity-revision": str(entity.revision + 1)})
        raise DittoError(
            400,
            "connectivity:command.invalid",
            f"The command <{text}> is invalid or unknown.",
            f"Choose from one of the valid commands, e.g. <{PREFIX}openConnection>.",
            by_gateway=True,
        )

    async def _about(self, entity: Entity, what: str) -> Answer:
        document = entity.document or {}
        opened = self._opened.get(entity.id)
        reached = await reach(document, self._brokers.marks) if opened else REACHABLE
        match what:
            case "status":
                return with_value(200, status(entity.id, document, opened, reached))
            case "logs":
                return with_value(200, logs(entity.id, document, opened, reached))
        return with_value(200, metrics(entity.id, document, opened))

    def _found(self, connection_id: str) -> Entity:
        entity = self._store.find(CONNECTION, connection_id)
        if entity is None:
            raise DittoError(
                404,
                "connectivity:connection.notfound",
                f"The Connection with ID '{connection_id}' could not be found"
                " or requester had insufficient permissions to access it.",
                "Check if the ID of your requested Connection was correct"
                " and you have sufficient permissions.",
            )
        return entity


def _id_not_settable() -> DittoError:
    return DittoError(
        400,
        "connectivity:id.notsettable",
        "It is not allowed to provide an explicit ID for a connection.",
        "Remove the ID from the connection as it will be generated.",
        by_gateway=True,
    )
