"""Tones, and the measurement of those that came in."""

import math

import numpy

AMPLITUDE = 0.1414


class Tone:
    """A sine of 16-bit samples that goes on where it stopped."""

    def __init__(self, hz, rate):
        self._step = 2 * math.pi * hz / rate
        self._at = 0

    def samples(self, count):
        """The next samples."""
        at = numpy.arange(self._at, self._at + count)
        self._at += count
        return numpy.rint(numpy.sin(at * self._step) * AMPLITUDE * 32767).astype(numpy.int16)


class Listener:
    """Keeps the last half second of what it hears."""

    def __init__(self):
        self._rate = 0
        self._kept = numpy.zeros(0, numpy.float32)

    def hear(self, samples, rate):
        """Takes 16-bit samples of one channel."""
        if rate != self._rate:
            self._rate, self._kept = rate, numpy.zeros(0, numpy.float32)
        new = samples.astype(numpy.float32) / 32768
        self._kept = numpy.concatenate([self._kept, new])[-rate // 2 :]

    def report(self):
        """Its part of an entry of `seen`: nothing before a tenth of a second was heard."""
        kept = self._kept
        if not self._rate or len(kept) < self._rate // 10:
            return {}
        level = float(numpy.sqrt(numpy.mean(kept**2)))
        report = {"level_db": round(20 * math.log10(max(level, 1e-6)), 1)}
        # Padded to two seconds, so that the bins lie half a hertz apart.
        spectrum = numpy.abs(numpy.fft.rfft(kept * numpy.hanning(len(kept)), 2 * self._rate))
        spectrum[:200] = 0
        spectrum[8001:] = 0
        if spectrum.max() > 0:
            report["hz"] = float(numpy.argmax(spectrum)) / 2
        return report
