"""A deterministic network laboratory for real-time media.

    import lapwing

    outcome = lapwing.Scenario.load("rfc8867-5.1-owd50").run(seed=1)
    print(outcome.passed, outcome.figures["utilisation"])
    print(outcome.flows[0].sent_bps.mean())

A run is a function of its scenario and its seed: the same ones give the same `Outcome.chain`.
"""

from ._many import grid, run_many
from ._native import Feedback, Limits, Packet, RunError, ScenarioError, __version__
from ._outcome import Outcome, Row, Verdict
from ._scenario import Fault, Scenario, scenarios

__all__ = [
    "Fault",
    "Feedback",
    "Limits",
    "Outcome",
    "Packet",
    "Row",
    "RunError",
    "Scenario",
    "ScenarioError",
    "Verdict",
    "__version__",
    "grid",
    "run_many",
    "scenarios",
]
