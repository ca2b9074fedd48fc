module lapwing/conformance/peers/pion

go 1.19

// Debian's packages are built without modules; this file only lets their "/v3" in import paths resolve.
require (
	github.com/pion/interceptor v0.1.12
	github.com/pion/logging v0.2.2
	github.com/pion/rtcp v1.2.10
	github.com/pion/rtp v1.7.13
	github.com/pion/webrtc/v3 v3.1.56
)
