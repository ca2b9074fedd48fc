"""Scenarios and controllers of the tests."""

import pytest

import lapwing

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


class DelayTarget:
    """Grows while packets wait for less than a target, and shrinks while they wait for more."""

    def __init__(self, start_bps, now, target_ms=20):
        self.rate, self.target, self.base = start_bps, target_ms / 1e3, float("inf")

    def on_feedback(self, feedback):
        ways = [p.arrived_s - p.sent_s for p in feedback.packets if not p.lost]
        if not ways:
            return
        self.base = min(self.base, *ways)
        room = max(-1.0, min(1.0, 1 - (ways[-1] - self.base) / self.target))
        self.rate = self.rate + 15_000 * room if room > 0 else self.rate * (1 + 0.06 * room)

    def set_limits(self, limits, now):
        self.most = 1.2 * (limits.desired_bps or limits.maximum_bps)

    def update(self, now):
        self.rate = min(self.rate, self.most)
        return self.rate


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
