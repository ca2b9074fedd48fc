"""What a run comes to."""

import _thread
import os
import pickle
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

import lapwing

from conftest import TEXT


def test_series_are_arrays_of_one_length(small, outcome):
    (flow,) = outcome.flows
    assert flow.id == 7 and flow.path == ["fwd"]
    assert outcome.bin_s == 0.1 and len(outcome.times) == 120
    for name in ("sent_bps", "received_bps", "goodput_bps", "estimate_bps", "queueing_delay_ms"):
        series = getattr(flow, name)
        assert series.dtype == float and series.shape == outcome.times.shape, name
    assert flow.active.dtype == bool
    assert flow.sent_bps[60:].mean() > 300_000
    assert np.isnan(flow.frame_delay_ms[0]), "no frame has arrived yet"
    assert np.nanmin(flow.one_way_delay_ms) >= 20
    assert flow.one_way_delay_cdf["share"][-1] == 1.0
    assert np.isclose(flow.figures["sent_bps"], flow.sent_bps.mean(), rtol=0.1)
    assert [link.name for link in outcome.links] == ["fwd"]
    assert (outcome.links[0].capacity_bps == 1e6).all()
    with pytest.raises(AttributeError, match="sent_bps"):
        flow.sent_mbps


def test_figures_and_verdicts_are_there(outcome):
    assert outcome.passed and outcome.scenario == "small" and outcome.seed == 1
    (verdict,) = outcome.verdicts
    assert verdict.name == "loss_max" and verdict.bound == 0.5 and verdict.passed
    assert verdict.measured == outcome.figures["flows"][0]["loss"]
    assert 0.2 < outcome.figures["utilisation"] <= 1
    assert np.isnan(outcome.figures["media_over_tcp"]), "there is no TCP"
    assert outcome.figures["flows"][0]["pair"] == "host"


def test_cross_traffic_is_there(small):
    cross = {"kind": "tcp-long", "cc": "reno", "link": "fwd", "count": 2, "start_s": 1, "end_s": 12}
    outcome = small.with_value("cross", [cross]).run(seed=1)
    assert [row.kind for row in outcome.cross] == ["tcp-long", "tcp-long"]
    assert np.nanmax(outcome.cross[0].window_segments) > 2
    assert outcome.figures["media_over_tcp"] > 0


def test_an_outcome_is_kept(outcome, tmp_path):
    assert pickle.loads(pickle.dumps(outcome)) == outcome
    again = lapwing.Outcome.from_json(outcome.to_json())
    assert again == outcome and again.chain == outcome.chain
    (tmp_path / "summary.json").write_text(outcome.to_json())
    assert lapwing.Outcome.load(tmp_path) == outcome
    assert np.array_equal(again.flows[0].estimate_bps, outcome.flows[0].estimate_bps, equal_nan=True)


def test_frames(outcome):
    pandas = pytest.importorskip("pandas")
    frame = outcome.to_frame()
    assert isinstance(frame, pandas.DataFrame) and len(frame) == 120
    assert {"scenario", "seed", "id", "time_s", "sent_bps", "estimate_bps"} <= set(frame.columns)
    assert outcome.to_frame("links")["name"].unique() == ["fwd"]
    assert outcome.to_frame("figures")["loss"].iloc[0] == outcome.figures["flows"][0]["loss"]
    assert outcome.to_frame("cross").empty
    with pytest.raises(ValueError, match="none of flows"):
        outcome.to_frame("packets")


CHILD = """
import sys, lapwing
from conftest import DelayTarget
scenario = lapwing.Scenario.load("small.toml", text=sys.stdin.read())
controller = DelayTarget if sys.argv[1] == "python" else None
print(scenario.run(seed=3, controller=controller).chain)
"""


@pytest.mark.parametrize("controller", ["python", "own"])
def test_a_seed_gives_the_same_chain_in_another_process(small, controller):
    from conftest import DelayTarget

    words = [sys.executable, "-c", CHILD, controller]
    # Other hashes of words, other orders of sets.
    environment = {**os.environ, "PYTHONHASHSEED": "77"}
    child = subprocess.run(words, input=TEXT, text=True, capture_output=True, check=True,
                           cwd=os.path.dirname(__file__), env=environment)
    here = small.run(seed=3, controller=DelayTarget if controller == "python" else None)
    assert int(child.stdout) == here.chain
    assert small.run(seed=4).chain != here.chain


def test_many_runs_are_those_made_alone(small, outcome):
    runs = [(small, 2), small, (small.with_value("link.fwd.delay_ms", 60), 1)]
    second, first, slow = lapwing.run_many(runs, jobs=2)
    assert first == outcome and second.seed == 2
    assert np.nanmin(slow.flows[0].one_way_delay_ms) >= 60
    assert lapwing.run_many([]) == []


def test_many_runs_refuse_what_they_cannot_do(small):
    with pytest.raises(ValueError, match="processes"):
        lapwing.run_many([small.with_value("options.sessions", "str0m")])
    clip = {"model": "clip", "clip": "bunny", "min_bps": 100_000, "max_bps": 900_000,
            "start_bps": 300_000, "fps": 30}
    with pytest.raises(lapwing.RunError, match="bunny"):
        lapwing.run_many([small, small.with_value("media.video", clip)], jobs=2)


def test_other_threads_go_on_during_a_run_and_a_signal_ends_it(small):
    hour = small.with_value("meta.duration_s", 3600).with_value("flow.7.end_s", 3600)
    # A thread of Python's, which would not come to it while the run keeps the others out.
    timer = threading.Timer(0.1, _thread.interrupt_main)
    # Programs that a shell starts in the background ignore the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    outcome = None
    try:
        with pytest.raises(KeyboardInterrupt):
            timer.start()
            outcome = hour.run()
    finally:
        signal.signal(signal.SIGINT, before)
    assert outcome is None
    timer.join()
