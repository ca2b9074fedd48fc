"""aiortc as a peer of the wall.

What it lacks, as seen: all its cipher suites are ECDHE_ECDSA, so that it is no client of a server with an RSA
certificate (GStreamer, baresip). It gathers before a description is set, and all at once. It has no ICE
restart and no rollback, and the m-line of a stopped transceiver stays as it was. An FIR, whose media SSRC is
0, finds no sender in it. An answer has to have the `a=mid` of the offer.
"""

import asyncio
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "python"))

import aiortc
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection
from aiortc import RTCRtpSender, RTCSessionDescription
from aiortc import rtcdtlstransport
from aiortc.sdp import candidate_from_sdp

from channels import Channels
from facts import Counters, Trouble, facts, keep_keys, profile_name
from lines import Refused, Unsupported, Wire, check_options, ready, serve
from pictures import Viewer
from tones import Listener
from tracks import EchoTrack, PatternTrack, ToneTrack

PROFILES = list(rtcdtlstransport.SRTP_PROFILES)
FEATURES = [
    "offer",
    "answer",
    "data",
    "unordered",
    "max-retransmits",
    "max-lifetime",
    "negotiated",
    "close-channel",
    "empty-message",
    "text",
    "trickle",
    "renegotiate",
    "direction",
    "several",
    "setup",
    "dtls-1.2",
    "srtp-choice",
    "ipv6",
    "nack",
    "pli",
] + [f"srtp:{profile_name(profile.openssl_profile)}" for profile in PROFILES]
OPTIONS = {"trickle", "dtls", "srtp", "certificate", "setup", "record", "key_log"}


