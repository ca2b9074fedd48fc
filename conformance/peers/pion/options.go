package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/pion/dtls/v2"
	"github.com/pion/ice/v2"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v3"
)

// options of `open`. `record` and `key_log` are read and left out: Pion makes no recording, and hands
// no key log down to its DTLS.
type options struct {
	Trickle     bool     `json:"trickle"`
	DTLS        string   `json:"dtls"`
	SRTP        []string `json:"srtp"`
	Certificate string   `json:"certificate"`
	Setup       string   `json:"setup"`
	Lite        bool     `json:"lite"`
	Aggressive  bool     `json:"aggressive"`
	MDNS        bool     `json:"mdns"`
	Polite      bool     `json:"polite"`
	Record      string   `json:"record"`
	KeyLog      string   `json:"key_log"`
}

// profiles are those that Pion's SRTP can do; its DTLS knows more names.
var profiles = map[string]dtls.SRTPProtectionProfile{
	"SRTP_AEAD_AES_128_GCM":       dtls.SRTP_AEAD_AES_128_GCM,
	"SRTP_AES128_CM_HMAC_SHA1_80": dtls.SRTP_AES128_CM_HMAC_SHA1_80,
}

func (o *options) settings(heard *trouble) (s webrtc.SettingEngine, certificates []webrtc.Certificate, err error) {
	loggers := logging.NewDefaultLoggerFactory()
	// Its default is standard output, where the protocol is.
	loggers.Writer = heard
	if loggers.DefaultLogLevel < logging.LogLevelWarn {
		loggers.DefaultLogLevel = logging.LogLevelWarn
	}
	s.LoggerFactory = loggers
	if o.DTLS != "" && o.DTLS != "1.2" {
		return s, nil, unsupported("DTLS %s: this version of Pion speaks 1.2 only", o.DTLS)
	}
	if o.Aggressive {
		return s, nil, unsupported("Pion nominates regularly")
	}
	if o.Polite {
		return s, nil, unsupported("this version of Pion cannot take an offer back")
	}
	var chosen []dtls.SRTPProtectionProfile
	for _, name := range o.SRTP {
		profile, known := profiles[name]
		if !known {
			return s, nil, unsupported("the SRTP profile %s", name)
		}
		chosen = append(chosen, profile)
	}
	if len(chosen) > 0 {
		s.SetSRTPProtectionProfiles(chosen...)
	}
	switch o.Setup {
	case "":
	case "active":
		err = s.SetAnsweringDTLSRole(webrtc.DTLSRoleClient)
	case "passive":
		err = s.SetAnsweringDTLSRole(webrtc.DTLSRoleServer)
	default:
		err = unsupported("the role %s", o.Setup)
	}
	if err != nil {
		return s, nil, err
	}
	s.SetLite(o.Lite)
	if o.MDNS {
		s.SetICEMulticastDNSMode(ice.MulticastDNSModeQueryAndGather)
	}
	certificates, err = o.certificates()
	return s, certificates, err
}

func (o *options) certificates() ([]webrtc.Certificate, error) {
	switch o.Certificate {
	case "", "ecdsa":
		// Pion makes one of its own, on P-256.
		return nil, nil
	case "rsa":
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, err
		}
		certificate, err := webrtc.GenerateCertificate(key)
		if err != nil {
			return nil, refused(err)
		}
		return []webrtc.Certificate{*certificate}, nil
	}
	return nil, unsupported("a certificate of %s", o.Certificate)
}

// trouble passes the log on to standard error, and keeps why a transport did not start:
// Pion tells that nowhere else.
type trouble struct {
	lock sync.Mutex
	why  string
}

func (t *trouble) Write(line []byte) (int, error) {
	if _, why, found := strings.Cut(string(bytes.TrimSpace(line)), "Failed to start manager: "); found {
		t.lock.Lock()
		t.why = why
		t.lock.Unlock()
	}
	return os.Stderr.Write(line)
}

// wait gives the reason; it is logged just after the state changes.
func (t *trouble) wait(most time.Duration) string {
	for end := time.Now().Add(most); ; time.Sleep(5 * time.Millisecond) {
		t.lock.Lock()
		why := t.why
		t.lock.Unlock()
		if why != "" || time.Now().After(end) {
			return why
		}
	}
}
