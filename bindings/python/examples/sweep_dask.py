"""A sweep over the machines of a Dask cluster: python sweep_dask.py [ADDRESS OF ITS SCHEDULER]

Without an address, over two processes of this machine. Each machine needs the package.
"""

import sys

import pandas
from dask.distributed import Client

import lapwing

AXES = {"link.fwd.delay_ms": [10, 50, 100], "link.fwd.queue.size_ms": [100, 300]}
SEEDS = [1, 2]


def run(scenario, seed, point):
    """On a worker: scenarios travel as text, and only figures come back."""
    return {**point, "seed": seed, **scenario.run(seed=seed).flows[0].figures}


def main():
    scenario = lapwing.Scenario.load("rfc8867-5.1-owd50")
    client = Client(sys.argv[1]) if len(sys.argv) > 1 else Client(
        n_workers=2, threads_per_worker=1, dashboard_address=None)
    runs = [(changed, seed, point) for point, changed in lapwing.grid(scenario, AXES)
            for seed in SEEDS]
    # Runs are pure: one that is lost with its machine is made again, and comes to the same.
    rows = client.gather(client.map(run, *zip(*runs)))
    frame = pandas.DataFrame(rows)
    figures = ["received_bps", "queueing_delay_p95_ms", "loss"]
    print(frame.groupby(list(AXES))[figures].mean().to_string())
    client.close()


if __name__ == "__main__":
    main()
