"""``/connections``: create, replace, read, delete, open and close connections, and see how they do."""

import asyncio
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field

from sandbox.ditto import preconditions
from sandbox.ditto.call import Answer, Call, with_value, without_value
from sandbox.ditto.connection_checks import check, check_host, invalid
from sandbox.ditto.connection_model import connection
from sandbox.ditto.connection_status import REACHABLE, Opened, Timing, no_connection, reach, status
from sandbox.ditto.documents import parse_object
from sandbox.ditto.errors import DittoError, method_not_allowed, no_route
from sandbox.ditto.fields import selector
from sandbox.ditto.ids import check_connection
from sandbox.ditto.store import CONNECTION, Document, Entity, Store

PREFIX = "connectivity.commands:"
COMMANDS = (
    "openConnection",
    "closeConnection",
    "resetConnectionMetrics",
    "enableConnectionLogs",
    "resetConnectionLogs",
)


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
            entity.id: Opened(entity.document or {}, brokers.timing)
            for entity in store.all(CONNECTION)
            if (entity.document or {})["connectionStatus"] == "open"
        }
        self._revisions: dict[str, int] = {}

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
                entity = self._found(connection_id)
                preconditions.check(call, "connectivity", entity.tag)
                fields = selector(call.query.get("fields"))
                document = entity.document or {}
                if fields:
                    hidden = {
                        "_revision": entity.revision,
                        "_created": entity.created,
                        "_modified": entity.modified,
                    }
                    document = fields.of(document | hidden)
                return with_value(200, document, entity.tag, entity.revision)
            case "DELETE":
                entity = self._found(connection_id)
                preconditions.check(call, "connectivity", entity.tag)
                self._opened.pop(connection_id, None)
                self._store.delete(CONNECTION, entity)
                return without_value()
        raise method_not_allowed("PUT", "GET", "DELETE")

    def _list(self, call: Call) -> Answer:
        entities = list(self._store.all(CONNECTION))
        if call.query.get("ids-only") == "true":
            return with_value(200, [entity.id for entity in entities])
        fields = selector(call.query.get("fields"))
        documents = [entity.document or {} for entity in entities]
        return with_value(200, [fields.of(document) for document in documents] if fields else documents)

    async def _post(self, call: Call) -> Answer:
        body = parse_object(call.body)
        if "id" in body:
            raise _id_not_settable()
        connection_id = str(uuid.uuid4())
        document = self._checked(body, connection_id)
        if call.flag("dry-run"):
            return await self._tried(connection_id, document)
        return self._created(call, connection_id, document)

    async def _put(self, call: Call, connection_id: str) -> Answer:
        body = parse_object(call.body)
        if body.get("id", connection_id) != connection_id:
            raise _id_not_settable()
        document = self._checked(body, connection_id)
        entity = self._store.find(CONNECTION, connection_id)
        preconditions.check(call, "connectivity", entity.tag if entity else None)
        if entity is None:
            return self._created(call, connection_id, document)
        if (entity.document or {})["connectionType"] != document["connectionType"]:
            raise invalid(f"ConnectionType of existing connection <{connection_id}> cannot be changed!")
        self._store.put(CONNECTION, connection_id, document)
        self._apply(connection_id, document)
        if document["connectionStatus"] == "open":
            await asyncio.sleep(self._brokers.timing.reopening)
        return without_value(entity.tag, entity.revision)

    def _checked(self, body: Document, connection_id: str) -> Document:
        document = connection(body, connection_id)
        check(document)
        check_host(document, self._brokers.blocked)
        return document

    def _created(self, call: Call, connection_id: str, document: Document) -> Answer:
        self._store.put(CONNECTION, connection_id, document)
        self._apply(connection_id, document)
        answer = with_value(201, document)
        answer.headers = {"Location": f"{call.base}/connections/{connection_id}"}
        return answer

    def _apply(self, connection_id: str, document: Document) -> None:
        """Open or close, as the document wants it."""
        if document["connectionStatus"] == "open":
            self._opened[connection_id] = Opened(document, self._brokers.timing)
        else:
            self._opened.pop(connection_id, None)

    async def _tried(self, connection_id: str, document: Document) -> Answer:
        if await reach(document, self._brokers.marks) != REACHABLE:
            raise DittoError(
                504,
                "connectivity:connection.failed",
                f"The Connection with ID '{connection_id}' failed to connect.",
                no_connection(document),
            )
        return Answer(200, None, {"dry-run": "true", "timeout": "15000"})

    async def _command(self, call: Call, entity: Entity) -> Answer:
        text = call.body.decode("utf-8", "replace").strip()
        name = text.removeprefix(PREFIX)
        if not text.startswith(PREFIX) or name not in COMMANDS:
            raise DittoError(
                400,
                "connectivity:command.invalid",
                f"The command <{text}> is invalid or unknown.",
                f"Please provide one of: {', '.join(PREFIX + command for command in COMMANDS)}",
            )
        if name in ("openConnection", "closeConnection"):
            wanted = "open" if name == "openConnection" else "closed"
            document = {**(entity.document or {}), "connectionStatus": wanted}
            self._store.put(CONNECTION, entity.id, document)
            self._apply(entity.id, document)
            if wanted == "open":
                await asyncio.sleep(self._brokers.timing.reopening)
        return Answer(200, None, {"entity-revision": str(entity.revision)})

    async def _about(self, entity: Entity, what: str) -> Answer:
        document = entity.document or {}
        if what == "status":
            opened = self._opened.get(entity.id)
            reached = await reach(document, self._brokers.marks) if opened else ""
            return with_value(200, status(entity.id, document, opened, reached))
        head = {"connectionId": entity.id}
        if what == "logs":
            return with_value(
                200,
                head
                | {"enabledSince": entity.modified, "enabledUntil": entity.modified, "connectionLogs": []},
            )
        return with_value(
            200,
            head
            | {
                "containsFailures": False,
                "connectionMetrics": {"inbound": {}, "outbound": {}},
                "sourceMetrics": {},
                "targetMetrics": {},
            },
        )

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
