"""Pictures that carry their number, and the account of those that came in."""

import time

import numpy

CELLS = 34
LIGHT, DARK = 220, 32


def crc8(number):
    """The CRC of a picture's number."""
    crc = 0xFF
    for byte in (number & 0xFFFFFF).to_bytes(3, "big"):
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1) ^ 0x07 if crc & 0x80 else crc << 1
            crc &= 0xFF
    return crc


class Painter:
    """Paints one picture after the other, as I420."""

    def __init__(self, width, height, first):
        self.width, self.height = width, height
        self.number = first
        rows = numpy.arange(height)[:, None] // 2
        self._ramp = (64 + (numpy.arange(width)[None, :] // 2 + rows) % 96).astype(numpy.uint8)
        self._edges = [i * width // CELLS for i in range(CELLS + 1)]

    def paint(self):
        """The next picture's luma; its chroma is 128 all over."""
        luma = numpy.roll(self._ramp, self.number % self.width, axis=1)
        bar = self.number * 4 % self.width
        luma[:, bar : bar + 8] = 200
        value = (0b10 << 32) | ((self.number & 0xFFFFFF) << 8) | crc8(self.number)
        top = self.height - self.height // 9
        for i in range(CELLS):
            light = value >> (CELLS - 1 - i) & 1
            luma[top:, self._edges[i] : self._edges[i + 1]] = LIGHT if light else DARK
        self.number += 1
        return luma

    def i420(self):
        """The next picture as tightly packed I420."""
        luma = self.paint()
        chroma = ((self.width + 1) // 2) * ((self.height + 1) // 2)
        return luma.tobytes() + b"\x80" * (2 * chroma)


def read_number(luma):
    """The number that a picture's luma carries, or None."""
    height, width = luma.shape
    band = height // 9
    if band < 2 or width < CELLS * 2:
        return None
    top = height - band
    rows = luma[top + band // 4 : height - band // 4].astype(numpy.float32).mean(axis=0)
    means = []
    for i in range(CELLS):
        left, right = i * width // CELLS, (i + 1) * width // CELLS
        quarter = (right - left) // 4
        means.append(float(rows[left + quarter : right - quarter].mean()))
    if means[0] - means[1] < 40:
        return None
    threshold = (means[0] + means[1]) / 2
    value = 0
    for mean in means[2:]:
        value = value << 1 | (mean > threshold)
    number = value >> 8
    return number if crc8(number) == value & 0xFF else None


class Viewer:
    """The account of the pictures on one m-line."""

    def __init__(self, opened):
        self._opened = opened
        self._seen = {"frames": 0, "read": 0, "backwards": 0}

    def look(self, luma):
        """Takes a decoded picture's luma into account."""
        seen = self._seen
        seen["frames"] += 1
        seen.setdefault("first_ms", round((time.monotonic() - self._opened) * 1000))
        seen["height"], seen["width"] = luma.shape
        number = read_number(luma)
        if number is None:
            return
        seen["read"] += 1
        seen.setdefault("first", number)
        if "last" in seen and number < seen["last"]:
            seen["backwards"] += 1
        seen["last"] = number

    def report(self):
        """Its part of an entry of `seen`."""
        return dict(self._seen)
