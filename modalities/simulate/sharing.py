"""Keep the last results for everybody: worked out once, even where several ask at the same time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from functools import update_wrapper
from threading import Lock
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Kept(Generic[P, T]):
    """A function of hashable, positional arguments whose last results are kept.

    Unlike with ``functools.lru_cache`` a second caller waits for a result that is on its way. Failures are not kept.
    """

    def __init__(self, work: Callable[P, T], most: int) -> None:
        """Keep up to ``most`` results of ``work``."""
        self.work, self.most = work, most
        self.results: OrderedDict[Hashable, Future[T]] = OrderedDict()
        self.lock = Lock()
        update_wrapper(self, work)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the kept result, or work it out."""
        with self.lock:
            mine = args not in self.results
            future = self.results.setdefault(args, Future())
            self.results.move_to_end(args)
            while len(self.results) > self.most:
                self.results.popitem(last=False)
        if mine:
            try:
                future.set_result(self.work(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)
                with self.lock:
                    self.results.pop(args, None)
        return future.result()

    def cache_clear(self) -> None:
        """Forget everything."""
        with self.lock:
            self.results.clear()


def kept(most: int) -> Callable[[Callable[P, T]], Kept[P, T]]:
    """Return a decorator that keeps up to ``most`` results of a function."""
    return lambda work: Kept(work, most)
