"""Who a request comes from: nginx asks before the API, the gateway before the devops' parts."""

from collections.abc import Sequence

from aiohttp import web

from sandbox.ditto.errors import PlainError
from sandbox.standin.credentials import Credentials, basic

ISSUER = "nginx"

HTML = {"Content-Type": "text/html"}


def page(title: str) -> str:
    """Return nginx's own page for an error."""
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )


def nowhere() -> PlainError:
    """Nginx passes nothing on from that path."""
    return PlainError(404, page("404 Not Found"), HTML)


class Front:
    """Lets requests in, or not."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    async def enter(self, request: web.Request, path: Sequence[str]) -> str:
        """Return the subject of a request to the API. Raises ``PlainError``."""
        if path and path[0] == "connections":
            return await self.devops(request)
        login = basic(request.headers.get("Authorization"))
        if login is None or not await self._credentials.valid("api", *login):
            raise PlainError(
                401,
                page("401 Authorization Required"),
                HTML | {"WWW-Authenticate": 'Basic realm="Authentication required"'},
            )
        return f"{ISSUER}:{login[0]}"

    async def devops(self, request: web.Request) -> str:
        """Return the user of a request that is for the devops only. Raises ``PlainError``."""
        return await self._gateways(request, "DITTO-DEVOPS")

    async def status(self, request: web.Request) -> str:
        """Return the user of a request for the status of all services, the devops again."""
        return await self._gateways(request, "DITTO-STATUS")

    async def _gateways(self, request: web.Request, realm: str) -> str:
        login = basic(request.headers.get("Authorization"))
        if login is not None and await self._credentials.valid("devops", *login):
            return login[0]
        text = (
            "The resource requires authentication, which was not supplied with the request"
            if login is None
            else "The supplied authentication is invalid"
        )
        raise PlainError(401, text, {"WWW-Authenticate": f'Basic realm="{realm}",charset=UTF-8'})


def user(request: web.Request) -> str:
    """Return the name that a request gives."""
    login = basic(request.headers.get("Authorization"))
    return login[0] if login else ""
