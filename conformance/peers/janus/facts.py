"""What the Admin API tells about the handle, in the words of the protocol."""

import re

# Codecs as in `a=rtpmap`, where that is not what Janus writes.
NAMES = {"pcmu": "PCMU", "pcma": "PCMA", "g722": "G722", "vp8": "VP8", "vp9": "VP9", "h264": "H264", "av1": "AV1"}
# OpenSSL's name, and that of RFC 5764.
PROFILES = {
    "SRTP_AES128_CM_SHA1_80": "SRTP_AES128_CM_HMAC_SHA1_80",
    "SRTP_AES128_CM_SHA1_32": "SRTP_AES128_CM_HMAC_SHA1_32",
}
# As in "fd00::2:42926 [host,udp] <-> fd00::2:56146 [host,udp]": the port follows the last colon.
PAIR = re.compile(r"(\S+):(\d+) \[(\w+),\w+\] <-> (\S+):(\d+) \[(\w+),\w+\]")


def facts(info):
    """The facts of `stats`."""
    webrtc = info.get("webrtc", {})
    found = _pair(webrtc.get("ice", {}).get("selected-pair", ""))
    dtls = webrtc.get("dtls", {})
    if dtls.get("dtls-state") == "connected":
        # The version is not told, but Janus asks OpenSSL for DTLS only and that ends at 1.2, while no peer
        # of today goes lower.
        found["dtls"] = "1.2"
        found["dtls_role"] = {"active": "client", "passive": "server"}[dtls["dtls-role"]]
        if "srtp-profile" in dtls:
            found["srtp"] = PROFILES.get(dtls["srtp-profile"], dtls["srtp-profile"])
    found.update(_repairs(webrtc.get("media", {}).values()))
    return found


def seen(info):
    """The entries of `seen`: packets only, as Janus decodes nothing."""
    entries = []
    for medium in info.get("webrtc", {}).get("media", {}).values():
        # A data channel's m-line is among them.
        if medium["type"] not in ("audio", "video") or not medium["direction"]["recv"]:
            continue
        entry = {"mid": medium["mid"], "kind": medium["type"], "packets": medium["stats"]["in"]["packets"]}
        codec = medium.get("codecs", {}).get("codec")
        if codec:
            entry["codec"] = NAMES.get(codec, codec)
        entries.append(entry)
    return entries


def _pair(text):
    match = PAIR.fullmatch(text)
    if match is None:
        return {}
    local, local_port, local_type, remote, remote_port, remote_type = match.groups()
    return {
        "local": _address(local, local_port), "local_type": local_type,
        "remote": _address(remote, remote_port), "remote_type": remote_type,
    }


def _address(host, port):
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _repairs(media):
    """Janus counts the packets asked for, not the requests. What it resent is told nowhere: its `retransmissions` are
    those that it received."""
    found = {"nacks_sent": 0, "nacks_received": 0}
    for medium in media:
        stats = medium.get("stats", {})
        found["nacks_sent"] += stats.get("out", {}).get("nacks", 0)
        found["nacks_received"] += stats.get("in", {}).get("nacks", 0)
    return found
