"""A stand-in that runs beside its caller: in a thread of its own for tests, or as a whole process."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

HOST = "127.0.0.1"


@contextmanager
def serving(app: web.Application, port: int = 0) -> Iterator[str]:
    """Serve ``app`` on loopback for as long as the block runs; the value is its URL, without a last slash.

    The application lives in a thread with a loop of its own: callers need none.
    """
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    ready = threading.Event()
    failed: list[BaseException] = []

    enough = asyncio.Event()

    async def serve() -> None:
        try:
            await runner.setup()
            await web.TCPSite(runner, HOST, port).start()
        except BaseException as error:
            failed.append(error)
        else:
            ready.set()
            await enough.wait()
        finally:
            ready.set()
            await runner.cleanup()

    def live() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve())
        loop.close()

    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    ready.wait()
    if failed:
        thread.join()
        raise failed[0]
    try:
        yield f"http://{HOST}:{runner.addresses[0][1]}"
    finally:
        loop.call_soon_threadsafe(enough.set)
        thread.join()


def run(app: web.Application, port: int) -> None:
    """Serve ``app`` on loopback until the process is told to end (SIGINT or SIGTERM)."""
    web.run_app(app, host=HOST, port=port, print=None, access_log=None, shutdown_timeout=1)
