"""Run a command and tell what it took: ``launch.py FD PROGRAM ARGUMENT...``.

In between because a process begins its life with the memory of the one that started it in its records: this one
has almost none. It imports nothing but what is built in.
"""

import os
import sys
import time


def main() -> None:
    descriptor, *command = sys.argv[1:]
    os.set_inheritable(int(descriptor), False)
    began = time.monotonic()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    figures = (
        began, time.monotonic(), os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss,
    )  # fmt: skip
    os.write(int(descriptor), " ".join(map(repr, figures)).encode())


main()
