"""baresip as a peer of the wall: a SIP user agent with ICE, DTLS-SRTP and rtcp-mux.

Descriptions go to it and come from it as they are, in SIP. It is no WebRTC endpoint and says so:
no `a=group:BUNDLE`, no `a=mid`, no `a=msid`; ICE credentials and the fingerprint at session level; the digest
is called `SHA-256`. All of this is in order by RFC 8839, RFC 8122 and RFC 5763. aiortc, webrtcbin and Pion 3.1
refuse a description without `a=mid`, in one role or in both; nothing is added here to please them.
Its media go over IPv4 alone. There are modules for VP8 and VP9, but none that hands decoded pictures out.
"""

import asyncio
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "python"))

from agent import SDP_CODECS, Agent
from lines import Refused, Unsupported, Wire, check_options, ready, serve
from sip import Call

FEATURES = ["offer", "answer", "dtls-1.2", "rsa", "srtp:SRTP_AES128_CM_HMAC_SHA1_80"]
OPTIONS = {"trickle", "dtls", "certificate", "record", "key_log"}
MEDIA = {"kind", "direction", "codecs", "content", "tone_hz", "first", "width", "height", "fps"}
WITHIN = 10  # seconds to gather and to answer


class Peer:
    """One call at a time."""

    def __init__(self, wire):
        self._wire = wire
        self._clear()

    def _clear(self):
        self._agent = None
        self._call = None
        self._wanted = None
        self._state = "new"

    async def do_open(self, request):
        """A new call, which begins with the first description."""
        check_options(request, OPTIONS)
        if request.get("trickle"):
            # Its candidates are all in the description; it knows no RFC 8838.
            raise Unsupported("trickling candidates")
        if request.get("dtls") not in (None, "1.2"):
            raise Unsupported(f"DTLS {request['dtls']}")
        if request.get("certificate") not in (None, "rsa"):
            raise Unsupported(f"a certificate of {request['certificate']}")
        await self.do_close({})
        self._clear()
        self._wanted = {}

    async def do_media(self, request):
        """What the call carries: one m-line of audio, both ways."""
        check_options(request, MEDIA)
        if request["kind"] != "audio" or self._wanted is None or self._wanted:
            raise Unsupported("more than one m-line of audio")
        if request.get("direction", "sendrecv") != "sendrecv":
            # The commands of 1.0.0 call without a direction.
            raise Unsupported(f"the direction {request['direction']}")
        if request.get("content", "pattern") == "none":
            raise Unsupported("a call without sound")
        for name in request.get("codecs") or []:
            if name not in SDP_CODECS:
                raise Unsupported(f"the codec {name}")
        self._wanted = request

    async def do_offer(self, request):
        """Has baresip call us; its offer is in the INVITE."""
        if request.get("restart"):
            raise Unsupported("an ICE restart")
        if self._call is not None:
            raise Unsupported("a further offer")
        await self._start(lambda call: [f"/dial sip:wall@127.0.0.1:{call.port}"])
        sdp = await asyncio.wait_for(self._call.invited, WITHIN)
        return {"type": "offer", "sdp": sdp}

    async def do_answer(self, request):
        """Calls baresip with the offer; its answer is in the 200."""
        if self._call is not None:
            raise Unsupported("a further offer")
        await self._start(lambda _: [])
        try:
            inviting = self._call.invite(self._agent.port, request["sdp"])
            sdp = await asyncio.wait_for(inviting, WITHIN)
        except ConnectionRefusedError as error:
            raise Refused(str(error)) from error
        self._tell("connecting")
        return {"type": "answer", "sdp": sdp}

    async def do_accept(self, request):
        """Answers baresip's call."""
        if self._call is None:
            raise Refused("nothing was offered")
        self._call.accept(request["sdp"])
        self._tell("connecting")

    async def do_candidate(self, request):
        """Only the end of candidates, which are all in the description."""
        if request.get("candidate"):
            raise Unsupported("trickling candidates")

    async def do_seen(self, _request):
        """What came in."""
        if self._agent is None:
            return {"media": []}
        heard = self._agent.heard()
        if not heard:
            return {"media": []}
        entry = {"mid": "", "kind": "audio", **heard}
        if self._agent.codec:
            entry["codec"] = self._agent.codec
        return {"media": [entry]}

    async def do_stats(self, _request):
        """What its log tells."""
        if self._agent is None:
            return {"facts": {}, "raw": []}
        return {"facts": self._agent.facts, "raw": self._agent.log[-200:]}

    async def do_close(self, _request):
        """Ends the call, and baresip."""
        call, self._call = self._call, None
        agent, self._agent = self._agent, None
        if call is not None:
            call.end()
        if agent is not None:
            await agent.stop()
            self._tell("closed")

    async def _start(self, commands):
        if self._wanted is None:
            raise Refused("no peer connection is open")
        self._call = await Call.open(lambda reason: self._tell("closed", reason))
        self._agent = Agent(self._tell)
        await self._agent.start(self._wanted, commands(self._call))

    def _tell(self, state, reason=""):
        if state == self._state or self._state == "closed":
            return
        self._state = state
        self._wire.event("connection", state=state, **({"reason": reason} if reason else {}))


def _version():
    shown = subprocess.run(["baresip", "-h"], capture_output=True, text=True, timeout=10, check=False)
    words = (shown.stdout + shown.stderr).split()
    return words[1].removeprefix("v") if len(words) > 1 else "unknown"


async def _main():
    wire = Wire()
    ready(
        wire,
        peer="baresip",
        version=_version(),
        content="codecs",
        audio=list(SDP_CODECS),
        video=[],
        features=FEATURES,
    )
    await serve(Peer(wire), wire)


asyncio.run(_main())
