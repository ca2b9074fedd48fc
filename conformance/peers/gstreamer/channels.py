"""The data channels of a webrtcbin."""

from gi.repository import GLib, Gst

from lines import Refused, Unsupported, check_options
from messages import Inbox, send_all

ROOM = 1 << 20  # bytes buffered in a channel before `send` waits
KNOWN = {"label", "protocol", "ordered", "max_retransmits", "max_lifetime_ms", "negotiated"}
NUMBERS = {
    "max_retransmits": "max-retransmits",
    "max_lifetime_ms": "max-packet-lifetime",
    "negotiated": "id",
}


class Channels:
    """The channels by label, and what came in on each."""

    def __init__(self, wire):
        self._wire = wire
        self._channels = {}
        self._inboxes = {}
        self._kept = []

    def create(self, webrtc, request):
        """Makes a channel."""
        check_options(request, KNOWN)
        options = Gst.Structure.new_empty("options")
        options.set_value("ordered", request.get("ordered") is not False)
        options.set_value("protocol", request.get("protocol") or "")
        for theirs, ours in NUMBERS.items():
            if request.get(theirs) is not None:
                options.set_value(ours, int(request[theirs]))
        if request.get("negotiated") is not None:
            options.set_value("negotiated", True)
        channel = webrtc.emit("create-data-channel", request["label"], options)
        if channel is None:
            raise Refused("create-data-channel gave none")
        self._channels[request["label"]] = channel
        self._watch(channel, False)

    async def send(self, webrtc, request):
        """Sends messages."""
        channel = self._named(request)
        if not request.get("size"):
            # It hands SCTP no bytes at all, not the one that RFC 8831 asks for: an error that closes the
            # channel.
            raise Unsupported("sending an empty message")
        most = webrtc.get_property("sctp-transport").get_property("max-message-size")
        if most and int(request["size"]) > most:
            # It would say nothing, and send nothing.
            raise Refused(f"the other side takes {most} bytes at most")

        def put(kind, data):
            if kind == "text":
                channel.emit("send-string", data.decode())
            else:
                channel.emit("send-data", GLib.Bytes.new(data))

        def room():
            state = channel.get_property("ready-state").value_nick
            if state != "open":
                raise Refused(f"the channel is {state}")
            return channel.get_property("buffered-amount") < ROOM

        await send_all(request, put, room)

    def received(self, request):
        """What came in on a channel."""
        return self._inboxes.get(request["channel"], Inbox()).report()

    def close(self, request):
        """Closes a channel."""
        self._named(request).emit("close")

    def on_channel(self, _webrtc, channel, is_local):
        """A channel of the other side. On webrtcbin's thread, as a message may follow at once."""
        if not is_local:
            self._watch(channel, True)

    def _watch(self, channel, remote):
        inbox = Inbox()
        # The signals are Python's, and would go with Python's object.
        self._kept.append(channel)
        label = None

        def on_open(*_):
            nonlocal label
            # A channel of the other side has no label before it is open.
            label = channel.get_property("label")
            self._channels[label], self._inboxes[label] = channel, inbox
            fields = {name: channel.get_property(name) for name in ("protocol", "ordered")}
            fields.update(stream=channel.get_property("id"), remote=remote)
            self._wire.event("channel", channel=label, state="open", **fields)

        def on_close(*_):
            self._wire.event("channel", channel=label, state="closed")

        channel.connect("on-open", on_open)
        channel.connect("on-close", on_close)
        # An empty message comes as no string and as no bytes at all.
        channel.connect("on-message-string", lambda _, s: inbox.add("text", (s or "").encode()))
        channel.connect("on-message-data", lambda _, b: inbox.add("binary", b.get_data() if b else b""))

    def _named(self, request):
        label = request["channel"]
        if label not in self._channels:
            raise Refused(f"no channel {label}")
        return self._channels[label]
