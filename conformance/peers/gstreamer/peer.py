"""GStreamer's webrtcbin as a peer of the wall.

What 1.22 lacks, as seen: it changes no directions, stops no m-line, restarts no ICE, rolls nothing back, sends
no empty message, refuses descriptions without `a=mid`, and tells nothing of messages larger than the other
side takes. It writes no MID extension: streams are told apart by `a=ssrc` and payload type. Its NACKs for sound
begin before anything is lost.

webrtcbin calls back on threads of its own; whatever touches this program's tables is handed to the loop.
"""

import asyncio
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "python"))

import gi

for _module in ("Gst", "GstApp", "GstSdp", "GstWebRTC"):
    gi.require_version(_module, "1.0")
from gi.repository import Gst, GstWebRTC

from channels import Channels
from codecs_of import CODECS, mlines, named
from facts import entries, facts
from lines import Refused, Unsupported, Wire, check_options, ready, serve
from media import Receiver, Sender
from promises import WITHIN, promised, set_description

FEATURES = [
    "offer",
    "answer",
    "data",
    "unordered",
    "max-retransmits",
    "max-lifetime",
    "negotiated",
    "close-channel",
    "text",
    "trickle",
    "renegotiate",
    "several",
    "setup",
    "dtls-1.2",
    "rsa",
    "srtp:SRTP_AES128_CM_HMAC_SHA1_80",
    "ipv6",
    "nack",
    "pli",
]
OPTIONS = {"trickle", "dtls", "srtp", "certificate", "setup", "record", "key_log"}
Direction = GstWebRTC.WebRTCRTPTransceiverDirection


