"""The tracks that the aiortc peer sends: patterns, tones, and what comes back as an echo."""

import asyncio
import fractions
import time

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from pictures import Painter
from tones import Tone

RATE = 48000
VIDEO_CLOCK = 90000


class _Paced(MediaStreamTrack):
    """A track whose frames are due one `_period` after the other."""

    def __init__(self, period):
        super().__init__()
        self._period = period
        self._start = None
        self._count = 0

    async def _turn(self):
        if self.readyState != "live":
            raise MediaStreamError
        now = time.monotonic()
        if self._start is None:
            self._start = now
        wait = self._start + self._count * self._period - now
        if wait > 0:
            await asyncio.sleep(wait)
        elif wait < -1:
            # The machine stood still: what was missed is not made up for in a burst.
            self._start -= wait
        self._count += 1


class PatternTrack(_Paced):
    """Numbered pictures."""

    kind = "video"

    def __init__(self, width, height, fps, first):
        super().__init__(1 / fps)
        self._fps = fps
        self._painter = Painter(width, height, first)

    async def recv(self):
        """The next picture."""
        await self._turn()
        frame = av.VideoFrame(self._painter.width, self._painter.height, "yuv420p")
        _fill(frame.planes[0], self._painter.paint())
        for plane in frame.planes[1:]:
            plane.update(b"\x80" * plane.buffer_size)
        frame.pts = (self._count - 1) * VIDEO_CLOCK // self._fps
        frame.time_base = fractions.Fraction(1, VIDEO_CLOCK)
        return frame


class ToneTrack(_Paced):
    """A sine, in frames of 20 ms."""

    kind = "audio"

    def __init__(self, hz):
        super().__init__(0.02)
        self._tone = Tone(hz, RATE)

    async def recv(self):
        """The next 20 ms."""
        await self._turn()
        # In stereo, as turning one channel into two for Opus would take 3 dB away.
        samples = self._tone.samples(RATE // 50).repeat(2)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = RATE
        frame.pts = (self._count - 1) * RATE // 50
        frame.time_base = fractions.Fraction(1, RATE)
        return frame


class EchoTrack(MediaStreamTrack):
    """The frames that came in on the same m-line, coded again."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        # A frame that finds no room is left out, as an echo must not fall behind.
        self._frames = asyncio.Queue(10)

    def put(self, frame):
        """Takes a frame that came in."""
        if not self._frames.full():
            self._frames.put_nowait(frame)

    async def recv(self):
        """The next frame that came in."""
        return await self._frames.get()


def _fill(plane, luma):
    height, width = luma.shape
    if plane.line_size == width:
        plane.update(luma.tobytes())
        return
    gap = bytes(plane.line_size - width)
    plane.update(b"".join(row.tobytes() + gap for row in luma))
