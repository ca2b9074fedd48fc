"""A sweep over the machines of a Ray cluster: python sweep_ray.py [ADDRESS OF THE CLUSTER]

Without an address, over two processes of this machine. Each machine needs the package.
"""

import sys

import pandas
import ray

import lapwing

AXES = {"link.fwd.delay_ms": [10, 50, 100], "link.fwd.queue.size_ms": [100, 300]}
SEEDS = [1, 2]


@ray.remote
def run(scenario, seed, point):
    """On a worker: scenarios travel as text, and only figures come back."""
    return {**point, "seed": seed, **scenario.run(seed=seed).flows[0].figures}


def main():
    scenario = lapwing.Scenario.load("rfc8867-5.1-owd50")
    if len(sys.argv) > 1:
        ray.init(address=sys.argv[1])
    else:
        ray.init(num_cpus=2, include_dashboard=False)
    runs = [run.remote(changed, seed, point) for point, changed in lapwing.grid(scenario, AXES)
            for seed in SEEDS]
    frame = pandas.DataFrame(ray.get(runs))
    figures = ["received_bps", "queueing_delay_p95_ms", "loss"]
    print(frame.groupby(list(AXES))[figures].mean().to_string())
    ray.shutdown()


if __name__ == "__main__":
    main()
