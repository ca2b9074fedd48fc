"""Judges what `processing -- --wav DIR` wrote: echo by AECMOS (Purin and others, ICASSP 2022), noise
by DNSMOS P.835 (Reddy and others, ICASSP 2022).

    python3 -m venv target/mos && target/mos/bin/pip install speechmos onnxruntime librosa requests
    cargo run --release -p lapwing-benches --example processing -- --wav target/mos-wav
    target/mos/bin/python benches/examples/processing/mos.py target/mos-wav

The models are in the package `speechmos`; nothing is fetched when it runs. All figures are opinions
from 1 to 5 that the models expect of people.
"""

import collections
import pathlib
import sys
import wave

import numpy
from speechmos import aecmos, dnsmos

RATE = 16000

# What is told of who speaks, by the words of the model.
TALK = {"far": "st", "both": "dt", "near": "nst"}


def samples(path):
    with wave.open(str(path)) as file:
        bytes = file.readframes(file.getnframes())
    return numpy.frombuffer(bytes, dtype="<i2").astype(numpy.float32) / 32768


def rows(folder):
    """The parts of each row, by what it is of, its place and its name."""
    found = collections.defaultdict(dict)
    for path in pathlib.Path(folder).glob("*.wav"):
        kind, place, name, part = path.stem.split("--")
        found[kind, int(place), name][part] = samples(path)
    return found


def echo(kind, parts):
    """Echo and other degradation, without cancellation and with it."""
    judged = []
    for part in ["off", "on"]:
        length = min(len(parts[each]) for each in ["lpb", "mic", part])
        clips = {"lpb": parts["lpb"], "mic": parts["mic"], "enh": parts[part]}
        clips = {each: clip[:length] for each, clip in clips.items()}
        judged.append(aecmos.run(clips, RATE, TALK[kind]))
    return [result[figure] for figure in ["echo_mos", "deg_mos"] for result in judged]


def noise(parts):
    """Speech, background and both, without suppression and with it."""
    judged = [dnsmos.run(parts[part], RATE) for part in ["off", "on"]]
    return [result[f"{figure}_mos"] for figure in ["sig", "bak", "ovrl"] for result in judged]


def show(title, heads, table):
    print(f"{title:<26}" + "".join(f"  {head:>8}" for head in heads))
    for name, figures in table:
        print(f"{name:<26}" + "".join(f"  {figure:>8.2f}" for figure in figures))
    print()


def main(folder):
    found = sorted(rows(folder).items())
    of = lambda kind: [(name, parts) for (own, _, name), parts in found if own == kind]
    heads = ["echo off", "on", "else off", "on"]
    titles = {"far": "far end alone", "both": "both, near over echo", "near": "near end"}
    for kind, title in titles.items():
        show(title, heads, [(name, echo(kind, parts)) for name, parts in of(kind)])
    heads = ["SIG off", "on", "BAK off", "on", "OVRL off", "on"]
    show("noise", heads, [(name, noise(parts)) for name, parts in of("noise")])


if __name__ == "__main__":
    main(sys.argv[1])
