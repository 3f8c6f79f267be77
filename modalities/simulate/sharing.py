"""Keep the last results for everybody: worked out once, even where several ask at the same time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from functools import wraps
from threading import Lock
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def kept(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return a decorator that keeps up to ``most`` results of a function of hashable, positional arguments.

    Unlike ``functools.lru_cache`` a second caller waits for a result that is on its way. Failures are not kept.
    """

    def wrap(work: Callable[P, T]) -> Callable[P, T]:
        results: OrderedDict[Hashable, Future[T]] = OrderedDict()
        lock = Lock()

        @wraps(work)
        def ask(*args: P.args, **kwargs: P.kwargs) -> T:
            with lock:
                found = results.get(args)
                mine = found is None
                future = results.setdefault(args, Future())
                results.move_to_end(args)
                while len(results) > most:
                    results.popitem(last=False)
            if mine:
                try:
                    future.set_result(work(*args, **kwargs))
                except BaseException as error:
                    future.set_exception(error)
                    with lock:
                        results.pop(args, None)
            return future.result()

        return ask

    return wrap
