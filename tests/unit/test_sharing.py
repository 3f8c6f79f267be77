"""Results are kept for everybody, worked out once, and only the last of them."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from modalities.simulate.sharing import kept


def test_two_who_ask_at_once_get_one_result():
    calls = []

    @kept(4)
    def slow(n):
        calls.append(n)
        time.sleep(0.05)
        return object()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(slow, [1] * 8))
    assert len(calls) == 1 and len(set(map(id, found))) == 1


def test_only_the_last_results_are_kept():
    calls = []

    @kept(2)
    def square(n):
        calls.append(n)
        return n * n

    assert [square(n) for n in (1, 2, 1, 3, 1, 2)] == [1, 4, 1, 9, 1, 4]
    assert calls == [1, 2, 3, 2], "1 was asked for again and stayed; 2 was the oldest"


def test_a_failure_is_told_and_tried_again():
    tries = []

    @kept(2)
    def shaky(n):
        tries.append(n)
        if len(tries) == 1:
            raise ValueError("not yet")
        return n

    with pytest.raises(ValueError, match="not yet"):
        shaky(1)
    assert shaky(1) == 1
