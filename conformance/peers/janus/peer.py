"""Janus as a peer of the wall: each `open` starts a Janus with its echo test, which answers offers and sends back the
media that it receives.

It only answers: the echo test makes no offers. It has no data channels here either: Janus has them, but its echo test
sends texts back with words before them, and tells nobody what it received; there is no honest `send` or `received`.
"""

import json
import os
import queue
import secrets
import sys
import threading
import traceback

from facts import facts, seen
from gateway import Gateway, GatewayError

AUDIO = ["opus", "PCMU", "PCMA", "G722"]
VIDEO = ["VP8", "VP9", "H264", "AV1"]
# Each of these was tried. Further offers and restarts are the other side's: Janus follows them. It keeps packets to
# send again only once it knows the round trip, which it learns from receiver reports alone: towards a side whose
# report blocks all travel in sender reports it resends nothing. It stays controlled where an ICE-lite agent offers.
FEATURES = ["answer", "trickle", "restart", "renegotiate", "lite", "dtls-1.2", "rsa", "ipv6", "nack", "pli"]
PROFILES = ["SRTP_AEAD_AES_256_GCM", "SRTP_AEAD_AES_128_GCM", "SRTP_AES128_CM_HMAC_SHA1_80"]
PATIENCE = 15  # seconds for an answer with its candidates
LOOKS = 0.2  # seconds between looks at the state of ICE, of which Janus tells nothing by itself


class Unsupported(Exception):
    """This stack cannot do that, or this option."""


class Refused(Exception):
    """The stack refused, in its own words."""


class Peer:
    """At most one Janus, with one handle."""

    def __init__(self, write):
        self._write = write
        self._gateway = None
        self._version = None
        self._lock = threading.Lock()
        self._waiting = {}
        self._clear()

    def _clear(self):
        self._media = {"audio": None, "video": None}
        self._lines = {}
        self._first_mid = ""
        self._trickle = False
        self._state = None
        self._over = threading.Event()

    def event(self, name, **more):
        """Tells of an event."""
        self._write({"event": name, **more})

    def log(self, text):
        """Tells of something odd."""
        self.event("log", text=text)

    def start_for_version(self):
        """Starts one for the first line, so that the version is the one that runs."""
        gateway = Gateway({}, lambda _event: None, lambda text: print(text, file=sys.stderr))
        try:
            return gateway.version()["version_string"]
        finally:
            gateway.stop()

    def do_open(self, request):
        """A new Janus."""
        known = ("trickle", "dtls", "certificate", "setup", "lite", "record", "key_log")
        _check(request, known, falsy=("aggressive", "mdns", "polite"))
        if request.get("dtls") not in (None, "1.2"):
            raise Unsupported(f"DTLS {request['dtls']}: OpenSSL 3.0 speaks 1.2 at most")
        if request.get("certificate") not in (None, "ecdsa", "rsa"):
            raise Unsupported(f"a certificate of {request['certificate']}")
        if request.get("setup") not in (None, "active"):
            raise Unsupported(f"the role {request['setup']}: Janus takes the active one where it may choose")
        self.do_close({})
        self._clear()
        self._trickle = bool(request.get("trickle"))
        settings = {
            "certificates": {"rsa_private_key": request.get("certificate") == "rsa"},
            "media": {"ipv6": True},
            "nat": {"full_trickle": self._trickle, "ice_lite": bool(request.get("lite"))},
        }
        self._gateway = Gateway(settings, self._came, self.log)

    def do_media(self, request):
        """What happens to the next offer's media of this kind."""
        _check(
            request,
            ("kind", "direction", "codecs", "content", "tone_hz", "first", "width", "height", "fps"),
            falsy=("simulcast",),
        )
        self._janus()
        content = request.get("content", "echo")
        if content not in ("echo", "none"):
            raise Unsupported(f"the content {content}: the echo test sends back what it receives")
        if request.get("direction", "sendrecv") != "sendrecv":
            raise Unsupported(f"{request['direction']}: the echo test answers as it is offered")
        codecs = request.get("codecs") or []
        for name in codecs:
            if name.lower() not in (codec.lower() for codec in AUDIO + VIDEO):
                raise Unsupported(f"the codec {name}")
        if self._media[request["kind"]]:
            raise Unsupported(f"a second {request['kind']}: the echo test has one codec for each kind")
        self._media[request["kind"]] = {"echo": content == "echo", "codec": codecs[0] if codecs else None}

    def do_answer(self, request):
        """Has Janus answer."""
        # Janus bundles everything on the first m-line, and tells the end of its candidates without one.
        self._first_mid = next(iter(_lines(request["sdp"])), None) or ""
        body = {}
        for kind, asked in self._media.items():
            body[kind] = bool(asked and asked["echo"])
            if asked and asked["codec"]:
                body[f"{kind}codec"] = asked["codec"].lower()
        jsep = {"type": "offer", "sdp": request["sdp"], "trickle": self._trickle}
        event = self._ask_plugin(body, jsep)
        data = event.get("plugindata", {}).get("data", {})
        if "error" in data:
            raise Refused(data["error"])
        if "jsep" not in event:
            raise GatewayError(f"no answer in {json.dumps(event)}")
        answer = event["jsep"]
        self._tell_lines(answer["sdp"])
        if self._state is None:
            self._tell_state("connecting")
            threading.Thread(target=self._watch_ice, args=(self._gateway, self._over), daemon=True).start()
        return {"type": "answer", "sdp": answer["sdp"]}

    def do_candidate(self, request):
        """A candidate of the other side."""
        if request.get("candidate"):
            candidate = {
                "candidate": request["candidate"],
                "sdpMid": request.get("mid"),
                "sdpMLineIndex": request.get("index") or 0,
            }
        else:
            candidate = {"completed": True}
        try:
            self._janus().handle({"janus": "trickle", "candidate": candidate})
        except GatewayError as error:
            raise Refused(str(error)) from error

    def do_seen(self, _request):
        """What media came in."""
        return {"media": seen(self._janus().info())}

    def do_stats(self, _request):
        """Facts about the connection."""
        raw = self._janus().info()
        return {"facts": facts(raw), "raw": raw}

    def do_close(self, _request):
        """Ends Janus."""
        gateway, self._gateway = self._gateway, None
        self._over.set()
        if gateway is not None:
            gateway.stop()
            self._tell_state("closed")

    def _janus(self):
        if self._gateway is None:
            raise Refused("no peer connection is open")
        return self._gateway

    def _ask_plugin(self, body, jsep):
        """The echo test replies by an event of the same transaction."""
        transaction = secrets.token_hex(6)
        reply = self._waiting[transaction] = queue.Queue()
        try:
            message = {"janus": "message", "transaction": transaction, "body": body, "jsep": jsep}
            self._janus().handle(message)
            return reply.get(timeout=PATIENCE)
        except queue.Empty:
            raise GatewayError("the echo test does not reply") from None
        except GatewayError as error:
            # The core refuses a description before the plugin sees it.
            raise Refused(str(error)) from error
        finally:
            del self._waiting[transaction]

    def _came(self, event):
        kind = event.get("janus")
        if kind in ("keepalive", "ack", "media", "slowlink", "timeout"):
            return
        waiting = self._waiting.get(event.get("transaction"))
        if waiting is not None:
            waiting.put(event)
        elif kind == "trickle":
            self._tell_candidate(event["candidate"])
        elif kind == "webrtcup":
            self._tell_state("connected")
        elif kind == "hangup":
            # What the other side ended is no failure.
            reason = event.get("reason", "")
            closed = reason in ("DTLS alert", "Close PC", "Janus API")
            self._tell_state("closed" if closed else "failed", reason=reason)
        elif kind != "event":
            self.log(json.dumps(event))

    def _tell_candidate(self, candidate):
        text = candidate.get("candidate", "")
        mid = candidate.get("sdpMid") or self._first_mid
        if text and not text.startswith("candidate:"):
            text = f"candidate:{text}"
        self.event("candidate", candidate=text, mid=mid, index=candidate.get("sdpMLineIndex", 0))

    def _tell_state(self, state, **more):
        with self._lock:
            if self._state in (state, "closed"):
                return
            self._state = state
        self.event("connection", state=state, **more)

    def _tell_lines(self, sdp):
        for mid, (kind, direction) in _lines(sdp).items():
            if kind != "application" and self._lines.get(mid) != (kind, direction):
                self.event("media", mid=mid, kind=kind, direction=direction)
            self._lines[mid] = (kind, direction)

    def _watch_ice(self, gateway, over):
        told = None
        while not over.wait(LOOKS):
            try:
                state = gateway.info().get("webrtc", {}).get("ice", {}).get("state")
            except (OSError, ValueError, GatewayError) as error:
                if not over.is_set():
                    self.log(f"the state of ICE: {error!r}")
                return
            state = {"connecting": "checking", "ready": "completed", "gathering": "new", "disconnected": None}.get(
                state, state
            )
            if state and state != told:
                told = state
                self.event("ice", state=state)


