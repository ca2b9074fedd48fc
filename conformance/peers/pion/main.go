// Pion as a peer of the wall: it speaks the protocol of conformance/peers/README.md on standard input and
// output, and sends back the media that it receives.
//
// protocol.go reads requests and writes replies; connection.go opens, describes and closes; media.go
// echoes; channels.go has the data channels; content.go the messages; stats.go the facts.
package main

import (
	"os"
	"runtime/debug"
)

// What Pion can send back. RTX is not among them, see codecs.go.
var (
	audioCodecs = []string{"opus", "PCMU", "PCMA", "G722"}
	videoCodecs = []string{"VP8", "VP9", "H264", "AV1"}
)

// Each of these was tried. A message may have 65,535 bytes: of one byte more, which Pion's SCTP still takes, Pion's own
// reader makes an error and closes the channel. NACKs are written `nack ` in descriptions, with a space at the
// end, which some do not recognise.
var features = []string{
	"offer", "answer",
	"data", "unordered", "max-retransmits", "max-lifetime", "negotiated", "close-channel", "empty-message", "text",
	"trickle", "restart", "lite", "renegotiate", "direction", "several", "setup",
	"dtls-1.2", "rsa", "srtp:SRTP_AEAD_AES_128_GCM", "srtp:SRTP_AES128_CM_HMAC_SHA1_80", "srtp-choice",
	"mdns", "ipv6", "nack", "pli",
}

// version is that of the Debian package, from its database: in GOPATH mode a program knows nothing of its parts.
var version = "unknown"

func main() {
	// A harness starts many of these on few cores: less memory rather than fewer collections.
	debug.SetGCPercent(50)
	wire := newWire(os.Stdout)
	wire.event("ready", fields{
		"peer": "pion", "version": version, "content": "echo",
		"audio": audioCodecs, "video": videoCodecs, "features": features,
	})
	serve(newPeer(wire), wire, os.Stdin)
}
