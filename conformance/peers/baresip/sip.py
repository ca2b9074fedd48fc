"""Our side of one SIP call with baresip, over UDP on loopback (RFC 3261): what it takes to hand an offer
and an answer over, and no more. Nothing is lost on loopback, so that requests are not sent again."""

import asyncio
import random


def _token():
    return f"{random.getrandbits(48):012x}"


class Message:
    """A request or a response."""

    def __init__(self, start, headers, body=""):
        self.start = start
        self.headers = headers  # (name, value) in order
        self.body = body

    @classmethod
    def parse(cls, data):
        """Takes a datagram apart."""
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        fields = (line.partition(":")[::2] for line in lines)
        return cls(start, [(name.strip().lower(), value.strip()) for name, value in fields], body)

    def all(self, name):
        """All values of a header."""
        return [value for key, value in self.headers if key == name]

    def one(self, name):
        """The first value of a header."""
        return next(iter(self.all(name)), "")

    def bytes(self):
        """The datagram."""
        lines = [self.start] + [f"{name}: {value}" for name, value in self.headers]
        lines.append(f"Content-Length: {len(self.body.encode())}")
        return ("\r\n".join(lines) + "\r\n\r\n" + self.body).encode()


class Call(asyncio.DatagramProtocol):
    """One call. `ended` is told why it ended, when the other side ends it."""

    def __init__(self, ended):
        self._ended = ended
        self._invite = None  # the other side's
        self._dialog = {}
        self._answer = None  # a future of the answer to ours
        self.invited = asyncio.get_running_loop().create_future()
        self.port = 0
        self.standing = False

    @classmethod
    async def open(cls, ended):
        """Opens the socket."""
        loop = asyncio.get_running_loop()
        _, call = await loop.create_datagram_endpoint(
            lambda: cls(ended), local_addr=("127.0.0.1", 0)
        )
        return call

    def connection_made(self, transport):
        """The socket is open."""
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data, address):
        """A message came in."""
        message = Message.parse(data)
        if message.start.startswith("SIP/2.0"):
            self._on_response(message)
        elif message.start.startswith("INVITE"):
            self._invite, self._dialog["to"] = message, address
            self._dialog["tag"] = _token()
            self._reply(message, "180 Ringing")
            if not self.invited.done():
                self.invited.set_result(message.body)
        elif message.start.startswith("BYE"):
            self._dialog["to"] = address
            self._reply(message, "200 OK")
            self.standing = False
            self._ended(message.one("reason") or "the other side said goodbye")
        elif message.start.startswith("CANCEL"):
            self._dialog["to"] = address
            self._reply(message, "200 OK")
            self._ended("the other side took its call back")
        elif not message.start.startswith("ACK"):
            self._dialog["to"] = address
            self._reply(message, "405 Method Not Allowed")

    def accept(self, sdp):
        """Answers the other side's call."""
        self._reply(self._invite, "200 OK", sdp)
        self.standing = True

    def decline(self):
        """Declines the other side's call."""
        self._reply(self._invite, "488 Not Acceptable Here")

    async def invite(self, port, sdp):
        """Calls, and gives the answer's SDP."""
        dialog = self._dialog
        dialog.update(to=("127.0.0.1", port), tag=_token(), id=_token(), number=1)
        dialog["target"] = f"sip:peer@127.0.0.1:{port}"
        dialog["remote"] = f"<{dialog['target']}>"
        self._answer = asyncio.get_running_loop().create_future()
        self._request("INVITE", sdp)
        return await self._answer

    def end(self):
        """Ends the call, whoever began it."""
        if self._invite is not None and self.standing:
            self._turn_round()
        if self.standing:
            self._dialog["number"] += 1
            self._request("BYE")
        self.standing = False
        self._transport.close()

    def _turn_round(self):
        # Of a call that the other side began, `From` and `To` change places in our requests.
        invite, dialog = self._invite, self._dialog
        dialog.update(id=invite.one("call-id"), number=0, remote=invite.one("from"))
        dialog["target"] = invite.one("contact").partition("<")[2].partition(">")[0]

    def _on_response(self, message):
        method = message.one("cseq").split()[-1]
        code = int(message.start.split()[1])
        if method != "INVITE" or code < 200:
            return
        if code < 300:
            self._dialog["remote"] = message.one("to")
            contact = message.one("contact")
            self._dialog["target"] = contact.partition("<")[2].partition(">")[0]
            self.standing = True
        self._request("ACK")
        if self._answer and not self._answer.done():
            if code < 300:
                self._answer.set_result(message.body)
            else:
                self._answer.set_exception(ConnectionRefusedError(message.start[8:]))

    def _request(self, method, sdp=""):
        dialog = self._dialog
        here = f"127.0.0.1:{self.port}"
        headers = [
            ("Via", f"SIP/2.0/UDP {here};branch=z9hG4bK{_token()};rport"),
            ("Max-Forwards", "70"),
            ("From", f"<sip:wall@{here}>;tag={dialog['tag']}"),
            ("To", dialog["remote"]),
            ("Call-ID", dialog["id"]),
            ("CSeq", f"{dialog['number']} {method}"),
            ("Contact", f"<sip:wall@{here}>"),
        ]
        if sdp:
            headers.append(("Content-Type", "application/sdp"))
        start = f"{method} {dialog['target']} SIP/2.0"
        self._transport.sendto(Message(start, headers, sdp).bytes(), dialog["to"])

    def _reply(self, message, status, sdp=""):
        names = {"via": "Via", "from": "From", "call-id": "Call-ID", "cseq": "CSeq"}
        headers = [(names[name], value) for name, value in message.headers if name in names]
        to = message.one("to")
        if "tag=" not in to and "tag" in self._dialog:
            to += f";tag={self._dialog['tag']}"
        headers += [("To", to), ("Contact", f"<sip:wall@127.0.0.1:{self.port}>")]
        if sdp:
            headers.append(("Content-Type", "application/sdp"))
        self._transport.sendto(Message(f"SIP/2.0 {status}", headers, sdp).bytes(), self._dialog["to"])
