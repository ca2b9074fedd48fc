"""What a run comes to.

The names of all figures and series are those of the laboratory; none is written down here, so
that the package has them all.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

# Figures that are words: what is missing of them is None, not NaN.
_WORDS = {"pair"}


class Verdict(NamedTuple):
    """An expectation, and what the run says to it."""

    name: str
    measured: float
    """NaN if the run has nothing to measure it by."""
    bound: float
    """What was asked for; of a statement with several bounds the first."""
    passed: bool


class Row:
    """A flow, a link or a connection of cross traffic: series as NumPy arrays, a value for each bin
    of `Outcome.times`, by name (`flow.sent_bps`), NaN where nothing was measured."""

    def __init__(self, figures: dict[str, Any], series: dict[str, Any]):
        self.figures = figures
        """What it is summed up by."""
        self._series = series
        self._arrays: dict[str, Any] = {}

    def names(self) -> list[str]:
        """What it has by name."""
        return list(self._series)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._series:
            raise AttributeError(f"there is no {name!r}; there are {', '.join(self._series)}")
        if name not in self._arrays:
            self._arrays[name] = _arrays(self._series[name])
        return self._arrays[name]

    def __dir__(self):
        return [*super().__dir__(), *self._series]

    def __repr__(self) -> str:
        known = ("id", "name", "link", "kind")
        named = [f"{name}={self._series[name]!r}" for name in known if name in self._series]
        return f"<Row {', '.join(named)}>"


class Outcome:
    """What a run came to. It can be pickled and written as JSON."""

    def __init__(self, stored: dict[str, Any]):
        self._stored = stored
        series, figures = stored["series"], stored["figures"]
        self.figures: dict[str, Any] = _figures(figures)
        """What the run is summed up by, by name; NaN where nothing was measured."""
        self.bin_s: float = series["bin_s"]
        """The width of a bin, in seconds."""
        self.flows: list[Row] = _rows(self.figures["flows"], series["flows"])
        self.links: list[Row] = _rows(self.figures["links"], series["links"])
        """Links that have a capacity."""
        self.cross: list[Row] = _rows(self.figures["cross"], series["cross"])
        """Connections of cross traffic."""
        bins = max((len(flow.sent_bps) for flow in self.flows), default=0)
        self.times: np.ndarray = np.arange(bins) * self.bin_s
        """When each bin begins, in seconds."""

    @classmethod
    def from_json(cls, text: str) -> Outcome:
        """What `to_json` wrote."""
        return cls(json.loads(text))

    @classmethod
    def load(cls, path: str | os.PathLike) -> Outcome:
        """The `summary.json` that `lapwing sim run --out` leaves, or its folder."""
        path = Path(path)
        file = path / "summary.json" if path.is_dir() else path
        return cls.from_json(file.read_text(encoding="utf-8"))

    @property
    def scenario(self) -> str:
        """The scenario's name."""
        return self._stored["scenario"]

    @property
    def seed(self) -> int:
        return self._stored["seed"]

    @property
    def duration_s(self) -> float:
        """Virtual time of the run."""
        return self._stored["duration_s"]

    @property
    def events(self) -> int:
        """How many events there were."""
        return self._stored["events"]

    @property
    def chain(self) -> int:
        """The hash chain over all events: equal chains, equal runs."""
        return self._stored["chain"]

    @property
    def verdicts(self) -> list[Verdict]:
        """The scenario's expectations."""
        return [
            Verdict(each["name"], _number(each["measured"]), _number(each["bound"]), each["pass"])
            for each in self._stored["verdicts"]
        ]

    @property
    def passed(self) -> bool:
        """Whether every expectation is met."""
        return all(verdict.passed for verdict in self.verdicts)

    def to_json(self) -> str:
        """All of it."""
        return json.dumps(self._stored)

    def to_frame(self, of: str = "flows"):
        """A pandas DataFrame.

        of: `flows`, `links` or `cross`: a line for each bin of each, with `scenario`, `seed`, its
            `id` or `name`, `time_s` and the series; or `figures`: a line for each flow.
        """
        import pandas

        made = {"scenario": self.scenario, "seed": self.seed}
        if of == "figures":
            return pandas.DataFrame([{**made, **flow.figures} for flow in self.flows])
        if of not in ("flows", "links", "cross"):
            raise ValueError(f"{of!r} is none of flows, links, cross, figures")
        frames = [pandas.DataFrame({**made, **self._columns(row)}) for row in getattr(self, of)]
        return pandas.concat(frames, ignore_index=True) if frames else pandas.DataFrame()

    def _columns(self, row: Row) -> dict[str, Any]:
        """What a row has for each bin, and what names it."""
        columns, bins = {}, len(self.times)
        for name in row.names():
            value = getattr(row, name)
            if isinstance(value, (str, int)):
                columns[name] = value
            elif isinstance(value, np.ndarray) and len(value) == bins:
                columns[name] = value
        return {"time_s": self.times, **columns}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Outcome) and self._stored == other._stored

    def __reduce__(self):
        return Outcome, (self._stored,)

    def __repr__(self) -> str:
        met = sum(verdict.passed for verdict in self.verdicts)
        return (
            f"<Outcome {self.scenario}, seed {self.seed}, chain {self.chain:016x}, "
            f"{met} of {len(self.verdicts)} expectations met>"
        )


def _rows(figures: list[dict], series: list[dict]) -> list[Row]:
    return [Row(*pair) for pair in zip(figures, series, strict=True)]


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _figures(value: Any, name: str = "") -> Any:
    """Figures as they are stored, with NaN for what is missing."""
    if isinstance(value, dict):
        return {name: _figures(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_figures(each) for each in value]
    return value if name in _WORDS else _number(value)


def _arrays(value: Any) -> Any:
    """Lists of numbers as arrays, with NaN for what is missing; words and spans as they are."""
    if isinstance(value, dict):
        return {name: _arrays(each) for name, each in value.items()}
    if not isinstance(value, list) or not value or isinstance(value[0], (str, dict)):
        return value
    return np.array(value, dtype=bool if isinstance(value[0], bool) else float)