class Peer:
    """One peer connection at a time, and what was sent and seen on it."""

    def __init__(self, wire):
        self._wire = wire
        self._pc = None
        self._trouble = Trouble()
        self._clear({})

    def _clear(self, options):
        self._options = options
        self._opened = time.monotonic()
        self._channels = Channels(self._wire)
        self._watchers = {}  # by the receiver's track: the account, and an echo where one was asked for
        self._echoes = {}  # by transceiver
        self._mlines = {}  # by mid: what the other side brought, as last told
        self._counters = Counters()
        self._tasks = set()
        self._trouble.last = ""

    def _spawn(self, coroutine):
        # The loop itself holds tasks only weakly.
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _connection(self):
        if self._pc is None:
            raise Refused("no peer connection is open")
        return self._pc

    async def do_open(self, request):
        """A new peer connection."""
        check_options(request, OPTIONS)
        if request.get("dtls") not in (None, "1.2"):
            # pyOpenSSL binds to an OpenSSL whose DTLS ends at 1.2.
            raise Unsupported(f"DTLS {request['dtls']}")
        if request.get("certificate") not in (None, "ecdsa"):
            # `RTCCertificate` makes P-256 keys, and its cipher suites are all ECDHE_ECDSA.
            raise Unsupported(f"a certificate of {request['certificate']}")
        # `RTCDtlsTransport` takes this list when it is made, and there is no other way to say it.
        rtcdtlstransport.SRTP_PROFILES = _profiles(request.get("srtp"))
        keep_keys(request.get("key_log"))
        await self.do_close({})
        self._clear(request)
        # Its default is a public STUN server. Its default policy, `balanced`, moves the first m-line of a
        # kind into the bundle and leaves a second one on the transport that was given up: no media.
        policy = RTCBundlePolicy.MAX_BUNDLE
        pc = self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=policy))
        wire = self._wire
        pc.on("connectionstatechange", lambda: self._tell_connection(pc))
        pc.on("iceconnectionstatechange", lambda: wire.event("ice", state=pc.iceConnectionState))
        pc.on("datachannel", self._channels.on_channel)

    async def do_media(self, request):
        """A track to send; the transceiver takes the next m-line of its kind."""
        check_options(
            request,
            {"kind", "direction", "codecs", "content", "tone_hz", "first", "width", "height", "fps"},
        )
        pc, kind = self._connection(), request["kind"]
        content = request.get("content", "pattern")
        if content == "echo":
            track = EchoTrack(kind)
        elif content == "none":
            track = None
        elif kind == "audio":
            track = ToneTrack(request.get("tone_hz", 440))
        else:
            size = request.get("width", 320), request.get("height", 180)
            track = PatternTrack(*size, request.get("fps", 15), request.get("first", 0))
        preferences = _preferences(kind, request.get("codecs"))
        transceiver = pc.addTransceiver(track or kind, direction=request.get("direction", "sendrecv"))
        if preferences:
            transceiver.setCodecPreferences(preferences)
        if isinstance(track, EchoTrack):
            self._echoes[transceiver] = track
        self._counters.watch(transceiver)

    async def do_channel(self, request):
        """A data channel."""
        self._channels.create(self._connection(), request)

    async def do_offer(self, request):
        """Makes and sets an offer."""
        if request.get("restart"):
            raise Unsupported("aiortc has no ICE restart")
        pc = self._connection()
        bare = await _refusing(pc.createOffer())
        await _refusing(pc.setLocalDescription(bare))
        return self._described(bare)

    async def do_answer(self, request):
        """Sets an offer, makes and sets the answer."""
        pc = self._connection()
        await _refusing(pc.setRemoteDescription(RTCSessionDescription(request["sdp"], "offer")))
        self._look_at_mlines()
        self._choose_role()
        bare = await _refusing(pc.createAnswer())
        await _refusing(pc.setLocalDescription(bare))
        self._tell_mlines()
        return self._described(bare)

    async def do_accept(self, request):
        """Sets the answer."""
        pc = self._connection()
        await _refusing(pc.setRemoteDescription(RTCSessionDescription(request["sdp"], "answer")))
        self._look_at_mlines()
        # What the other side only agreed to is no news.
        self._tell_mlines(False)

    async def do_candidate(self, request):
        """A candidate of the other side."""
        text = request.get("candidate") or ""
        if not text:
            await _refusing(self._connection().addIceCandidate(None))
            return
        try:
            candidate = candidate_from_sdp(text.removeprefix("candidate:"))
        except (AssertionError, IndexError, ValueError) as error:
            raise Refused(f"{type(error).__name__}: {error}") from error
        candidate.sdpMid = request.get("mid")
        candidate.sdpMLineIndex = request.get("index")
        await _refusing(self._connection().addIceCandidate(candidate))

    async def do_send(self, request):
        """Sends messages."""
        await self._channels.send(request)

    async def do_received(self, request):
        """What came in on a channel."""
        return self._channels.received(request)

    async def do_seen(self, _request):
        """What media came in."""
        media = []
        for transceiver in self._connection().getTransceivers():
            receiver = transceiver.receiver
            if receiver.track not in self._watchers:
                continue
            entry = {"mid": transceiver.mid, "kind": transceiver.kind}
            # Its statistics tell of one SSRC alone, even when there were several.
            streams = receiver._RTCRtpReceiver__remote_streams.values()
            entry["packets"] = sum(stream.packets_received for stream in streams)
            if transceiver._codecs:
                # The payload type of a packet is not to be had; this is what the other side prefers.
                entry["codec"] = transceiver._codecs[0].name
            entry.update(self._watchers[receiver.track].report())
            media.append(entry)
        return {"media": media}

    async def do_stats(self, _request):
        """Facts about the connection."""
        pc = self._connection()
        raw = [
            {name: str(value) for name, value in vars(entry).items()}
            for entry in (await pc.getStats()).values()
        ]
        return {"facts": {**facts(pc), **self._counters.facts()}, "raw": raw}

    async def do_direction(self, request):
        """Changes a direction."""
        self._transceiver(request).direction = request["direction"]

    async def do_keyframe(self, request):
        """Asks for a key frame."""
        receiver = self._transceiver(request).receiver
        for source in receiver.getSynchronizationSources():
            # Its own decoder asks by the same function; there is no public one.
            await receiver._send_rtcp_pli(source.source)
            return
        raise Refused("nothing came in on that m-line")

    async def do_close_channel(self, request):
        """Closes a channel."""
        self._channels.close(request)

    async def do_close(self, _request):
        """Closes the connection."""
        pc, self._pc = self._pc, None
        for task in self._tasks:
            task.cancel()
        if pc is not None:
            await asyncio.wait_for(pc.close(), 5)

    def _tell_connection(self, pc):
        state = pc.connectionState
        reason = {"reason": self._trouble.last} if state == "failed" and self._trouble.last else {}
        self._wire.event("connection", state=state, **reason)

    def _described(self, bare):
        """The description to hand over. Candidates come from `setLocalDescription`, all at once: who trickles
        gets the description as it was before, and then the candidates as events."""
        whole = self._connection().localDescription
        if not self._options.get("trickle"):
            return {"type": whole.type, "sdp": whole.sdp}
        index, mid, sdp = -1, "", whole.sdp.splitlines()
        mids = [line[6:] for line in sdp if line.startswith("a=mid:")]
        for line in sdp:
            if line.startswith("m="):
                index += 1
                mid = mids[index]
            if line.startswith("a=candidate:"):
                self._wire.event("candidate", candidate=line[2:], mid=mid, index=index)
        self._wire.event("candidate", candidate="", mid=mids[0] if mids else "", index=0)
        return {"type": bare.type, "sdp": bare.sdp}

    def _choose_role(self):
        setup = self._options.get("setup")
        if setup is None:
            return
        role = {"active": "client", "passive": "server"}[setup]
        pc = self._connection()
        transports = {t.receiver.transport for t in pc.getTransceivers()}
        if pc.sctp:
            transports.add(pc.sctp.transport)
        for transport in transports:
            # aiortc always answers `active`; the role it takes is nowhere else to be set.
            if transport._role not in ("auto", role):
                raise Refused(f"the other side's role leaves no choice of {setup}")
            transport._set_role(role)

    def _look_at_mlines(self):
        for transceiver in self._connection().getTransceivers():
            self._counters.watch(transceiver)
            track = transceiver.receiver.track
            if track is None or track in self._watchers:
                continue
            self._watchers[track] = Viewer(self._opened) if track.kind == "video" else Listener()
            self._spawn(self._watch(track, self._watchers[track], self._echoes.get(transceiver)))

    def _tell_mlines(self, aloud=True):
        for transceiver in self._connection().getTransceivers():
            direction = transceiver.currentDirection
            if transceiver.mid is None or self._mlines.get(transceiver.mid) == direction:
                continue
            self._mlines[transceiver.mid] = direction
            fields = {"mid": transceiver.mid, "kind": transceiver.kind, "direction": direction}
            if aloud:
                self._wire.event("media", **fields)

    async def _watch(self, track, account, echo):
        while True:
            try:
                frame = await track.recv()
            except aiortc.mediastreams.MediaStreamError:
                return
            if track.kind == "video":
                account.look(_luma(frame))
            else:
                account.hear(_mono(frame), frame.sample_rate)
            if echo:
                echo.put(frame)

    def _transceiver(self, request):
        for transceiver in self._connection().getTransceivers():
            if transceiver.mid == request["mid"]:
                return transceiver
        raise Refused(f"no m-line {request['mid']}")


