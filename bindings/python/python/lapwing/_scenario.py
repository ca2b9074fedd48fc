"""Scenarios: read, changed, run."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from . import _native
from ._outcome import Outcome

# Larger files are no scenarios, and no traces.
_TEXT_BYTES_MAX = 1_000_000
_TRACE_BYTES_MAX = 32_000_000


class Fault(NamedTuple):
    """What is wrong in a scenario, or odd."""

    line: int
    """Counted from 1."""
    field: str
    """Like `link[0].queue.type`; empty for the text as a whole."""
    problem: str
    """What is wrong with it, and what is allowed."""


def scenarios() -> list[str]:
    """The names of the scenarios that the package carries."""
    return [name for name, _ in _native.built_in()]


class Scenario:
    """A network, its traffic, and what is expected of it. It does not change, and can be pickled
    if its controllers can."""

    def __init__(
        self,
        file: str,
        text: str,
        files: Callable[[str], str] | Mapping[str, str] | None = None,
        controllers: Mapping[str, Callable] | None = None,
    ):
        """Reads `text`; `file` is its name in messages. See `Scenario.load`."""
        self._file = file
        self._text = text
        self._controllers = dict(controllers or {})
        self._source = files
        # The traces that were asked for: what of `files` is pickled.
        self._files: dict[str, str] = {}

        def trace(name: str) -> str:
            if name not in self._files:
                self._files[name] = _trace(files, name)
            return self._files[name]

        names = list(self._controllers)
        try:
            self._native = _native.Scenario(file, text, trace, names)
        except _native.ScenarioError as error:
            error.faults = [Fault(*fault) for fault in error.faults]
            raise

    @classmethod
    def load(
        cls,
        path_or_name: str | os.PathLike,
        text: str | None = None,
        files: Callable[[str], str] | Mapping[str, str] | None = None,
        controllers: Mapping[str, Callable] | None = None,
    ) -> Scenario:
        """A scenario that the package carries, by its name, or one in a file.

        text: the scenario's text, in place of a file's; `path_or_name` is its name in messages.
        files: the text of each trace that it names: a dict, or what gives the text of a name; they
            are read from beside the file if left out.
        controllers: what makes the congestion controllers that its flows name, by name
            (`controller = "NAME"` in `[[flow]]`). See `Scenario.run`.

        Raises ScenarioError, whose `faults` lists all, and FileNotFoundError.
        """
        file = os.fspath(path_or_name)
        if text is not None:
            return cls(file, text, files, controllers)
        carried = dict(_native.built_in())
        if file in carried:
            return cls(file, carried[file], files, controllers)
        path = Path(file)
        if not path.exists() and len(path.parts) == 1 and path.suffix != ".toml":
            similar = difflib.get_close_matches(file, carried, n=3)
            hint = f"; did you mean {' or '.join(similar)}?" if similar else ""
            raise FileNotFoundError(f"there is no scenario {file!r}{hint}")
        if files is None:

            def files(name: str) -> str:
                return _read(path.parent / name, _TRACE_BYTES_MAX)

        return cls(file, _read(path, _TEXT_BYTES_MAX), files, controllers)

    @property
    def name(self) -> str:
        """Its name: `meta.name`."""
        return self._native.name

    @property
    def reference(self) -> str:
        """Where it comes from."""
        return self._native.reference

    @property
    def seeds(self) -> list[int]:
        """The seeds that its text asks for."""
        return self._native.seeds

    @property
    def duration_s(self) -> float:
        """How long a run is, in virtual seconds."""
        return self._native.duration_s

    @property
    def flows(self) -> list[int]:
        """The numbers of its flows."""
        return self._native.flows

    @property
    def links(self) -> list[str]:
        """The names of its links."""
        return self._native.links

    @property
    def text(self) -> str:
        """Its text, as it was read."""
        return self._text

    @property
    def warnings(self) -> list[Fault]:
        """What is odd in its text, and may be meant so."""
        return [Fault(*warning) for warning in self._native.warnings]

    @property
    def repeats(self) -> bool:
        """Whether a run is the same in every process: not where str0m carries calls."""
        return self._native.repeats

    def with_value(self, path: str | Sequence[str], value: Any) -> Scenario:
        """This scenario with another value in one place.

        path: names with dots between, `meta.duration_s`, `link.fwd.queue.size_ms`, `flow.1.media`:
            of what is in a list its `name`, its `id`, or its place counted from zero. Names that
            have dots themselves are given as a list, ["link", "a.b", "delay_ms"].

        Comments in the text are not kept, and lines in faults are those of the new text. Raises
        KeyError where a list has no such item, and ScenarioError where the value does not fit.
        """
        parts = path.split(".") if isinstance(path, str) else [str(part) for part in path]
        text = _native.with_value(self._text, parts, json.dumps(value, default=_plain))
        return Scenario(self._file, text, self._source, self._controllers)

    def run(
        self,
        seed: int = 1,
        controller: Callable | Mapping[int, Callable] | None = None,
    ) -> Outcome:
        """Runs it from start to end.

        controller: a class, or what else makes a congestion controller when it is called with
            the rate to begin with in bit/s and the time; for all flows, or a dict by their numbers.
            What a scenario sets for a controller is passed as keywords.

        Other threads go on meanwhile, whenever no controller is called. An exception of a controller
        ends the run and is raised here. Raises RunError where video is of a clip: the package has
        no encoder.
        """
        factories = dict(self._controllers)
        carries: dict[int, str] = {}
        if controller is not None:
            is_one = not isinstance(controller, Mapping)
            given = dict.fromkeys(self.flows, controller) if is_one else controller
            for flow, factory in given.items():
                if flow not in self.flows:
                    raise ValueError(f"there is no flow {flow}; there are {self.flows}")
                carries[flow] = f"of flow {flow}"
                factories[carries[flow]] = factory
        for factory in factories.values():
            if not callable(factory):
                raise TypeError(f"{factory!r} makes no controllers: give the class, not an object")
        return Outcome.from_json(self._native.run(seed, factories, carries))

    def __reduce__(self):
        return Scenario, (self._file, self._text, self._files, self._controllers)

    def __repr__(self) -> str:
        return f"<Scenario {self.name}, {self.duration_s:g} s, {len(self.flows)} flows>"


def _trace(files, name: str) -> str:
    if files is None:
        raise FileNotFoundError("no files are read for this scenario")
    if callable(files):
        return files(name)
    if name not in files:
        raise FileNotFoundError(f"there is no {name!r} among the files that were given")
    return files[name]


def _read(path: Path, most: int) -> str:
    size = path.stat().st_size
    if size > most:
        raise ValueError(f"{path} has {size} bytes, but at most {most} are read")
    return path.read_text(encoding="utf-8")


def _plain(value):
    """Numbers and arrays of NumPy as JSON knows them."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{value!r} has no place in a scenario")
