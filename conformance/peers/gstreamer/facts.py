"""What the GStreamer peer can tell about its connection."""

import re

# By `GstDtlsSrtpCipher` and `GstDtlsSrtpAuth`, which `dtlsenc` tells as numbers; 1.22 knows no others.
PROFILES = {(1, 1): "SRTP_AES128_CM_HMAC_SHA1_32", (1, 2): "SRTP_AES128_CM_HMAC_SHA1_80"}


def facts(webrtc, stats):
    """Facts from the elements in webrtcbin and from its statistics."""
    return {**_dtls(webrtc), **_pair(stats), **_feedback(stats)}


def _dtls(webrtc):
    found = {}
    elements = webrtc.iterate_recurse()
    while True:
        result, element = elements.next()
        if int(result) != 1:
            return found
        factory = element.get_factory()
        name = factory.get_name() if factory else ""
        if name == "dtlsenc" and element.get_property("connection-state").value_nick == "connected":
            found["dtls_role"] = "client" if element.get_property("is-client") else "server"
            # The library's DTLS ends at 1.2, and webrtcbin refuses what is older.
            found["dtls"] = "1.2"
            chosen = element.get_property("srtp-cipher"), element.get_property("srtp-auth")
            if chosen in PROFILES:
                found["srtp"] = PROFILES[chosen]


def entries(stats):
    """The statistics as plain values, by id."""
    report = {}
    for i in range(stats.n_fields()):
        name = stats.nth_field_name(i)
        value = stats.get_value(name)
        if hasattr(value, "n_fields"):
            fields = (value.nth_field_name(j) for j in range(value.n_fields()))
            report[name] = {field: _plain(value, field) for field in fields}
    return report


def _plain(structure, field):
    try:
        value = structure.get_value(field)
    except TypeError:
        # Some of the values have types that Python has no word for.
        return None
    if isinstance(value, (bool, int, float, str)):
        return value
    return getattr(value, "value_nick", None) or re.sub(r" at 0x\w+", "", str(value))


def _pair(stats):
    found = {}
    for pair in stats.values():
        if not ("local-candidate-id" in pair and "remote-candidate-id" in pair):
            continue
        for side in ("local", "remote"):
            candidate = stats.get(pair[f"{side}-candidate-id"])
            if not candidate or "address" not in candidate:
                continue
            host = candidate["address"]
            host = f"[{host}]" if ":" in host else host
            found[side] = f"{host}:{candidate.get('port')}"
            found[f"{side}_type"] = candidate.get("candidate-type")
    return found


def _feedback(stats):
    found = {}
    names = {
        "rtp-inbound-stream-stats": {"nack-count": "nacks_sent", "pli-count": "plis_sent"},
        "rtp-outbound-stream-stats": {"nack-count": "nacks_received", "pli-count": "plis_received"},
    }
    for key, entry in stats.items():
        # The id is the kind of the entry and its SSRC.
        for field, name in names.get(key.rpartition("_")[0], {}).items():
            if isinstance(entry.get(field), int):
                found[name] = found.get(name, 0) + entry[field]
    return found
