"""Run a program and tell what it took; used as a small process between us and the program.

The peak memory of a child counts from that of its parent, so the parent has to be small: this file
imports next to nothing, and is run as ``python -S -I measured.py RESULT COMMAND...``.
"""

import os
import sys
import time


def main() -> None:
    """Write exit code, wall and CPU seconds, and peak memory in KiB to the file RESULT."""
    result, command = sys.argv[1], sys.argv[2:]
    start = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    cpu = usage.ru_utime + usage.ru_stime
    code = os.waitstatus_to_exitcode(status)
    with open(result, "w") as file:  # noqa: PTH123 - pathlib costs memory
        file.write(f"{code} {wall} {cpu} {usage.ru_maxrss}")


if __name__ == "__main__":
    main()
