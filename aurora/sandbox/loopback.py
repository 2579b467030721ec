"""An ASGI application served on loopback by uvicorn in a thread, and the wait for Ctrl-C that goes with it."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from aurora.sandbox.errors import SandboxError

if TYPE_CHECKING:
    import uvicorn

HOST = "127.0.0.1"
_START_SECONDS = 20


class LoopbackServer:
    """Serves an application on 127.0.0.1 between :meth:`start` and :meth:`stop`; prints and logs nothing.

    ``more_ports`` are listened on besides: the next ones after ``port`` where they are free, else any.
    """

    def __init__(self, app: Any, *, port: int = 0, more_ports: int = 0) -> None:
        self._app = app
        self._wanted_port = port
        self._more_ports = more_ports
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._port: int | None = None
        self.more_ports: tuple[int, ...] = ()

    @property
    def port(self) -> int:
        """The port that is listened on.

        Raises:
            SandboxError: not started.
        """
        if self._port is None:
            raise SandboxError("sandbox server is not running; start it, or use it as a context manager")
        return self._port

    def start(self) -> None:
        """Listen, and return when requests are answered.

        Raises:
            SandboxError: the port is taken.
        """
        import uvicorn

        listeners = [self._bind(self._wanted_port)]
        listeners += [self._bind_near(self._wanted_port, place) for place in range(1, self._more_ports + 1)]
        config = uvicorn.Config(
            self._app,
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            date_header=False,
            # Longer than a client's pool keeps an idle connection: a reused one must not be gone.
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": listeners}, name="aurora-sandbox", daemon=True)
        thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                for listener in listeners:
                    listener.close()
                raise SandboxError(f"sandbox server did not start on {HOST}; see whether the machine is overloaded")
            time.sleep(0.002)
        self._server, self._thread, self._port = server, thread, listeners[0].getsockname()[1]
        self.more_ports = tuple(listener.getsockname()[1] for listener in listeners[1:])

    def stop(self) -> None:
        """Stop listening; requests under way have a second to finish. A stopped server may be stopped again."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
        self._server = self._thread = self._port = None
        self.more_ports = ()

    def _bind_near(self, port: int, place: int) -> socket.socket:
        if port:
            with suppress(SandboxError):
                return self._bind(port + place)
        return self._bind(0)

    def _bind(self, port: int) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen(512)
        except (OSError, OverflowError) as error:
            listener.close()
            raise SandboxError(
                f"sandbox server cannot listen on {HOST}:{port} ({error}); free the port or choose another with --port"
            ) from error
        return listener


@contextmanager
def _signals_set(stop: threading.Event) -> Iterator[None]:
    """While in force, Ctrl-C and SIGTERM set the event. Outside the main thread signals are somebody else's."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    wanted = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for_stop(stop: threading.Event | None = None, *, on_ready: Callable[[], None]) -> None:
    """Call ``on_ready``, then block until Ctrl-C, SIGTERM or ``stop``."""
    event = stop if stop is not None else threading.Event()
    with _signals_set(event):
        on_ready()
        event.wait()
