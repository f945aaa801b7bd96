"""Go itself as the judge: a small program that is built when it is needed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SOURCE = Path(__file__).with_name("go")


def go_is_here() -> bool:
    """Tell whether this machine can build the judge."""
    return shutil.which("go") is not None


class Judge:
    """Asks Go, many questions in one run."""

    def __init__(self, folder: Path) -> None:
        """Build the program into ``folder``."""
        self._program = folder / "judge"
        subprocess.run(
            ["go", "build", "-o", str(self._program), "."],
            cwd=SOURCE,
            check=True,
            timeout=600,
        )

    def answers(self, questions: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield Go's answer to each question, in order."""
        lines = "".join(json.dumps(question) + "\n" for question in questions)
        answered = subprocess.run(
            [str(self._program)],
            input=lines.encode(),
            capture_output=True,
            check=True,
            timeout=600,
            env={"TZ": "UTC"},
        )
        for line in answered.stdout.splitlines():
            yield json.loads(line)
