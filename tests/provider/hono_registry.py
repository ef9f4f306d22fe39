"""Hono's device registry in this process, with the rules of its management API.

See https://eclipse.dev/hono/docs/api/management/: POST makes and says 409 to what exists; PUT with If-Match
says 412 to another version; a device comes with an empty list of credentials, which a PUT replaces whole; a
plain password is hashed and never told again; secrets get ids.
"""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.standin.record import Request

LOGIN = {"username": "registry", "password": "s3cret-of-hono"}
STATE: web.AppKey["State"] = web.AppKey("state")
LETS_IN: web.AppKey[Callable[[], dict[str, str]]] = web.AppKey("lets in")


class State:
    """What is in the registry, and which requests came."""

    def __init__(self) -> None:
        self.tenants: dict[str, tuple[dict[str, Any], str]] = {}
        self.devices: dict[tuple[str, str], tuple[dict[str, Any], str]] = {}
        self.credentials: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.received: list[Request] = []
        self.version = 0
        self.lose_answers = 0  # how many requests are done, and their answers lost

    def next_version(self) -> str:
        self.version += 1
        return f"version-{self.version}"

    def writes(self) -> list[tuple[str, str]]:
        return [(one.method, one.path) for one in self.received if one.method != "GET"]


def application(login: Callable[[], dict[str, str]] = lambda: LOGIN) -> web.Application:
    """The registry, for who has this login."""
    app = web.Application(middlewares=[_door])
    app[STATE] = State()
    app[LETS_IN] = login
    for path, handler in (
        ("/v1/tenants", _tenants),
        ("/v1/tenants/{tenant}", _tenant),
        ("/v1/devices/{tenant}", _devices),
        ("/v1/devices/{tenant}/{device}", _device),
        ("/v1/credentials/{tenant}/{device}", _credentials),
    ):
        app.router.add_route("*", path, handler)
    return app


@web.middleware
async def _door(request: web.Request, handler: Any) -> web.StreamResponse:
    login = request.app[LETS_IN]()
    wanted = base64.b64encode(f"{login['username']}:{login['password']}".encode()).decode()
    if request.headers.get("Authorization") != f"Basic {wanted}":
        raise web.HTTPUnauthorized
    state = request.app[STATE]
    state.received.append(Request(request.method, request.path, await request.text(), 0))
    response: web.StreamResponse = await handler(request)
    if request.method != "GET" and state.lose_answers:
        state.lose_answers -= 1
        assert request.transport is not None
        request.transport.close()
    return response


def _no(status: int, error: str = "") -> web.Response:
    return web.json_response({"error": error}, status=status) if error else web.Response(status=status)


async def _tenants(request: web.Request) -> web.Response:
    tenants = request.app[STATE].tenants
    if not tenants:
        return _no(404)
    return web.json_response({"total": len(tenants), "result": [{"id": key} for key in tenants]})


async def _tenant(request: web.Request) -> web.Response:
    state, tenant = request.app[STATE], request.match_info["tenant"]
    return await _one(request, state.tenants, tenant)


async def _devices(request: web.Request) -> web.Response:
    found = [
        device for tenant, device in request.app[STATE].devices if tenant == request.match_info["tenant"]
    ]
    if not found:
        return _no(404)
    return web.json_response({"total": len(found), "result": [{"id": device} for device in found[:1]]})


async def _device(request: web.Request) -> web.Response:
    state = request.app[STATE]
    key = request.match_info["tenant"], request.match_info["device"]
    if key[0] not in state.tenants:
        return _no(404, "no such tenant")
    response = await _one(request, state.devices, key)
    if response.status == 201:
        state.credentials[key] = []
    elif request.method == "DELETE":
        state.credentials.pop(key, None)
    return response


async def _one(request: web.Request, kept: dict[Any, tuple[dict[str, Any], str]], key: Any) -> web.Response:
    state = request.app[STATE]
    if request.method == "POST":
        if key in kept:
            return _no(409, "exists already")
        document = await request.json()
        if not isinstance(document.get("enabled", True), bool):
            return _no(400, "enabled must be a boolean")
        kept[key] = _stored(document), state.next_version()
        return web.json_response({"id": key}, status=201, headers={"ETag": kept[key][1]})
    if key not in kept:
        return _no(404)
    document, version = kept[key]
    if request.method == "GET":
        return web.json_response(document, headers={"ETag": version})
    if request.headers.get("If-Match", version) != version:
        return _no(412)
    if request.method == "PUT":
        kept[key] = _stored(await request.json()), state.next_version()
        return web.Response(status=204, headers={"ETag": kept[key][1]})
    del kept[key]
    return _no(204)


def _stored(document: dict[str, Any]) -> dict[str, Any]:
    """As the registry keeps it: trusted authorities get ids."""
    for number, authority in enumerate(document.get("trusted-ca", [])):
        authority.setdefault("id", f"anchor-{number}")
    return document


async def _credentials(request: web.Request) -> web.Response:
    state = request.app[STATE]
    key = request.match_info["tenant"], request.match_info["device"]
    if key not in state.credentials:
        return _no(404)
    if request.method == "GET":
        return web.json_response(state.credentials[key])
    state.credentials[key] = [_hidden(each) for each in await request.json()]
    return _no(204)


def _hidden(credential: dict[str, Any]) -> dict[str, Any]:
    secrets = []
    for number, secret in enumerate(credential.get("secrets", [])):
        found = {key: value for key, value in secret.items() if key not in ("pwd-plain", "key")}
        if "pwd-plain" in secret:
            digest = hashlib.sha256(secret["pwd-plain"].encode()).hexdigest()
            found |= {"hash-function": "bcrypt", "pwd-hash": digest}
        secrets.append({"id": f"secret-{number}", **found})
    return credential | {"secrets": secrets}
