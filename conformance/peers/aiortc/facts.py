"""What the aiortc peer can tell about its connection. Most of it lies in private places: aiortc's own
statistics end at packets and bytes."""

import logging

from aiortc.rtcdtlstransport import RTCCertificate

_create_context = RTCCertificate._create_ssl_context


def keep_keys(path):
    """Has the keys of connections that are opened from now on written to a file; None ends that."""

    def create(certificate, srtp_profiles):
        context = _create_context(certificate, srtp_profiles)
        if path:
            context.set_keylog_callback(write)
        return context

    def write(_connection, line):
        with open(path, "ab") as file:
            file.write(line + b"\n")

    RTCCertificate._create_ssl_context = create


class Trouble(logging.Handler):
    """Why DTLS failed: aiortc tells only its log, and there only who listens for details."""

    def __init__(self):
        super().__init__()
        self.last = ""
        logger = logging.getLogger("aiortc.rtcdtlstransport")
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        logger.addHandler(self)

    def emit(self, record):
        """Keeps a failure's message."""
        message = record.getMessage()
        if "failed" in message:
            self.last = message.partition(" x ")[2] or message


class Counters:
    """Counts feedback, by stepping in front of the functions that send and obey it."""

    def __init__(self):
        self._counts = {}
        self._watched = set()

    def watch(self, transceiver):
        """Counts on this transceiver too."""
        if transceiver in self._watched:
            return
        self._watched.add(transceiver)
        self._step_in(transceiver.receiver, "_send_rtcp_nack", "nacks_sent")
        self._step_in(transceiver.receiver, "_send_rtcp_pli", "plis_sent")
        self._step_in(transceiver.sender, "_retransmit", "retransmitted")
        # A key frame is forced by PLI and by FIR alike.
        self._step_in(transceiver.sender, "_send_keyframe", "plis_received")
        inner = transceiver.sender._handle_rtcp_packet

        async def count_nacks(packet):
            if getattr(packet, "lost", None):
                self._counts["nacks_received"] = self._counts.get("nacks_received", 0) + 1
            await inner(packet)

        transceiver.sender._handle_rtcp_packet = count_nacks
        for name in ("nacks_sent", "plis_sent", "retransmitted", "plis_received", "nacks_received"):
            self._counts.setdefault(name, 0)

    def _step_in(self, of, function, name):
        inner = getattr(of, function)

        def counted(*arguments):
            self._counts[name] = self._counts.get(name, 0) + 1
            return inner(*arguments)

        setattr(of, function, counted)

    def facts(self):
        """The counts, under the names of `facts`."""
        return dict(self._counts)


def profile_name(name):
    """The name of an SRTP profile as RFC 5764 and RFC 7714 have it: OpenSSL leaves a word out."""
    return name.decode().replace("_CM_SHA1_", "_CM_HMAC_SHA1_")


def facts(pc):
    """The facts of the first transport that has any."""
    transports = [transceiver.receiver.transport for transceiver in pc.getTransceivers()]
    if pc.sctp:
        transports.append(pc.sctp.transport)
    for transport in transports:
        if transport.state == "connected":
            return {**_dtls(transport), **_pair(transport.transport)}
    return {}


def _dtls(transport):
    ssl = transport._ssl
    found = {
        # OpenSSL says "DTLSv1.2".
        "dtls": ssl.get_protocol_version_name().removeprefix("DTLSv"),
        "dtls_role": transport._role,
        "cipher": ssl.get_cipher_name(),
    }
    profile = ssl.get_selected_srtp_profile()
    if profile:
        found["srtp"] = profile_name(profile)
    return found


def _pair(ice):
    pair = ice._connection._nominated.get(1)
    if pair is None:
        return {}
    local, remote = pair.local_candidate, pair.remote_candidate
    return {
        "local": _address(local),
        "remote": _address(remote),
        "local_type": local.type,
        "remote_type": remote.type,
    }


def _address(candidate):
    host = f"[{candidate.host}]" if ":" in candidate.host else candidate.host
    return f"{host}:{candidate.port}"
