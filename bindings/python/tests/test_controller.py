"""Controllers written in Python."""

import numpy as np
import pytest

import lapwing

from conftest import TEXT, DelayTarget, Fixed


@pytest.mark.parametrize("bps", [250_000, 800_000])
def test_a_controller_carries_a_flow(small, bps):
    outcome = small.run(controller=lambda start, now: Fixed(start, now, bps))
    sent = outcome.flows[0].sent_bps[50:110]
    assert sent.mean() == pytest.approx(bps, rel=0.1)
    assert outcome.flows[0].estimate_bps[-1] == bps


def test_a_controller_follows_the_queue(small):
    outcome = small.run(controller=DelayTarget)
    (flow,) = outcome.flows
    assert flow.received_bps[80:].mean() > 700_000
    assert np.nanmean(flow.queueing_delay_ms[80:]) < 60
    assert outcome.chain == small.run(controller=DelayTarget).chain
    assert outcome.chain != small.run().chain


def test_settings_come_from_the_scenario():
    own = '{ name = "mine", bps = 650000 }'
    text = TEXT.replace('media = ["video"]', f'media = ["video"]\ncontroller = {own}')
    scenario = lapwing.Scenario.load("own.toml", text=text, controllers={"mine": Fixed})
    assert scenario.run().flows[0].estimate_bps[-1] == 650_000
    # The caller's choice comes before the text's.
    assert scenario.run(controller={7: Fixed}).flows[0].estimate_bps[-1] == 400_000
    with pytest.raises(ValueError, match="processes"):
        lapwing.run_many([scenario])


def test_all_that_is_told(small):
    told = []

    class Listens(Fixed):
        def on_sent(self, packet):
            told.append(("sent", packet.number, packet.sent_s, packet.size, packet.kind))
            assert packet.arrived_s is None and not packet.lost

        def on_feedback(self, feedback):
            told.append(("feedback", feedback.received_s, feedback.round_trip_s, len(feedback)))
            assert feedback.kind == "twcc" and feedback.bytes_in_flight >= 0
            assert feedback.lost == sum(packet.lost for packet in feedback.packets)
            for packet in feedback.packets:
                assert packet.lost or packet.arrived_s > 0
                assert packet.ssrc > 0 and 0 <= packet.sequence < 65536
                assert not packet.marked and "Packet" in repr(packet)

        def on_round_trip(self, round_trip_s, now):
            told.append(("trip", round_trip_s, now))

        def set_limits(self, limits, now):
            told.append(("limits", limits.minimum_bps, limits.maximum_bps))

        def update(self, now):
            told.append(("update", now))
            return super().update(now)

    outcome = small.run(controller=Listens)
    of = lambda word: [each for each in told if each[0] == word]  # noqa: E731
    sent, feedback = of("sent"), of("feedback")
    assert [number for _, number, *_ in sent] == list(range(len(sent)))
    assert len(sent) == pytest.approx(outcome.flows[0].figures["packets_sent"], rel=0.1)
    assert {kind for *_, kind in sent} <= {"video", "padding", "retransmission"}
    assert sum(count for *_, count in feedback) == pytest.approx(len(sent), rel=0.05)
    assert min(trip for _, _, trip, _ in feedback if trip) >= 0.040
    assert of("limits")[0][1] < of("limits")[0][2]
    times = [now for _, now in of("update")]
    assert times == sorted(times) and 0 < times[0] < 2 and times[-1] <= 12


def test_answers_in_full(small):
    class Full(Fixed):
        wakes = []

        def update(self, now):
            self.wakes.append(now)
            return {"rate": 500_000, "pacing": 600_000, "window": 20_000, "padding": 450_000,
                    "wake_s": now + 0.005}

    outcome = small.run(controller=Full)
    assert outcome.flows[0].estimate_bps[-1] == 500_000
    assert len(Full.wakes) > 1_500, "two hundred a second were wanted"
    nothing = small.run(controller=lambda start, now: type("Quiet", (), {"update": lambda s, n: None})())
    assert nothing.flows[0].estimate_bps[-1] == 300_000, "the rate to begin with holds"


def test_probes_are_sent_once(small):
    probes = {}

    class Probes(Fixed):
        def update(self, now):
            if now > 5 and not probes:
                probes[1] = []
                probe = {"id": 1, "rate": 900_000, "duration_s": 0.015, "packets": 5}
                return {"rate": 300_000, "probes": [probe]}
            return None

        def on_sent(self, packet):
            if packet.probe is not None:
                probes[packet.probe].append(packet.sent_s)

    small.run(controller=Probes)
    (sent,) = probes.values()
    assert 5 <= len(sent) < 10 and sent[0] > 5 and sent[-1] - sent[0] < 0.2


def test_rates_are_kept_within_the_limits(small):
    assert small.run(controller=lambda *_: Fixed(0, 0, 0)).flows[0].estimate_bps[-1] > 0


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (float("nan"), ValueError, "not within"),
        (-1, ValueError, "not within"),
        (1e13, ValueError, "not within"),
        ("fast", TypeError, "real number"),
        ({"rat": 1}, ValueError, "none of rate, pacing"),
        ({"rate": 1e6, "wake_s": -1}, ValueError, "wake_s"),
        ({"probes": [{"id": 1}]}, ValueError, "no \"rate\""),
        ({"probes": [{}] * 5}, ValueError, "at most 4"),
        ({"probes": [{"name": 1}]}, ValueError, "a probe has \"name\""),
    ],
)
def test_answers_that_mean_nothing_are_refused(small, answer, error, words):
    class Bad(Fixed):
        def update(self, now):
            return answer

    with pytest.raises(error, match=words):
        small.run(controller=Bad)


class Own(Exception):
    """Known by its class."""


@pytest.mark.parametrize("method", ["on_sent", "on_feedback", "set_limits", "update"])
def test_an_exception_ends_the_run_and_is_raised(small, method):
    calls = []

    def fails(self, *_):
        calls.append(method)
        raise Own(f"in {method}")

    with pytest.raises(Own, match=method) as raised:
        small.run(controller=type("Fails", (DelayTarget,), {method: fails}))
    assert calls == [method], "nothing is called afterwards"
    assert raised.traceback[-1].name == "fails", "the traceback leads to the controller"
    assert small.run(seed=1).passed, "other runs are as before"


def test_what_makes_no_controller_is_refused(small):
    with pytest.raises(TypeError, match="not an object"):
        small.run(controller=Fixed(0, 0))
    with pytest.raises(AttributeError, match="update"):
        small.run(controller=lambda start, now: object())
    with pytest.raises(TypeError, match="positional"):
        small.run(controller=lambda: None)
    with pytest.raises(ValueError, match="no flow 8"):
        small.run(controller={8: Fixed})
