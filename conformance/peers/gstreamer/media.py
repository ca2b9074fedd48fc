"""What the GStreamer peer sends and receives beside webrtcbin: from patterns to RTP, and back to accounts."""

import random
import threading
import time

import numpy
from gi.repository import Gst

from pictures import Painter, Viewer
from tones import Listener, Tone

RATE = 48000


class Sender:
    """A bin that makes RTP from numbered pictures, from a tone, or from what came in."""

    def __init__(self, request, codec, payload_type):
        self.kind = request["kind"]
        self._request = request
        self.echo = request.get("content") == "echo"
        ssrc = random.getrandbits(32)
        # The SSRC is in the caps, as webrtcbin writes `a=ssrc` from there, before anything flows.
        caps = codec.caps(payload_type, f",ssrc=(uint){ssrc}")
        self.bin = Gst.parse_bin_from_description(
            f"appsrc name=source is-live=true format=time caps={self._raw_caps()}"
            f" do-timestamp={str(self.echo).lower()}"
            " ! queue max-size-buffers=5 max-size-bytes=0 max-size-time=0 leaky=downstream"
            f" ! {codec.encode} pt={payload_type} ssrc={ssrc} mtu=1200 ! {codec.amend} capsfilter caps=\"{caps}\"",
            True,
        )
        self._source = self.bin.get_by_name("source")
        self._stop = threading.Event()
        self._thread = None

    def _raw_caps(self):
        if self.kind == "audio":
            layout = f"format=S16LE,rate={RATE},channels=1,layout=interleaved"
            return f"audio/x-raw,{layout}"
        request = self._request
        self._size = request.get("width", 320), request.get("height", 180)
        self._fps = request.get("fps", 15)
        width, height = self._size
        return f"video/x-raw,format=I420,width={width},height={height},framerate={self._fps}/1"

    def start(self):
        """Begins to send. Not before the connection stands, as webrtcbin holds back what comes earlier."""
        if self._thread is None and not self.echo:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def stop(self):
        """Ends the thread."""
        self._stop.set()

    def put_back(self, sample):
        """Sends a decoded sample back."""
        self._source.emit("push-sample", sample)

    def _run(self):
        if self.kind == "audio":
            tone = Tone(self._request.get("tone_hz", 440), RATE)
            self._feed(Gst.SECOND // 50, lambda: tone.samples(RATE // 50).tobytes())
        else:
            painter = Painter(*self._size, self._request.get("first", 0))
            self._feed(Gst.SECOND // self._fps, lambda: i420(painter))

    def _feed(self, period, make):
        begin = time.monotonic()
        clock = self.bin.get_clock()
        base = clock.get_time() - self.bin.get_base_time() if clock else 0
        count = 0
        while not self._stop.is_set():
            buffer = Gst.Buffer.new_wrapped(make())
            buffer.pts, buffer.duration = base + count * period, period
            if self._source.emit("push-buffer", buffer) != Gst.FlowReturn.OK:
                return
            count += 1
            wait = begin + count * period / Gst.SECOND - time.monotonic()
            if wait > 0:
                self._stop.wait(wait)


def i420(painter):
    """The next picture in GStreamer's layout: rows of luma and of chroma are padded to four bytes."""
    luma = painter.paint()
    height, width = luma.shape
    gap = -width % 4
    if gap:
        luma = numpy.pad(luma, ((0, height % 2), (0, gap)))
    elif height % 2:
        luma = numpy.pad(luma, ((0, 1), (0, 0)))
    chroma_row = -(-((width + 1) // 2) // 4) * 4
    return luma.tobytes() + b"\x80" * (2 * chroma_row * ((height + 1) // 2))


class Receiver:
    """A bin that decodes what comes out of a pad of webrtcbin, and the account of it."""

    def __init__(self, codec, ssrc, opened, echo):
        self.codec = codec
        self.ssrc = ssrc
        self.packets = 0
        self._account = Viewer(opened) if codec.kind == "video" else Listener()
        self._echo = echo
        if codec.kind == "video":
            tail = "videoconvert ! video/x-raw,format=I420"
        else:
            tail = "audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate=48000,channels=1"
        self.bin = Gst.parse_bin_from_description(
            f"queue ! {codec.decode} ! {tail} ! appsink name=sink sync=false emit-signals=true", True
        )
        self.bin.get_by_name("sink").connect("new-sample", self._on_sample)

    def watch(self, pad):
        """Counts the packets of a pad. They come after the jitter buffer: late ones and repairs in RTX
        are not told apart."""
        kinds = Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST
        pad.add_probe(kinds, self._on_packets)

    def _on_packets(self, _pad, info):
        if info.type & Gst.PadProbeType.BUFFER_LIST:
            self.packets += info.get_buffer_list().length()
        else:
            self.packets += 1
        return Gst.PadProbeReturn.OK

    def _on_sample(self, sink):
        sample = sink.emit("pull-sample")
        if sample is None:
            return Gst.FlowReturn.EOS
        fields = sample.get_caps().get_structure(0)
        data = sample.get_buffer().extract_dup(0, sample.get_buffer().get_size())
        if self.codec.kind == "video":
            width, height = fields.get_value("width"), fields.get_value("height")
            stride = -(-width // 4) * 4
            luma = numpy.frombuffer(data, numpy.uint8)[: stride * height].reshape(height, stride)
            self._account.look(luma[:, :width])
        else:
            self._account.hear(numpy.frombuffer(data, numpy.int16), fields.get_value("rate"))
        if self._echo is not None:
            self._echo.put_back(sample)
        return Gst.FlowReturn.OK

    def report(self):
        """Its part of an entry of `seen`."""
        return {"codec": self.codec.name, "packets": self.packets, **self._account.report()}
