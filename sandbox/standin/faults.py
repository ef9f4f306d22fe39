"""What may go wrong with a service, made to happen on purpose."""

import asyncio
import dataclasses
import time
from dataclasses import dataclass

from aiohttp import web


@dataclass
class Faults:
    """What the next requests meet. All of it is over once its number of requests, or its time, is spent.

    Set its fields in process, or put them as JSON to ``/sandbox/faults``; ``only`` restricts the counted ones
    (``refuse``, ``drop``, ``drop_after``) to requests whose ``"METHOD /path"`` contains that text.
    """

    refuse: int = 0  # so many requests are answered with ``status``
    status: int = 503
    retry_after: int | None = 1  # seconds, the header of refused ones; None leaves it out
    drop: int = 0  # so many requests find their connection closed before anything was done
    drop_after: int = 0  # so many are carried out, but the connection closes instead of an answer
    delay: float = 0.0  # seconds before every request is looked at
    only: str = ""
    unhealthy_until: float = 0.0  # in the clock's time: see ``be_unhealthy``

    def be_unhealthy(self, seconds: float) -> None:
        """Say DOWN when asked for health, for ``seconds`` from now."""
        self.unhealthy_until = time.monotonic() + seconds

    @property
    def healthy(self) -> bool:
        """Say whether the service feels well."""
        return time.monotonic() >= self.unhealthy_until

    def reset(self) -> None:
        """Let everything work again."""
        for field in dataclasses.fields(self):
            setattr(self, field.name, field.default)

    async def meet(self, request: web.Request) -> web.Response | None:
        """Let ``request`` meet what is set: return the refusal, if there is one, or drop the connection."""
        if self.delay:
            await asyncio.sleep(self.delay)
        if (self.refuse or self.drop) and self._concerns(request):
            if self.drop:
                self.drop -= 1
                hang_up(request)
            else:
                self.refuse -= 1
                headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
                return web.Response(status=self.status, headers=headers, text="refused on purpose\n")
        return None

    def after(self, request: web.Request) -> None:
        """Drop the connection of a request that was carried out, if that is set."""
        if self.drop_after and self._concerns(request):
            self.drop_after -= 1
            hang_up(request)

    def _concerns(self, request: web.Request) -> bool:
        return self.only in f"{request.method} {request.raw_path}"


def hang_up(request: web.Request) -> None:
    """Close the connection of ``request`` without an answer."""
    if request.transport is not None:
        request.transport.abort()
    raise ConnectionResetError("dropped on purpose")


async def endpoint(request: web.Request, faults: Faults) -> web.Response:
    """Answer ``/sandbox/faults``: GET shows, PUT sets the named fields, DELETE lets everything work again."""
    if request.method == "DELETE":
        faults.reset()
    if request.method == "PUT":
        wanted = await request.json()
        unhealthy = wanted.pop("unhealthy", None)
        unknown = wanted.keys() - {field.name for field in dataclasses.fields(faults)}
        if unknown:
            return web.json_response({"error": f"unknown: {', '.join(sorted(unknown))}"}, status=400)
        for name, value in wanted.items():
            setattr(faults, name, value)
        if unhealthy is not None:
            faults.be_unhealthy(float(unhealthy))
    return web.json_response(dataclasses.asdict(faults))
