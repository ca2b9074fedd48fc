package main

import (
	"strconv"
	"strings"

	"github.com/pion/interceptor"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v3"
)

// codecs are those that Pion registers by default, without RTX: this version of Pion takes RTX packets in and
// does nothing with them, so what a browser resends on them would be lost. Without RTX in the description it is
// resent on the stream itself, which Pion understands.
func codecs() []webrtc.RTPCodecParameters {
	var made []webrtc.RTPCodecParameters
	for _, codec := range []struct {
		name     string
		number   webrtc.PayloadType
		rate     uint32
		channels uint16
		fmtp     string
	}{
		{webrtc.MimeTypeOpus, 111, 48000, 2, "minptime=10;useinbandfec=1"},
		{webrtc.MimeTypePCMU, 0, 8000, 0, ""},
		{webrtc.MimeTypePCMA, 8, 8000, 0, ""},
		{webrtc.MimeTypeG722, 9, 8000, 0, ""},
		{webrtc.MimeTypeVP8, 96, 90000, 0, ""},
		{webrtc.MimeTypeVP9, 98, 90000, 0, "profile-id=0"},
		{webrtc.MimeTypeH264, 102, 90000, 0, h264(1, "42e01f")},
		{webrtc.MimeTypeH264, 103, 90000, 0, h264(0, "42e01f")},
		{webrtc.MimeTypeH264, 104, 90000, 0, h264(1, "42001f")},
		{webrtc.MimeTypeH264, 106, 90000, 0, h264(0, "42001f")},
		{webrtc.MimeTypeAV1, 45, 90000, 0, ""},
	} {
		var feedback []webrtc.RTCPFeedback
		if isVideo(codec.name) {
			feedback = []webrtc.RTCPFeedback{{Type: "ccm", Parameter: "fir"}}
		}
		made = append(made, webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: codec.name, ClockRate: codec.rate, Channels: codec.channels,
				SDPFmtpLine: codec.fmtp, RTCPFeedback: feedback,
			},
			PayloadType: codec.number,
		})
	}
	return made
}

func isVideo(mime string) bool { return strings.HasPrefix(mime, "video/") }

func registerCodecs(engine *webrtc.MediaEngine) error {
	for _, codec := range codecs() {
		kind := webrtc.RTPCodecTypeAudio
		if isVideo(codec.MimeType) {
			kind = webrtc.RTPCodecTypeVideo
		}
		if err := engine.RegisterCodec(codec, kind); err != nil {
			return err
		}
	}
	return nil
}

func h264(mode int, profile string) string {
	return "level-asymmetry-allowed=1;packetization-mode=" + strconv.Itoa(mode) + ";profile-level-id=" + profile
}

// newAPI has the counters next to the network, so that they see what Pion's own interceptors send.
func newAPI(settings webrtc.SettingEngine, counted *counters) (*webrtc.API, error) {
	engine := &webrtc.MediaEngine{}
	if err := registerCodecs(engine); err != nil {
		return nil, err
	}
	for _, uri := range []string{
		sdp.SDESMidURI, sdp.SDESRTPStreamIDURI, "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
	} {
		// Only with these are the layers of a simulcast told apart.
		extension := webrtc.RTPHeaderExtensionCapability{URI: uri}
		if err := engine.RegisterHeaderExtension(extension, webrtc.RTPCodecTypeVideo); err != nil {
			return nil, err
		}
	}
	registry := &interceptor.Registry{}
	registry.Add(counted)
	if err := webrtc.RegisterDefaultInterceptors(engine, registry); err != nil {
		return nil, err
	}
	api := webrtc.NewAPI(
		webrtc.WithMediaEngine(engine), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(settings),
	)
	return api, nil
}

// prefer puts the codecs of these names first and leaves the others out. What there is to choose from changes with
// the other side's description, payload types too, so it is asked for before each of ours: a preference
// with numbers of before would be written down as it is, and clash with those of other m-lines.
func prefer(t *webrtc.RTPTransceiver, names []string) error {
	if err := t.SetCodecPreferences(nil); err != nil {
		return err
	}
	var chosen []webrtc.RTPCodecParameters
	for _, name := range names {
		for _, codec := range possible(t) {
			if strings.EqualFold(codecName(codec.MimeType), name) {
				chosen = append(chosen, codec)
			}
		}
	}
	return t.SetCodecPreferences(chosen)
}

func possible(t *webrtc.RTPTransceiver) []webrtc.RTPCodecParameters {
	if receiver := t.Receiver(); receiver != nil {
		return receiver.GetParameters().Codecs
	}
	return t.Sender().GetParameters().Codecs
}

// unknownCodec is the first of these names that Pion has no codec for.
func unknownCodec(kind webrtc.RTPCodecType, names []string) (string, bool) {
	known := audioCodecs
	if kind == webrtc.RTPCodecTypeVideo {
		known = videoCodecs
	}
	for _, name := range names {
		found := false
		for _, codec := range known {
			found = found || strings.EqualFold(codec, name)
		}
		if !found {
			return name, true
		}
	}
	return "", false
}

// codecName is the name as in `a=rtpmap`, out of "video/VP8". Pion takes over how the other side wrote it.
func codecName(mime string) string {
	_, name, _ := strings.Cut(mime, "/")
	for _, known := range append(append([]string{}, audioCodecs...), videoCodecs...) {
		if strings.EqualFold(known, name) {
			return known
		}
	}
	return name
}