async def _refusing(coroutine):
    """What the stack will not have is a refusal, in its words."""
    try:
        return await coroutine
    except Exception as error:
        raise Refused(f"{type(error).__name__}: {error}") from error


def _profiles(names):
    if names is None:
        return PROFILES
    known = {profile_name(profile.openssl_profile): profile for profile in PROFILES}
    for name in names:
        if name not in known:
            raise Unsupported(f"the SRTP profile {name}")
    return [known[name] for name in names]


def _preferences(kind, names):
    capabilities = RTCRtpSender.getCapabilities(kind).codecs
    chosen = []
    for name in names or []:
        found = [codec for codec in capabilities if codec.name.lower() == name.lower()]
        if not found:
            raise Unsupported(f"the codec {name}")
        chosen += found
    if chosen:
        chosen += [codec for codec in capabilities if codec.name == "rtx"]
    return chosen


def _luma(frame):
    if frame.format.name != "yuv420p":
        frame = frame.reformat(format="yuv420p")
    return frame.to_ndarray()[: frame.height, : frame.width]


def _mono(frame):
    samples = frame.to_ndarray().reshape(-1)
    return samples[:: len(frame.layout.channels)]


async def _main():
    wire = Wire()
    ready(
        wire,
        peer="aiortc",
        version=aiortc.__version__,
        content="codecs",
        audio=["opus", "PCMU", "PCMA", "G722"],
        video=["VP8", "H264"],
        features=FEATURES,
    )
    await serve(Peer(wire), wire)


asyncio.run(_main())
