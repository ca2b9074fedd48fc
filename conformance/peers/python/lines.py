"""The line protocol of `conformance/peers/README.md`, over asyncio.

A peer is an object with a coroutine `do_NAME(request)` for each order it knows. Orders that change the
connection run one after the other, in the order of their arrival, as a candidate has to wait for the
description before it. Orders that only look, or that wait for the other side, run beside them.
"""

import asyncio
import json
import os
import sys
import threading
import traceback

# They change nothing, or (`send`) wait for room that only the network can make.
BESIDE = {"send", "received", "seen", "stats"}


class Unsupported(Exception):
    """This stack cannot do that, or this option."""


class Refused(Exception):
    """The stack refused a description, a candidate or an order, in its own words."""


class Wire:
    """Standard output, kept for lines alone: whatever a library prints goes to standard error."""

    def __init__(self):
        self._lock = threading.Lock()
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def write(self, line):
        """Writes one object as a line; from any thread."""
        text = json.dumps(line, separators=(",", ":"))
        with self._lock:
            try:
                self._out.write(text + "\n")
                self._out.flush()
            except (BrokenPipeError, ValueError):
                # The harness has gone; the end of standard input will tell the same.
                return

    def event(self, event, **fields):
        """Tells of an event."""
        self.write({"event": event, **fields})

    def log(self, text):
        """Tells of something odd that is no failure of an order."""
        self.event("log", text=str(text))


def ready(wire, **fields):
    """The first line."""
    wire.event("ready", **fields)


def check_options(request, known):
    """Refuses the options of an order that this peer does not know."""
    for name, value in request.items():
        if name in ("id", "do") or name in known or value is None:
            continue
        raise Unsupported(f"the option {name}")


def _read_input(loop, queue):
    for line in sys.stdin.buffer:
        loop.call_soon_threadsafe(queue.put_nowait, line)
    loop.call_soon_threadsafe(queue.put_nowait, None)


async def _answer(peer, wire, request):
    reply = {"id": request.get("id")}
    name = str(request.get("do"))
    try:
        handler = getattr(peer, f"do_{name}", None)
        if handler is None:
            raise Unsupported(f"the order {name}")
        reply["ok"] = await handler(request) or {}
    except Unsupported as error:
        reply["error"] = {"kind": "unsupported", "text": str(error)}
    except Refused as error:
        reply["error"] = {"kind": "refused", "text": str(error)}
    except Exception as error:  # Whatever broke is the harness's to know; the program lives on.
        traceback.print_exc()
        reply["error"] = {"kind": "failed", "text": f"{type(error).__name__}: {error}"}
    wire.write(reply)


async def _in_order(peer, wire, queue):
    while True:
        await _answer(peer, wire, await queue.get())


async def serve(peer, wire):
    """Obeys until the end of standard input or `exit`, then closes the peer and ends the program.

    It ends by `os._exit`, since threads of codecs and of pipelines that are still at work would hold up
    an orderly end for as long as they like.
    """
    loop = asyncio.get_running_loop()
    lines, orders = asyncio.Queue(), asyncio.Queue()
    threading.Thread(target=_read_input, args=(loop, lines), daemon=True).start()
    worker = asyncio.create_task(_in_order(peer, wire, orders))
    beside = set()
    last = None
    while (line := await lines.get()) is not None:
        try:
            request = json.loads(line)
        except ValueError as error:
            wire.log(f"not a line of JSON: {error}")
            continue
        if request.get("do") == "exit":
            last = request.get("id")
            break
        if request.get("do") in BESIDE:
            task = asyncio.create_task(_answer(peer, wire, request))
            beside.add(task)
            task.add_done_callback(beside.discard)
        else:
            orders.put_nowait(request)
    worker.cancel()
    try:
        await asyncio.wait_for(peer.do_close({}), 2)
    except Exception as error:  # The program ends either way; the log says what was left.
        print(f"while closing: {error!r}", file=sys.stderr)
    if last is not None:
        wire.write({"id": last, "ok": {}})
    sys.stderr.flush()
    os._exit(0)
