"""Who a request comes from: nginx asks before the API, the gateway before the devops' parts."""

from collections.abc import Sequence

from aiohttp import web

from sandbox.ditto.errors import PlainError
from sandbox.standin.credentials import Credentials, basic

ISSUER = "nginx"

_UNAUTHORIZED_PAGE = (
    "<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>\r\n"
    "<center><h1>401 Authorization Required</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


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
                _UNAUTHORIZED_PAGE,
                {"WWW-Authenticate": 'Basic realm="Authentication required"', "Content-Type": "text/html"},
            )
        return f"{ISSUER}:{login[0]}"

    async def devops(self, request: web.Request) -> str:
        """Return the user of a request that is for the devops only. Raises ``PlainError``."""
        login = basic(request.headers.get("Authorization"))
        if login is not None and await self._credentials.valid("devops", *login):
            return login[0]
        text = (
            "The resource requires authentication, which was not supplied with the request"
            if login is None
            else "The supplied authentication is invalid"
        )
        raise PlainError(401, text, {"WWW-Authenticate": 'Basic realm="DITTO-DEVOPS",charset=UTF-8'})


def user(request: web.Request) -> str:
    """Return the name that a request gives."""
    login = basic(request.headers.get("Authorization"))
    return login[0] if login else ""
