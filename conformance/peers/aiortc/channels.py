"""The data channels of an aiortc peer connection."""

from lines import Refused, check_options
from messages import Inbox, send_all

ROOM = 1 << 20  # bytes buffered in a channel before `send` waits
KNOWN = {"label", "protocol", "ordered", "max_retransmits", "max_lifetime_ms", "negotiated"}


class Channels:
    """The channels by label, and what came in on each."""

    def __init__(self, wire):
        self._wire = wire
        self._channels = {}
        self._inboxes = {}

    def create(self, pc, request):
        """Makes a channel."""
        check_options(request, KNOWN)
        negotiated = request.get("negotiated")
        options = {
            "label": request["label"],
            "protocol": request.get("protocol") or "",
            "ordered": request.get("ordered") is not False,
            "maxRetransmits": request.get("max_retransmits"),
            "maxPacketLifeTime": request.get("max_lifetime_ms"),
            "negotiated": negotiated is not None,
            "id": negotiated,
        }
        self._watch(pc.createDataChannel(**options), False)

    async def send(self, request):
        """Sends messages."""
        channel = self._named(request)

        def put(kind, data):
            try:
                channel.send(data.decode() if kind == "text" else data)
            except ValueError as error:
                # Larger than the other side takes.
                raise Refused(str(error)) from error

        def room():
            if channel.readyState != "open":
                raise Refused(f"the channel is {channel.readyState}")
            return channel.bufferedAmount < ROOM

        await send_all(request, put, room)

    def received(self, request):
        """What came in on a channel."""
        return self._inboxes.get(request["channel"], Inbox()).report()

    def close(self, request):
        """Closes a channel."""
        self._named(request).close()

    def on_channel(self, channel):
        """A channel of the other side."""
        self._watch(channel, True)

    def _watch(self, channel, remote):
        label = channel.label
        inbox = self._inboxes[label] = Inbox()
        self._channels[label] = channel

        def on_open():
            fields = {"protocol": channel.protocol, "ordered": channel.ordered}
            fields.update(stream=channel.id, remote=remote)
            self._wire.event("channel", channel=label, state="open", **fields)

        def on_message(data):
            text = isinstance(data, str)
            inbox.add("text" if text else "binary", data.encode() if text else data)

        channel.on("message", on_message)
        channel.on("close", lambda: self._wire.event("channel", channel=label, state="closed"))
        if channel.readyState == "open":
            on_open()
        else:
            channel.on("open", on_open)

    def _named(self, request):
        label = request["channel"]
        if label not in self._channels:
            raise Refused(f"no channel {label}")
        return self._channels[label]
