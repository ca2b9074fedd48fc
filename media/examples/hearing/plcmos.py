"""Judges what `hearing -- --curve --wav DIR` wrote by PLCMOS (Diener and others, INTERSPEECH 2023).

    python3 -m venv target/plcmos && target/plcmos/bin/pip install speechmos onnxruntime
    mkdir -p target/curve
    cargo run -p lapwing-media --example hearing -- --curve --wav target/curve
    target/plcmos/bin/python media/examples/hearing/plcmos.py target/curve

The model is in the package `speechmos`; nothing is fetched when it runs. The figure is the mean of
the seeds, each over `ROUNDS` raters that the model is asked to be.
"""

import collections
import pathlib
import sys
import wave

import numpy
from speechmos.plcmos import PLCMOS

WAYS = ["plain", "FEC", "RED", "DRED", "all"]
ROUNDS = 5


def samples(path):
    with wave.open(str(path)) as file:
        bytes = file.readframes(file.getnframes())
    return numpy.frombuffer(bytes, dtype="<i2").astype(numpy.float32) / 32768


def main(folder):
    judge = PLCMOS(embed_rounds=ROUNDS)
    scores = collections.defaultdict(list)
    for path in sorted(pathlib.Path(folder).glob("*.wav")):
        kind, loss, way, _ = path.stem.split("-")
        numpy.random.seed(1)
        scores[kind, int(loss), way].append(judge(samples(path))["plcmos"])
    print(f"{'lost':<6}  {'%':>2}" + "".join(f"  {way:>5}" for way in WAYS))
    for kind, loss in sorted({key[:2] for key in scores}):
        row = [numpy.mean(scores[kind, loss, way]) for way in WAYS]
        print(f"{kind:<6}  {loss:>2}" + "".join(f"  {score:>5.2f}" for score in row))


if __name__ == "__main__":
    main(sys.argv[1])
