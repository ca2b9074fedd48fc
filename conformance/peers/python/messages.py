"""Messages made from a seed, and the list of what came in."""

import asyncio
import hashlib

import numpy

BLOCK = 4096
KEPT = 1000  # what `received` lists


def _block(seed, length):
    x, block = seed & 0xFFFFFFFF, bytearray(length)
    for i in range(length):
        x = (x * 1664525 + 1013904223) & 0xFFFFFFFF
        block[i] = x >> 24
    return numpy.frombuffer(bytes(block), numpy.uint8)


def message(kind, size, seed):
    """The message of `size` bytes, as bytes; a text has only lower-case letters and digits."""
    block = _block(seed, min(size, BLOCK))
    if kind == "text":
        block = (97 + block % 26).astype(numpy.uint8)
    if not size:
        return b""
    blocks = -(-size // BLOCK)
    padded = numpy.zeros(BLOCK, numpy.uint8)
    padded[: len(block)] = block
    whole = numpy.tile(padded, (blocks, 1))
    if kind == "text":
        marks = b"".join(b"%08x" % k for k in range(blocks))
        whole[:, :8] = numpy.frombuffer(marks, numpy.uint8).reshape(blocks, 8)
    else:
        marks = numpy.arange(blocks, dtype=">u4").tobytes()
        whole[:, :4] = numpy.frombuffer(marks, numpy.uint8).reshape(blocks, 4)
    return whole.tobytes()[:size]


class Inbox:
    """What came in on one channel."""

    def __init__(self):
        self.count = 0
        self.bytes = 0
        self.messages = []

    def add(self, kind, data):
        """Takes a message in."""
        self.count += 1
        self.bytes += len(data)
        if len(self.messages) < KEPT:
            digest = hashlib.sha256(data).hexdigest()
            self.messages.append({"kind": kind, "size": len(data), "sha256": digest})

    def report(self):
        """The content of the reply to `received`."""
        return {"count": self.count, "bytes": self.bytes, "messages": list(self.messages)}


async def send_all(request, put, room):
    """Sends what a `send` asks for: `put(kind, data)` hands a message over, `room()` tells if one fits."""
    kind = request.get("kind", "binary")
    size, seed = int(request.get("size", 0)), int(request.get("seed", 0))
    for n in range(int(request.get("count", 1))):
        while not room():
            await asyncio.sleep(0.005)
        put(kind, message(kind, size, seed + n))
        # Others have their turn even when there is always room.
        await asyncio.sleep(0)