def _lines(sdp):
    lines, kind, mid, direction = {}, None, None, "sendrecv"
    for line in sdp.splitlines() + ["m="]:
        if line.startswith("m="):
            if kind is not None:
                lines[mid] = kind, direction
            if line == "m=":
                break
            fields = line[2:].split()
            kind, mid, direction = fields[0], None, "stopped" if fields[1] == "0" else "sendrecv"
        elif line.startswith("a=mid:"):
            mid = line[6:]
        elif line in ("a=sendonly", "a=recvonly", "a=inactive") and direction != "stopped":
            direction = line[2:]
    return lines


def _check(request, known, falsy):
    for name, value in request.items():
        if name in ("id", "do") or name in known or value is None or (name in falsy and not value):
            continue
        raise Unsupported(f"the option {name}")


def _answer(peer, request):
    handler = getattr(peer, f"do_{request.get('do')}", None)
    try:
        if handler is None:
            raise Unsupported(f"the request {request.get('do')}")
        return {"ok": handler(request) or {}}
    except Unsupported as error:
        return {"error": {"kind": "unsupported", "text": str(error)}}
    except Refused as error:
        return {"error": {"kind": "refused", "text": str(error)}}
    except Exception as error:  # Whatever broke is the harness's to know; the program lives on.
        traceback.print_exc()
        return {"error": {"kind": "failed", "text": f"{type(error).__name__}: {error}"}}


def main():
    """Obeys until the end of standard input, or `exit`."""
    lock = threading.Lock()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def write(line):
        with lock:
            out.write(json.dumps(line, separators=(",", ":")) + "\n")
            out.flush()

    peer = Peer(write)
    peer.event(
        "ready", peer="janus", version=peer.start_for_version(), content="echo", audio=AUDIO, video=VIDEO,
        features=FEATURES + [f"srtp:{profile}" for profile in PROFILES],
    )
    for line in sys.stdin:
        request = json.loads(line)
        last = request.get("do") == "exit"
        reply = _answer(peer, {**request, "do": "close"} if last else request)
        write({"id": request.get("id"), **reply})
        if last:
            return
    peer.do_close({})


main()
