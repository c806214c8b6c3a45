"""Long streams, worked through with bounded memory: two in step with each other, and one by several threads."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

L = TypeVar("L")
R = TypeVar("R")

_AHEAD = 4  # pieces of work under way or waiting for each thread


def in_step(
    left: Iterable[L], right: Iterable[R], left_key: Callable[[L], bytes], right_key: Callable[[R], bytes]
) -> Iterator[tuple[L | None, R | None]]:
    """Go through two streams, both in the order of their keys: what both have, and what one has alone.

    Of several on one side with the same key, each meets the first one of the other side.
    """
    lefts, rights = iter(left), iter(right)
    one, other = next(lefts, None), next(rights, None)
    met: tuple[bytes, L] | None = None
    while one is not None or other is not None:
        if other is not None and met is not None and met[0] == right_key(other):
            yield met[1], other
            other = next(rights, None)
        elif one is not None and (other is None or left_key(one) < right_key(other)):
            yield one, None
            one = next(lefts, None)
        elif one is not None and other is not None and left_key(one) == right_key(other):
            met = (right_key(other), one)
            yield one, other
            one, other = next(lefts, None), next(rights, None)
        else:
            yield None, other
            other = next(rights, None)


def spread(work: Callable[[L], R], items: Iterable[L], threads: int) -> Iterator[R]:
    """The results of `work` in the order of the items, which are taken as they are needed.

    The first error ends it, once what is under way has ended.
    """
    if threads < 2:
        yield from map(work, items)
        return
    pool = ThreadPoolExecutor(threads)
    under_way: deque[Future[R]] = deque()
    try:
        for item in items:
            under_way.append(pool.submit(work, item))
            if len(under_way) >= threads * _AHEAD:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
