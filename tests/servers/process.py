"""A server is a process of its own: started, waited for, and ended with all its children."""

import atexit
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import which
from threading import Event
from time import monotonic

PAUSE = 0.05
"""Seconds between two looks at something that is not ready."""


class ServerError(Exception):
    """A server did not start, or did not do in time what it was asked to."""


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_until(holds: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Ask ``holds`` again and again until it says yes.

    Raises:
        ServerError: it did not within ``seconds``; the message names ``what``.
    """
    deadline = monotonic() + seconds
    pause = Event()
    while not holds():
        if monotonic() > deadline:
            raise ServerError(f"{what}: not within {seconds:g} s")
        pause.wait(PAUSE)


class Process:
    """A server that runs in a process group of its own and writes its output to ``log``."""

    def __init__(
        self, command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.log = log
        self._name = Path(command[0]).name
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                [*_leash(), *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        atexit.register(self.stop)

    def wait_until(self, ready: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for ``ready``.

        Raises:
            ServerError: the process ended first, or was not ready in time; it tells the log's end.
        """

        def ready_or_dead() -> bool:
            return self._popen.poll() is not None or ready()

        try:
            wait_until(ready_or_dead, f"{self._name} is ready", seconds)
        except ServerError as late:
            raise ServerError(f"{late}\n{self._last_lines()}") from None
        if self._popen.poll() is not None:
            code = self._popen.returncode
            raise ServerError(f"{self._name} ended with code {code}\n{self._last_lines()}")

    def stop(self) -> None:
        """End the process and its children by force: nothing that it keeps is worth a wait."""
        atexit.unregister(self.stop)
        with suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()

    def _last_lines(self, count: int = 30) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


def _leash() -> list[str]:
    """Return what makes Linux end a server together with us, even if we are killed."""
    setpriv = which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    log: Path,
    ready: Callable[[], bool],
    environment: Mapping[str, str] | None = None,
) -> Iterator[Process]:
    """Start ``command``, wait until ``ready`` says yes, and end it afterwards."""
    process = Process(command, log, environment)
    try:
        process.wait_until(ready)
        yield process
    finally:
        process.stop()
