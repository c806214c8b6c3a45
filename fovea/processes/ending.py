"""Being told to stop."""

import signal
import threading
from types import FrameType


def stop_on_signals() -> threading.Event:
    """Set by SIGTERM and SIGINT; whoever works looks at it again and again."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    return stop
