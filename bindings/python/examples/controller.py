"""A congestion controller in Python, and a picture of it: python controller.py [PICTURE]"""

import sys

import lapwing


class DelayTarget:
    """Grows while packets wait for less than a target, and shrinks while they wait for more."""

    def __init__(self, start_bps, now, target_ms=20):
        self.rate, self.target, self.least = start_bps, target_ms / 1e3, float("inf")
        self.most = start_bps

    def on_feedback(self, feedback):
        # The two clocks differ, so the least way has an unknown part.
        ways = [p.arrived_s - p.sent_s for p in feedback.packets if not p.lost]
        if not ways:
            return
        self.least = min(self.least, *ways)
        room = max(-1.0, min(1.0, 1 - (ways[-1] - self.least) / self.target))
        self.rate = self.rate + 15_000 * room if room > 0 else self.rate * (1 + 0.06 * room)

    def set_limits(self, limits, now):
        self.most = 1.2 * (limits.desired_bps or limits.maximum_bps)

    def update(self, now):
        self.rate = min(self.rate, self.most)
        return self.rate


if __name__ == "__main__":
    outcome = lapwing.Scenario.load("rfc8867-5.1-owd50").run(seed=1, controller=DelayTarget)
    flow, link = outcome.flows[0], outcome.links[0]
    for name, value in [("sent", flow.sent_bps.mean() / 1e6), ("loss", flow.figures["loss"])]:
        print(f"{name} {value:.3f}")
    if len(sys.argv) > 1:
        import matplotlib.pyplot as plt

        figure, (rate, delay) = plt.subplots(2, sharex=True)
        rate.plot(outcome.times, link.capacity_bps / 1e6, label="capacity")
        rate.plot(outcome.times, flow.sent_bps / 1e6, label="sent")
        rate.set(ylabel="Mbit/s")
        rate.legend()
        delay.plot(outcome.times, flow.queueing_delay_ms)
        delay.set(xlabel="s", ylabel="queueing delay, ms")
        figure.savefig(sys.argv[1])