class Peer:
    """One webrtcbin at a time, and what was sent and seen on it."""

    def __init__(self, wire, loop):
        self._wire = wire
        self._loop = loop
        self._pipeline = None
        # What Python has seen of a webrtcbin is kept for good: it takes over the floating reference of
        # the ICE agent and of others, and would free them under webrtcbin's hands.
        self._kept = []
        self._clear({})

    def _clear(self, options):
        self._options = options
        self._opened = time.monotonic()
        self._channels = Channels(self._wire)
        self._waiting = []  # requests for media that have no m-line yet
        self._senders = []  # (sender, transceiver)
        self._receivers = []  # (receiver, transceiver)
        self._told = {}  # by mid: the direction of what the other side brought
        self._gathered = asyncio.Event()
        self._connected = False
        self._trouble = ""  # the last error of an element

    def _bin(self):
        if self._pipeline is None:
            raise Refused("no peer connection is open")
        return self._webrtc

    async def do_open(self, request):
        """A new webrtcbin."""
        check_options(request, OPTIONS)
        if request.get("dtls") not in (None, "1.2"):
            # Its elements sit on OpenSSL 3.0, whose DTLS ends at 1.2.
            raise Unsupported(f"DTLS {request['dtls']}")
        if request.get("certificate") not in (None, "rsa"):
            # webrtcbin makes RSA keys of 2,048 bits, and takes no certificate from outside.
            raise Unsupported(f"a certificate of {request['certificate']}")
        if request.get("srtp") not in (None, ["SRTP_AES128_CM_HMAC_SHA1_80"]):
            raise Unsupported(f"a choice of {request['srtp']}")
        await self.do_close({})
        self._clear(request)
        pipeline = self._pipeline = Gst.Pipeline()
        webrtc = self._webrtc = Gst.ElementFactory.make("webrtcbin")
        webrtc.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
        webrtc.set_property("latency", 100)
        agent = webrtc.get_property("ice-agent")
        # The wall's network carries UDP alone.
        agent.set_property("ice-tcp", False)
        self._kept += [webrtc, agent]
        pipeline.add(webrtc)
        soon = self._loop.call_soon_threadsafe
        webrtc.connect("on-ice-candidate", lambda _, *at: soon(self._on_candidate, webrtc, *at))
        webrtc.connect("notify::connection-state", lambda *_: soon(self._on_connection, webrtc))
        webrtc.connect("notify::ice-connection-state", lambda *_: soon(self._on_ice, webrtc))
        webrtc.connect("notify::ice-gathering-state", lambda *_: soon(self._on_gathering, webrtc))
        webrtc.connect("pad-added", self._on_pad)
        webrtc.connect("prepare-data-channel", self._channels.on_channel)
        pipeline.get_bus().set_sync_handler(self._on_message)
        if pipeline.set_state(Gst.State.PLAYING) == Gst.StateChangeReturn.FAILURE:
            raise RuntimeError("the pipeline does not play")

    async def do_media(self, request):
        """Media to send. It waits for its m-line, since the payload types of an answer are the offer's."""
        check_options(
            request,
            {"kind", "direction", "codecs", "content", "tone_hz", "first", "width", "height", "fps"},
        )
        for codec in named(request["kind"], request.get("codecs")):
            if isinstance(codec, str):
                raise Unsupported(f"the codec {codec}")
        self._bin()
        self._waiting.append(request)

    async def do_channel(self, request):
        """A data channel."""
        self._channels.create(self._bin(), request)

    async def do_offer(self, request):
        """Makes and sets an offer."""
        if request.get("restart"):
            raise Unsupported("webrtcbin of 1.22 has no ICE restart")
        for wanted in self._waiting:
            codecs = named(wanted["kind"], wanted.get("codecs"))
            self._add_media(wanted, codecs[0], codecs[0].payload_type)
        self._waiting = []
        return await self._describe("offer", lambda sdp: sdp)

    async def do_answer(self, request):
        """Sets an offer, makes and sets the answer."""
        lines = mlines(request["sdp"])
        for line in lines:
            self._take_up(line)
        await set_description(self._bin(), "remote", "offer", request["sdp"])
        self._narrow(lines)
        setup = self._options.get("setup")

        def choose_role(sdp):
            # webrtcbin takes its role from the description that is set, and always proposes `active`.
            return sdp.replace("a=setup:active", f"a=setup:{setup}") if setup else sdp

        answer = await self._describe("answer", choose_role)
        self._tell_mlines(lines)
        return answer

    async def do_accept(self, request):
        """Sets the answer."""
        await set_description(self._bin(), "remote", "answer", request["sdp"])
        # What the other side only agreed to is no news.
        self._tell_mlines(mlines(request["sdp"]), False)

    async def do_candidate(self, request):
        """A candidate of the other side."""
        webrtc, text = self._bin(), request.get("candidate") or ""
        # An empty one tells it that no more come.
        webrtc.emit("add-ice-candidate", self._index_of(request), text)

    async def do_send(self, request):
        """Sends messages."""
        await self._channels.send(self._bin(), request)

    async def do_received(self, request):
        """What came in on a channel."""
        return self._channels.received(request)

    async def do_seen(self, _request):
        """What media came in."""
        media = {}
        described = self._bin().get_property("remote-description")
        lines = mlines(described.sdp.as_text()) if described else []
        for receiver, transceiver in self._receivers:
            # Of an m-line that its own further offer brought, it gives the pad a wrong transceiver: the
            # first. The SSRC knows better, where the description has it.
            owners = (line.mid for line in lines if receiver.ssrc in line.ssrcs)
            mid = next(owners, transceiver.get_property("mid"))
            # A stream whose SSRC changed has several receivers; the last is the one at work.
            media[mid] = {"mid": mid, "kind": receiver.codec.kind, **receiver.report()}
        return {"media": list(media.values())}

    async def do_stats(self, _request):
        """Facts about the connection."""
        webrtc = self._bin()
        reply = await promised(lambda promise: webrtc.emit("get-stats", None, promise))
        stats = entries(reply) if reply else {}
        return {"facts": facts(webrtc, stats), "raw": stats}

    async def do_direction(self, request):
        """Its answerer refuses a changed direction: "transceiver direction changes are not implemented"."""
        raise Unsupported(f"webrtcbin of 1.22 changes no direction to {request['direction']}")

    async def do_keyframe(self, request):
        """Asks for a key frame."""
        for pad in self._bin().srcpads:
            transceiver = pad.get_property("transceiver")
            if transceiver and transceiver.get_property("mid") == request["mid"]:
                order = Gst.Structure.new_empty("GstForceKeyUnit")
                # With all headers it would be a FIR where both know it, as its depayloaders have it.
                order.set_value("all-headers", False)
                pad.send_event(Gst.Event.new_custom(Gst.EventType.CUSTOM_UPSTREAM, order))
                return
        raise Refused("nothing came in on that m-line")

    async def do_close_channel(self, request):
        """Closes a channel."""
        self._channels.close(request)

    async def do_close(self, _request):
        """Closes the connection."""
        pipeline, self._pipeline = self._pipeline, None
        if pipeline is None:
            return
        for sender, _ in self._senders:
            sender.stop()
        # It may wait for threads that wait for Python.
        stopping = self._loop.run_in_executor(None, pipeline.set_state, Gst.State.NULL)
        await asyncio.wait_for(stopping, WITHIN)
        self._wire.event("connection", state="closed")

    async def _describe(self, kind, change):
        webrtc = self._bin()
        reply = await promised(lambda promise: webrtc.emit(f"create-{kind}", None, promise))
        if not reply or not reply.has_field(kind):
            raise Refused(f"webrtcbin made no {kind}")
        sdp = change(reply.get_value(kind).sdp.as_text())
        if webrtc.get_property("ice-gathering-state").value_nick != "complete":
            self._gathered.clear()
        await set_description(webrtc, "local", kind, sdp)
        if self._options.get("trickle"):
            return {"type": kind, "sdp": sdp}
        try:
            await asyncio.wait_for(self._gathered.wait(), WITHIN)
        except asyncio.TimeoutError as error:
            # As where no interface but the loopback one is up.
            raise RuntimeError(f"gathering did not end within {WITHIN} s") from error
        return {"type": kind, "sdp": webrtc.get_property("local-description").sdp.as_text()}

    def _add_media(self, wanted, codec, payload_type):
        """Adds what was asked for to webrtcbin, which makes a transceiver of it."""
        webrtc = self._bin()
        direction = getattr(Direction, wanted.get("direction", "sendrecv").upper())
        sends = direction in (Direction.SENDRECV, Direction.SENDONLY)
        if not sends or wanted.get("content") == "none":
            caps = Gst.Caps.from_string(codec.caps(payload_type))
            transceiver = webrtc.emit("add-transceiver", direction, caps)
        else:
            sender = Sender(wanted, codec, payload_type)
            self._pipeline.add(sender.bin)
            pad = webrtc.request_pad_simple("sink_%u")
            sender.bin.get_static_pad("src").link(pad)
            transceiver = pad.get_property("transceiver")
            transceiver.set_property("direction", direction)
            sender.bin.sync_state_with_parent()
            self._senders.append((sender, transceiver))
            if self._connected:
                sender.start()
        # For sound too: in a bundle, 1.22 takes for every stream what its last transceiver says.
        transceiver.set_property("do-nack", True)
        self._kept.append(transceiver)

    def _take_up(self, line):
        """Gives an m-line of an offer the first media of its kind that waits."""
        if line.mid in self._told or line.port == 0 and not line.mid:
            return
        wanted = next((w for w in self._waiting if w["kind"] == line.kind), None)
        if wanted is None:
            return
        for codec in named(line.kind, wanted.get("codecs")):
            payload_type = line.payload_type(codec)
            if payload_type is not None:
                self._waiting.remove(wanted)
                self._add_media(wanted, codec, payload_type)
                return

    def _narrow(self, lines):
        """webrtcbin answers with every codec of the offer on an m-line that nothing here waits for: it
        leaves open how they are decoded. This holds it to those that are decoded."""
        for index, line in enumerate(lines):
            transceiver = self._at(index)
            if line.kind not in ("audio", "video") or transceiver is None:
                continue
            if any(t is transceiver for _, t in self._senders) or line.mid in self._told:
                continue
            if transceiver.get_property("codec-preferences") is not None:
                continue
            numbers = [(codec, line.payload_type(codec)) for codec in named(line.kind, None)]
            caps = [codec.caps(number) for codec, number in numbers if number is not None]
            if caps:
                transceiver.set_property("codec-preferences", Gst.Caps.from_string(";".join(caps)))
                transceiver.set_property("do-nack", True)

    def _at(self, index):
        transceiver = self._bin().emit("get-transceiver", index)
        if transceiver is not None:
            self._kept.append(transceiver)
        return transceiver

    def _transceivers(self):
        found = []
        for index in range(64):
            transceiver = self._at(index)
            if transceiver is None:
                return found
            found.append(transceiver)
        return found

    def _transceiver(self, request):
        for transceiver in self._transceivers():
            if transceiver.get_property("mid") == request["mid"]:
                return transceiver
        raise Refused(f"no m-line {request['mid']}")

    def _tell_mlines(self, lines, aloud=True):
        for transceiver in self._transceivers():
            mid = transceiver.get_property("mid")
            direction = transceiver.get_property("current-direction").value_nick
            line = next((line for line in lines if line.mid == mid), None)
            if line is None or self._told.get(mid) == direction:
                continue
            self._told[mid] = direction
            if aloud:
                self._wire.event("media", mid=mid, kind=line.kind, direction=direction)

    def _index_of(self, request):
        if request.get("index") is not None:
            return int(request["index"])
        described = self._bin().get_property("remote-description")
        lines = mlines(described.sdp.as_text()) if described else []
        mids = [line.mid for line in lines]
        return mids.index(request["mid"]) if request.get("mid") in mids else 0

    def _on_candidate(self, webrtc, index, candidate):
        if webrtc is not self._webrtc or not self._options.get("trickle"):
            return
        described = webrtc.get_property("local-description")
        lines = mlines(described.sdp.as_text()) if described else []
        mid = lines[index].mid if index < len(lines) else ""
        self._wire.event("candidate", candidate=candidate, mid=mid, index=index)

    def _on_gathering(self, webrtc):
        if webrtc is not self._webrtc:
            return
        if webrtc.get_property("ice-gathering-state").value_nick == "complete":
            if not self._gathered.is_set():
                self._gathered.set()
                self._on_candidate(webrtc, 0, "")

    def _on_connection(self, webrtc):
        if webrtc is not self._webrtc or self._pipeline is None:
            return
        state = webrtc.get_property("connection-state").value_nick
        reason = {"reason": self._trouble} if state == "failed" and self._trouble else {}
        self._wire.event("connection", state=state, **reason)
        if state == "connected":
            self._connected = True
            for sender, _ in self._senders:
                sender.start()

    def _on_ice(self, webrtc):
        if webrtc is self._webrtc and self._pipeline is not None:
            self._wire.event("ice", state=webrtc.get_property("ice-connection-state").value_nick)

    def _on_message(self, _bus, message):
        if message.type == Gst.MessageType.ERROR:
            error, detail = message.parse_error()
            # The first line of the detail is a place in GStreamer's source; the rest says what happened.
            self._trouble = f"{error.message} {detail.partition(chr(10))[2]}".strip()
            self._wire.log(f"{error.message} ({detail})")
        return Gst.BusSyncReply.DROP

    def _on_pad(self, webrtc, pad):
        """A stream came in. On webrtcbin's thread, as the pad must be linked before the call returns."""
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        caps = pad.get_current_caps() or pad.query_caps(None)
        name = (caps.get_structure(0).get_string("encoding-name") or "").lower()
        codec = next((codec for codec in CODECS if codec.name.lower() == name), None)
        transceiver = pad.get_property("transceiver")
        self._kept += [pad, transceiver]
        if codec is None:
            self._wire.log(f"a stream of {name}, which nothing here decodes")
            return
        echo = next((s for s, t in self._senders if t is transceiver and s.echo), None)
        found, ssrc = caps.get_structure(0).get_uint("ssrc")
        receiver = Receiver(codec, ssrc if found else None, self._opened, echo)
        receiver.watch(pad)
        self._pipeline.add(receiver.bin)
        pad.link(receiver.bin.get_static_pad("sink"))
        receiver.bin.sync_state_with_parent()
        self._receivers.append((receiver, transceiver))


async def _main():
    wire = Wire()
    Gst.init(None)
    version = Gst.version()
    ready(
        wire,
        peer="GStreamer",
        version=f"{version.major}.{version.minor}.{version.micro}",
        content="codecs",
        audio=[codec.name for codec in CODECS if codec.kind == "audio"],
        video=[codec.name for codec in CODECS if codec.kind == "video"],
        features=FEATURES,
    )
    await serve(Peer(wire, asyncio.get_running_loop()), wire)


asyncio.run(_main())
