"""Orders to webrtcbin that are answered by a promise."""

import asyncio

from gi.repository import Gst, GstSdp, GstWebRTC

from lines import Refused

WITHIN = 10  # seconds for webrtcbin to keep a promise


async def promised(order):
    """Gives an order, `order(promise)`, and waits for the answer: a structure, or None."""
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def on_change(promise, *_):
        kept = promise.wait() == Gst.PromiseResult.REPLIED
        reply = promise.get_reply() if kept else None
        # A copy, as the reply goes with its promise.
        loop.call_soon_threadsafe(settle, reply.copy() if reply else None)

    def settle(reply):
        if not future.done():
            future.set_result(reply)

    order(Gst.Promise.new_with_change_func(on_change))
    reply = await asyncio.wait_for(future, WITHIN)
    if reply and reply.has_field("error"):
        raise Refused(str(reply.get_value("error")))
    return reply


async def set_description(webrtc, side, kind, sdp):
    """Sets a description, `side` being `local` or `remote`."""
    result, message = GstSdp.SDPMessage.new_from_text(sdp)
    if result != GstSdp.SDPResult.OK:
        raise Refused("webrtcbin cannot parse the description")
    sdp_type = getattr(GstWebRTC.WebRTCSDPType, kind.upper())
    description = GstWebRTC.WebRTCSessionDescription.new(sdp_type, message)
    await promised(lambda p: webrtc.emit(f"set-{side}-description", description, p))
