"""An app on an address of its own, in the test's own loop: what a real connection brings with it, and no server around.

A server looks ten times a second whether it is to end, and then waits as long again; so would each of these tests.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from uvicorn.server import ServerState

Address = tuple[str, int]


@asynccontextmanager
async def accepting(app: Any, *, send_buffer: int | None = None, **options: Any) -> AsyncIterator[Address]:
    """Answer connections with this app for so long; `options` are uvicorn's, `send_buffer` is in bytes.

    Whoever is still connected at the end is cut off, and what still runs is waited for.
    """
    config = uvicorn.Config(app, lifespan="off", log_config=None, **options)
    config.load()
    protocol: Any = config.http_protocol_class
    state = ServerState()
    listener = socket.create_server(("127.0.0.1", 0))
    if send_buffer is not None:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
    server = await asyncio.get_running_loop().create_server(
        lambda: protocol(config=config, server_state=state, app_state={}), sock=listener
    )
    yield listener.getsockname()
    server.close()
    for connected in list(state.connections):
        connected.transport.abort()
    await asyncio.gather(*state.tasks)
