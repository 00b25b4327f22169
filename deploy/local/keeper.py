"""Runs one command and ends it when the launcher is gone, however that went.

Started by the launcher as `python -I -S keeper.py --signal INT --grace 20 [--user NAME] -- COMMAND…` with
a pipe as standard input. The kernel closes the pipe when the launcher ends, even by `kill -9`: the
keeper then stops the command, gently and after the grace by force. On Linux the command also dies with
the keeper. Standard library only: there is one keeper beside every part, so it must stay small.
"""

import argparse
import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Run the command; its exit status is the keeper's."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--signal", default="TERM")
    parser.add_argument("--grace", type=float, default=20)
    parser.add_argument("--user")
    parser.add_argument("command", nargs="+")
    asked = parser.parse_args()
    gentle = signal.Signals[f"SIG{asked.signal}"]

    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)

    child = subprocess.Popen(
        asked.command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        user=asked.user,
        group=_group_of(asked.user),
        extra_groups=[] if asked.user else None,
        preexec_fn=_die_with_parent(gentle, os.getpid()),
    )
    _wait_for_reason(child, wake_read)
    if child.poll() is None:
        _stop(child, gentle, asked.grace)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def _wait_for_reason(child: "subprocess.Popen[bytes]", wake: int) -> None:
    """Return when the child has ended, the launcher's pipe is closed, or a signal asks to stop."""
    while child.poll() is None:
        ready, _, _ = select.select([0, wake], [], [], 60)
        if 0 in ready and not os.read(0, 64):
            return
        if wake in ready and set(os.read(wake, 64)) - {signal.SIGCHLD}:
            return


def _stop(child: "subprocess.Popen[bytes]", gentle: signal.Signals, grace: float) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.send_signal(gentle)
    deadline = time.monotonic() + grace
    try:
        child.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _die_with_parent(gentle: signal.Signals, keeper: int) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def arm() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, gentle)
        if os.getppid() != keeper:
            os.kill(os.getpid(), gentle)

    return arm


def _group_of(user: str | None) -> int | None:
    if user is None:
        return None
    import pwd

    return pwd.getpwnam(user).pw_gid


if __name__ == "__main__":
    sys.exit(main())
