"""A series: one figure over time, in bounded room, with its mean, its percentiles and its peak."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

__all__ = ["Series", "percentiles"]

_LIMIT = 32_768  # spans: nine hours at one a second; beyond, two neighbours become one


class Series:
    """Spans of time with the mean and the most of a figure in each.

    Where there are more than `limit` spans, each two neighbours become one, as if half as many had been recorded.
    """

    __slots__ = ("_ends", "_limit", "_means", "_most", "_starts", "peak", "peak_at_s")

    def __init__(self, limit: int = _LIMIT) -> None:
        self._limit = limit
        self._starts, self._ends = array("d"), array("d")
        self._means, self._most = array("d"), array("d")
        self.peak: float | None = None
        self.peak_at_s: float | None = None

    def __len__(self) -> int:
        return len(self._means)

    def __iter__(self) -> Iterator[tuple[float, float, float, float]]:
        """Start and end in seconds, mean and most of each span, in their order."""
        return zip(self._starts, self._ends, self._means, self._most, strict=True)

    def add(self, start: float, end: float, value: float) -> None:
        """A span that begins where the last one ended, or later."""
        if len(self._means) >= self._limit:
            self._halve()
        self._starts.append(start)
        self._ends.append(end)
        self._means.append(value)
        self._most.append(value)
        if self.peak is None or value > self.peak:
            self.peak, self.peak_at_s = value, end

    def extend(self, end: float, value: float) -> None:
        """Let the last span go on until `end`, with this value on the way: for what is too short to stand alone."""
        before, after = self._ends[-1] - self._starts[-1], end - self._ends[-1]
        self._means[-1] = (self._means[-1] * before + value * after) / (before + after)
        self._ends[-1] = end

    @property
    def mean(self) -> float | None:
        """Weighted by time; None where there is nothing."""
        if not self._means:
            return None
        weights = self._weights()
        return sum(mean * weight for mean, weight in zip(self._means, weights, strict=True)) / sum(weights)

    def percentiles(self, *shares: float) -> list[float | None]:
        """For each share (0.95) the least value that the figure was not above for that share of the time."""
        return percentiles(self._means, self._weights(), *shares)

    def columns(self, count: int, length_s: float) -> Iterator[tuple[float | None, float | None]]:
        """The mean and the most in each of `count` equal parts of `length_s`; None where nothing is known."""
        index, size = 0, len(self._means)
        for number in range(count):
            begin, end = length_s * number / count, length_s * (number + 1) / count
            total = weights = 0.0
            most: float | None = None
            while index < size and (self._ends[index] <= begin and number):
                index += 1
            at = index
            while at < size and (self._starts[at] < end or number == count - 1):
                shared = min(self._ends[at], end) - max(self._starts[at], begin)
                if shared > 0 or self._ends[at] <= self._starts[at]:
                    weight = max(shared, 1e-9)  # a level that was seen once counts where nothing else is known
                    total, weights = total + self._means[at] * weight, weights + weight
                    most = self._most[at] if most is None else max(most, self._most[at])
                at += 1
            yield (total / weights if weights else None, most)

    def _weights(self) -> Sequence[float]:
        weights = [end - start for start, end in zip(self._starts, self._ends, strict=True)]
        return weights if any(weights) else [1.0] * len(weights)

    def _halve(self) -> None:
        starts, ends, means, most = self._starts, self._ends, self._means, self._most
        weights = self._weights()
        pairs = range(0, len(means) - 1, 2)
        merged = array("d")
        for one in pairs:
            first, second = weights[one], weights[one + 1]
            both = first + second
            mean = (means[one] * first + means[one + 1] * second) / both if both else means[one + 1]
            merged.append(mean)
        odd = len(means) % 2  # the last one stays alone
        self._means = merged + means[len(means) - odd :]
        self._starts = starts[::2]
        self._ends = ends[1::2] + ends[len(ends) - odd :]
        self._most = array("d", map(max, most[::2], most[1::2])) + most[len(most) - odd :]


def percentiles(values: Sequence[float], weights: Sequence[float], *shares: float) -> list[float | None]:
    """For each share the least value that values of at least this share of the weight do not exceed.

    A value that was there, never one between two. None where there are no values.
    """
    if not values:
        return [None] * len(shares)
    order = sorted(range(len(values)), key=values.__getitem__)
    reached = list(accumulate(weights[index] for index in order))
    # what is due is taken from the same sum, so that all of the weight is reached by the last one
    return [values[order[min(bisect_left(reached, share * reached[-1]), len(order) - 1)]] for share in shares]
