"""When something was taken, in plain words: as precise as it is known, and with what is doubtful about it."""

from datetime import datetime

from core.times import Precision

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
UTC_WORDS = "UTC, zone unknown"
IMPLAUSIBLE_WORDS = "clock implausible"
CHANGE_WORD = "changed"


def time_words(local: datetime, precision: Precision) -> str:
    """ "1978", "June 2021", "15 June 2021", "15 June 2021, 10:11:12"."""
    if precision == "year":
        return str(local.year)
    month = f"{_MONTHS[local.month - 1]} {local.year}"
    if precision == "month":
        return month
    clock = {"day": "", "minute": f", {local:%H:%M}"}.get(precision, f", {local:%H:%M:%S}")
    return f"{local.day} {month}{clock}"


def taken_words(
    local: datetime,
    precision: Precision,
    *,
    is_change: bool = False,
    is_utc: bool = False,
    is_plausible: bool = True,
    about: bool = False,
    offset: str | None = None,
) -> str:
    """The whole answer: "changed 15 May 2020, 10:25:45", "28 January 2024, 09:54:20 (UTC, zone unknown)"."""
    words = time_words(local, precision)
    if offset is not None and not is_utc:
        words = f"{words} {offset}"
    words = f"about {words}" if about else words
    words = f"{CHANGE_WORD} {words}" if is_change else words
    doubts = [UTC_WORDS] if is_utc else []
    doubts += [] if is_plausible else [IMPLAUSIBLE_WORDS]
    return f"{words} ({', '.join(doubts)})" if doubts else words
