"""Scenarios and controllers of the tests."""

import sys
from pathlib import Path

import pytest

import lapwing

sys.path.append(str(Path(__file__).parents[1] / "examples"))
from controller import DelayTarget  # noqa: E402, F401

TEXT = """
[meta]
name = "small"
reference = "of the tests"
duration_s = 12
seeds = [1, 2]
schema = 1

[media.video]
model = "rfc8593-statistical"
min_bps = 100000
max_bps = 2000000
start_bps = 300000
fps = 30
variation_pct = 0
response_ms = 0

[[link]]
name = "fwd"
from = "A"
to = "B"
capacity_bps = 1000000
delay_ms = 20
queue = { type = "tail-drop", size_ms = 300 }

[[link]]
name = "back"
from = "B"
to = "A"
delay_ms = 20

[[flow]]
id = 7
direction = "forward"
start_s = 0
end_s = 12
media = ["video"]

[expect]
loss_max = 0.5
"""


class Fixed:
    """Always the same rate."""

    def __init__(self, start_bps, now, bps=400_000):
        self.bps = bps

    def update(self, now):
        return self.bps


@pytest.fixture(scope="session")
def small():
    return lapwing.Scenario.load("small.toml", text=TEXT)


@pytest.fixture(scope="session")
def outcome(small):
    return small.run(seed=1)


def pytest_terminal_summary(terminalreporter):
    """The counts in cargo's words: `cargo xtask test` adds them to those of all other tests."""
    count = {word: len(terminalreporter.getreports(word)) for word in ("passed", "failed", "skipped")}
    wrong = count["failed"] + len(terminalreporter.getreports("error"))
    word = "FAILED" if wrong else "ok"
    terminalreporter.write_line(
        f"test result: {word}. {count['passed']} passed; {wrong} failed; {count['skipped']} ignored;"
    )
