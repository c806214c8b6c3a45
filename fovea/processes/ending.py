"""Being told to stop, and ending."""

import logging
import os
import signal
import threading
from types import FrameType
from typing import NoReturn


def stop_on_signals() -> threading.Event:
    """Set by SIGTERM and SIGINT; whoever works looks at it again and again."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    return stop


def end_now(code: int = 0) -> NoReturn:
    """End the process, whatever its threads do: one in a native call or waiting for a server must not hold it."""
    logging.shutdown()
    os._exit(code)
