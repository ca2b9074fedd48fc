"""The codecs of the GStreamer peer: the elements that make and read them, and what an offer says of them."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Codec:
    """A codec, as in `a=rtpmap`, and its elements."""

    name: str
    kind: str
    payload_type: int  # in offers; webrtcbin gives RTX the first free ones from 96 on
    clock_rate: int
    encode: str
    decode: str
    more: str = ""  # further fields of its caps
    amend: str = ""  # an element after the payloader

    def caps(self, payload_type, more=""):
        """The caps of its RTP stream."""
        return (
            f"application/x-rtp,media={self.kind},encoding-name={self.name.upper()},"
            f"payload={payload_type},clock-rate={self.clock_rate}"
            f"{self.more}{more}"
        )


# A depayloader asks for a key frame when it has to begin in the middle, or after a loss.
_WAIT = "request-keyframe=true wait-for-keyframe=true"

# Constrained baseline up to level 3.1, which is what WebRTC's endpoints have in common.
_H264 = (
    "packetization-mode=(string)1,profile-level-id=(string)42e01f"
    ",level-asymmetry-allowed=(string)1"
)

CODECS = [
    Codec(
        "opus",
        "audio",
        111,
        48000,
        "audioconvert ! audioresample ! audio/x-raw,rate=48000,channels=2 ! opusenc ! rtpopuspay",
        "rtpopusdepay ! opusdec",
        ",encoding-params=(string)2",
    ),
    Codec(
        "PCMU",
        "audio",
        0,
        8000,
        "audioconvert ! audioresample ! audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay",
        "rtppcmudepay ! mulawdec",
    ),
    Codec(
        "PCMA",
        "audio",
        8,
        8000,
        "audioconvert ! audioresample ! audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay",
        "rtppcmadepay ! alawdec",
    ),
    Codec(
        "G722",
        "audio",
        9,
        8000,
        "audioconvert ! audioresample ! audio/x-raw,rate=16000,channels=1 ! avenc_g722 ! rtpg722pay",
        "rtpg722depay ! avdec_g722",
    ),
    Codec(
        "VP8",
        "video",
        118,
        90000,
        "vp8enc deadline=1 cpu-used=8 target-bitrate=800000 keyframe-max-dist=300"
        " error-resilient=default ! rtpvp8pay picture-id-mode=15-bit",
        f"rtpvp8depay {_WAIT} ! vp8dec qos=false",
    ),
    Codec(
        "VP9",
        "video",
        120,
        90000,
        "vp9enc deadline=1 cpu-used=8 target-bitrate=800000 keyframe-max-dist=300 lag-in-frames=0"
        " ! rtpvp9pay picture-id-mode=15-bit",
        f"rtpvp9depay {_WAIT} ! vp9dec qos=false",
    ),
    Codec(
        "H264",
        "video",
        122,
        90000,
        "openh264enc complexity=low bitrate=800000 gop-size=300 rate-control=off"
        " ! h264parse ! video/x-h264,profile=constrained-baseline"
        " ! rtph264pay config-interval=-1 aggregate-mode=zero-latency",
        f"rtph264depay {_WAIT} ! h264parse ! avdec_h264 max-threads=1 qos=false",
        f",{_H264}",
        # The payloader would write the stream's own level, which is one of the lowest.
        f'capssetter caps="application/x-rtp,{_H264}" !',
    ),
    Codec(
        "H265",
        "video",
        124,
        90000,
        "x265enc speed-preset=ultrafast tune=zerolatency bitrate=800 key-int-max=300"
        " ! h265parse ! rtph265pay config-interval=-1 aggregate-mode=zero-latency",
        "rtph265depay ! h265parse ! avdec_h265 max-threads=1 qos=false",
    ),
]


def named(kind, names):
    """The codecs of a kind by their names, in that order; all of them when no name is given."""
    ours = [codec for codec in CODECS if codec.kind == kind]
    if not names:
        return ours
    by_name = {codec.name.lower(): codec for codec in ours}
    return [by_name.get(name.lower(), name) for name in names]


@dataclasses.dataclass
class MLine:
    """An m-line of a description."""

    kind: str
    mid: str = ""
    port: int = 9
    direction: str = "sendrecv"
    names: dict = dataclasses.field(default_factory=dict)  # by payload type
    formats: dict = dataclasses.field(default_factory=dict)  # `a=fmtp` by payload type

    ssrcs: set = dataclasses.field(default_factory=set)

    def payload_type(self, codec):
        """The payload type that the description gives a codec, or None."""
        for number, name in self.names.items():
            if name != codec.name.lower():
                continue
            if name == "h264" and not self._h264_fits(number):
                continue
            if name == "vp9" and "profile-id=0" not in self.formats.get(number, "profile-id=0"):
                continue
            return number
        return None

    def _h264_fits(self, number):
        # The payloader packs several units in a packet and cuts large ones: packetization mode 1. The
        # encoder makes constrained baseline, which 42e0 asks for and 4200 allows.
        parameters = self.formats.get(number, "").lower()
        fits = "profile-level-id=42" in parameters or "profile-level-id" not in parameters
        return fits and "packetization-mode=1" in parameters


def mlines(sdp):
    """The m-lines of a description."""
    lines = []
    for line in sdp.splitlines():
        if line.startswith("m="):
            kind, port, _, *numbers = line[2:].split()
            lines.append(MLine(kind, port=int(port)))
            # Numbers that need no `a=rtpmap`.
            static = {"0": "pcmu", "8": "pcma", "9": "g722"}
            lines[-1].names = {int(n): static[n] for n in numbers if n in static}
        elif not lines:
            continue
        elif line.startswith("a=mid:"):
            lines[-1].mid = line[6:]
        elif line[2:] in ("sendrecv", "sendonly", "recvonly", "inactive"):
            lines[-1].direction = line[2:]
        elif line.startswith("a=rtpmap:"):
            number, name = line[9:].split(" ", 1)
            lines[-1].names[int(number)] = name.split("/")[0].lower()
        elif line.startswith("a=ssrc:"):
            lines[-1].ssrcs.add(int(line[7:].split()[0]))
        elif line.startswith("a=fmtp:"):
            number, _, parameters = line[7:].partition(" ")
            lines[-1].formats[int(number)] = parameters
    return lines
