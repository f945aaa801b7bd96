"""What a person sees: results on stdout or in a file, everything else on stderr."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from esync import report
from esync.cli.options import Colour, LogFormat
from esync.errors import EsyncError
from esync.report.findings import spelled
from esync.report.summary import details
from esync.report.visible import visible

if TYPE_CHECKING:
    from esync.cli.options import LookFlags
    from esync.flow.outcome import Outcome

_RED: Final = "31"
_YELLOW: Final = "33"
# Whatever -v says: these log requests and answers.
_SDK_LOGGERS: Final = (
    "boto3",
    "botocore",
    "urllib3",
    "requests",
    "google",
    "azure",
    "msal",
    "hvac",
)


class UnsafeOutput(EsyncError):
    """A file that may hold values would be written where others can redirect it."""

    rule = "ES0600"


class Console:
    """Prints for one run."""

    def __init__(self, flags: LookFlags) -> None:
        self._flags = flags
        self.err_colour = _colour(flags.colour, sys.stderr.isatty())
        self.out_colour = _colour(flags.colour, sys.stdout.isatty()) and not flags.output_file

    def start_logging(self) -> None:
        """Send log lines to stderr; SDKs stay quiet whatever the flags say."""
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_Lines(self._flags.log_format))
        root = logging.getLogger("esync")
        root.handlers[:] = [handler]
        root.propagate = False
        root.setLevel(logging.WARNING if self._flags.quiet else logging.INFO)
        for name in _SDK_LOGGERS:
            logging.getLogger(name).setLevel(logging.WARNING)

    def result(self, text: str) -> None:
        """Print a result, or write it to the file that ``-O`` names."""
        file = self._flags.output_file
        if file and str(file) != "-":
            write_private(file, text)
            return
        try:
            sys.stdout.buffer.write(_encoded(text))
            sys.stdout.flush()
        except BrokenPipeError:
            raise  # the reader has seen enough
        except (OSError, AttributeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is closed"
            raise UnsafeOutput(f"standard output cannot be written: {reason}") from None

    def outcome(self, outcome: Outcome) -> None:
        """Tell on stderr what went wrong and how it ended."""
        for severity, text in report.findings(outcome):
            if severity == "error" or not self._flags.quiet:
                self._say(text, _RED if severity == "error" else _YELLOW)
        if self._flags.quiet:
            return
        if self._flags.verbose:
            for line in details(outcome):
                self._say(visible(line))
        for line in report.summary(outcome):
            self._say(visible(line))

    def error(self, error: EsyncError) -> None:
        """Tell of one error that ended the run."""
        self._say(spelled(error), _RED)

    def warn(self, text: str) -> None:
        """Tell of something to take care of."""
        if not self._flags.quiet:
            self._say(f"warning: {text}", _YELLOW)

    def _say(self, text: str, colour: str = "") -> None:
        if colour and self.err_colour:
            first, newline, rest = text.partition("\n")
            text = f"\x1b[{colour}m{first}\x1b[0m{newline}{rest}"
        sys.stderr.write(f"{text}\n")


def write_private(path: Path, text: str) -> None:
    """Write ``text`` to a new file that only its owner can read (mode 0600).

    Raises:
        UnsafeOutput: a folder on the way is a symbolic link, or the file cannot be written.
    """
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow the links
    if any(parent.is_symlink() for parent in absolute.parents):
        raise UnsafeOutput(f"{path} lies in a folder that is a symbolic link")
    if absolute.exists() and not (absolute.is_file() or absolute.is_symlink()):
        raise UnsafeOutput(f"{path} is no plain file", hint="for standard output leave -O out")
    content = _encoded(text)
    temporary = absolute.with_name(f".{absolute.name}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
            file.write(content)
        temporary.replace(absolute)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UnsafeOutput(f"{path} cannot be written: {error.strerror}") from None


def _encoded(text: str) -> bytes:
    # UTF-8 whatever the terminal's own encoding is; names of files may hold any byte.
    return text.encode("utf-8", "surrogateescape")


class _Lines(logging.Formatter):
    """Constant text followed by ``key=value``, or one JSON object a line."""

    def __init__(self, style: LogFormat) -> None:
        super().__init__()
        self._json = style is LogFormat.JSON

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", {})
        level = record.levelname.lower()
        if self._json:
            return json.dumps({"level": level, "message": record.getMessage(), **fields})
        pairs = " ".join(f"{key}={_quoted(str(value))}" for key, value in fields.items())
        return f"{level}: {record.getMessage()} {pairs}".rstrip()


def _quoted(text: str) -> str:
    plain = text and text.isprintable() and " " not in text
    return text if plain else json.dumps(text)


def _colour(choice: Colour, terminal: bool) -> bool:
    if choice is Colour.AUTO:
        return terminal and not os.environ.get("NO_COLOR")
    return choice is Colour.ALWAYS
