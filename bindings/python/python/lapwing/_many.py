"""Many runs."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from . import _native
from ._outcome import Outcome
from ._scenario import Scenario


def run_many(
    runs: Iterable[Scenario | tuple[Scenario, int]], jobs: int | None = None
) -> list[Outcome]:
    """Makes all runs, on so many threads (one for each core if left out), and gives their outcomes
    in the order of the list.

    runs: scenarios with their seeds, (scenario, seed), or alone, with seed 1.

    Threads share nothing and none calls Python. Raises ValueError for scenarios that name a
    controller, which threads would wait for each other to call, or that do not repeat; those belong
    into processes: `concurrent.futures`, Dask, Ray.
    """
    listed = [run if isinstance(run, tuple) else (run, 1) for run in runs]
    for scenario, _ in listed:
        if not scenario.repeats:
            raise ValueError(f"{scenario.name} does not repeat beside others: use processes")
    jobs = jobs or os.cpu_count() or 1
    natives = [(scenario._native, seed) for scenario, seed in listed]
    return [Outcome.from_json(text) for text in _native.run_many(natives, jobs)]


def grid(
    scenario: Scenario, axes: Mapping[str, Sequence[Any]]
) -> Iterator[tuple[dict[str, Any], Scenario]]:
    """Every combination of values, by the paths of `Scenario.with_value`, with the scenario that it
    makes. The last axis varies fastest."""
    for values in itertools.product(*axes.values()):
        point = dict(zip(axes, values))
        changed = scenario
        for path, value in point.items():
            changed = changed.with_value(path, value)
        yield point, changed
