package main

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/pion/webrtc/v3"
)

// peer has one connection at a time.
type peer struct {
	wire *wire
	lock sync.Mutex
	now  *connection
}

// connection is a peer connection, and what was sent and seen on it.
type connection struct {
	wire    *wire
	api     *webrtc.API
	pc      *webrtc.PeerConnection
	trickle bool
	counted *counters
	trouble *trouble
	over    chan struct{}

	// lock guards what follows.
	lock     sync.Mutex
	channels map[string]*channel
	// echoes by m-line, of those that receive or could.
	echoes map[*webrtc.RTPTransceiver]*echo
	// mlines are directions, as last told.
	mlines map[string]string
	tracks int // made so far, for their names
	// firstMid is that of the m-line whose transport all others share.
	firstMid string
}

func newPeer(w *wire) *peer { return &peer{wire: w} }

func (p *peer) current() (*connection, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.now == nil {
		return nil, refused(errors.New("no peer connection is open"))
	}
	return p.now, nil
}

func (p *peer) close() error {
	p.lock.Lock()
	c := p.now
	p.now = nil
	p.lock.Unlock()
	if c == nil {
		return nil
	}
	close(c.over)
	if err := c.pc.Close(); err != nil {
		// It is closed all the same: this is a goodbye that the other side, closed before, did not hear.
		c.wire.event("log", fields{"text": "close: " + err.Error()})
	}
	return nil
}

func (p *peer) doOpen(r *request) (fields, error) {
	var o options
	if err := r.read(&o); err != nil {
		return nil, err
	}
	heard := &trouble{}
	settings, certificates, err := o.settings(heard)
	if err != nil {
		return nil, err
	}
	if err = p.close(); err != nil {
		return nil, err
	}
	c := &connection{
		wire: p.wire, trickle: o.Trickle, counted: newCounters(), trouble: heard, over: make(chan struct{}),
		channels: map[string]*channel{}, echoes: map[*webrtc.RTPTransceiver]*echo{}, mlines: map[string]string{},
	}
	if c.api, err = newAPI(settings, c.counted); err != nil {
		return nil, err
	}
	if c.pc, err = c.api.NewPeerConnection(webrtc.Configuration{Certificates: certificates}); err != nil {
		return nil, refused(err)
	}
	c.watch()
	p.lock.Lock()
	p.now = c
	p.lock.Unlock()
	return nil, nil
}

func (c *connection) watch() {
	c.pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		more := fields{"state": state.String()}
		if state == webrtc.PeerConnectionStateFailed {
			if why := c.trouble.wait(100 * time.Millisecond); why != "" {
				more["reason"] = why
			}
		}
		c.wire.event("connection", more)
	})
	c.pc.OnICEConnectionStateChange(func(state webrtc.ICEConnectionState) {
		c.wire.event("ice", fields{"state": state.String()})
	})
	c.pc.OnDataChannel(func(made *webrtc.DataChannel) { c.watchChannel(made, true) })
	c.pc.OnTrack(c.receive)
	c.pc.OnICECandidate(func(candidate *webrtc.ICECandidate) {
		if !c.trickle {
			return
		}
		// Pion tells no m-line: everything is bundled on the first. This handler must not ask Pion for it, as
		// the description waits for the goroutine that called us.
		c.lock.Lock()
		more := fields{"candidate": "", "mid": c.firstMid, "index": 0}
		c.lock.Unlock()
		if candidate != nil {
			more["candidate"] = candidate.ToJSON().Candidate
		}
		c.wire.event("candidate", more)
	})
}

func (p *peer) doOffer(r *request) (fields, error) {
	var o struct {
		Restart bool `json:"restart"`
	}
	if err := r.read(&o); err != nil {
		return nil, err
	}
	c, err := p.current()
	if err != nil {
		return nil, err
	}
	if o.Restart && c.pc.RemoteDescription() == nil {
		return nil, refused(errors.New("there is nothing to restart yet"))
	}
	if err := c.preferCodecs(); err != nil {
		return nil, err
	}
	offer, err := c.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: o.Restart})
	if err != nil {
		return nil, refused(err)
	}
	return c.describe(offer)
}

func (p *peer) doAnswer(r *request) (fields, error) {
	var o struct {
		SDP string `json:"sdp"`
	}
	if err := r.read(&o); err != nil {
		return nil, err
	}
	c, err := p.current()
	if err != nil {
		return nil, err
	}
	offer := webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: o.SDP}
	if err := c.pc.SetRemoteDescription(offer); err != nil {
		return nil, refused(err)
	}
	if err := c.preferCodecs(); err != nil {
		return nil, err
	}
	answer, err := c.pc.CreateAnswer(nil)
	if err != nil {
		return nil, refused(err)
	}
	told, err := c.describe(answer)
	if err == nil {
		c.tellLines(readSDP(answer.SDP), nil)
	}
	return told, err
}

func (p *peer) doAccept(r *request) (fields, error) {
	var o struct {
		SDP string `json:"sdp"`
	}
	if err := r.read(&o); err != nil {
		return nil, err
	}
	c, err := p.current()
	if err != nil {
		return nil, err
	}
	var offered []mline
	if local := c.pc.PendingLocalDescription(); local != nil {
		offered = readSDP(local.SDP)
	}
	answer := webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: o.SDP}
	if err := c.pc.SetRemoteDescription(answer); err != nil {
		return nil, refused(err)
	}
	lines := readSDP(o.SDP)
	for i := range lines {
		lines[i].direction = reversed(lines[i].direction)
	}
	c.tellLines(lines, offered)
	return nil, nil
}

func (c *connection) preferCodecs() error {
	c.lock.Lock()
	defer c.lock.Unlock()
	for transceiver, kept := range c.echoes {
		if len(kept.preferred) == 0 {
			continue
		}
		if err := prefer(transceiver, kept.preferred); err != nil {
			return refused(err)
		}
	}
	return nil
}

// describe sets a description of ours, and waits for its candidates unless they go by themselves.
func (c *connection) describe(made webrtc.SessionDescription) (fields, error) {
	if lines := readSDP(made.SDP); len(lines) > 0 {
		c.lock.Lock()
		c.firstMid = lines[0].mid
		c.lock.Unlock()
	}
	if err := c.pc.SetLocalDescription(made); err != nil {
		return nil, refused(err)
	}
	if c.trickle {
		return fields{"type": made.Type.String(), "sdp": made.SDP}, nil
	}
	// Not `GatheringCompletePromise`: it takes the handler of the gathering state away at each restart.
	for end := time.Now().Add(10 * time.Second); c.pc.ICEGatheringState() != webrtc.ICEGatheringStateComplete; {
		if time.Now().After(end) {
			return nil, errors.New("gathering takes longer than ten seconds")
		}
		time.Sleep(5 * time.Millisecond)
	}
	return fields{"type": made.Type.String(), "sdp": c.pc.LocalDescription().SDP}, nil
}

func (p *peer) doRollback(_ *request) (fields, error) {
	return nil, unsupported("this version of Pion knows no step back from an offer to stable")
}

func (p *peer) doCandidate(r *request) (fields, error) {
	var o struct {
		Candidate string  `json:"candidate"`
		Mid       *string `json:"mid"`
		Index     *uint16 `json:"index"`
	}
	if err := r.read(&o); err != nil {
		return nil, err
	}
	c, err := p.current()
	if err != nil {
		return nil, err
	}
	candidate := webrtc.ICECandidateInit{Candidate: o.Candidate, SDPMid: o.Mid, SDPMLineIndex: o.Index}
	return nil, refused(c.pc.AddICECandidate(candidate))
}

// tellLines tells of each m-line that became other than it was. With an offer of ours, what it said is no news.
func (c *connection) tellLines(lines, offered []mline) {
	c.lock.Lock()
	defer c.lock.Unlock()
	for _, m := range offered {
		c.mlines[m.mid] = m.direction
	}
	for _, m := range lines {
		if m.kind == "application" || c.mlines[m.mid] == m.direction {
			continue
		}
		c.mlines[m.mid] = m.direction
		c.wire.event("media", fields{"mid": m.mid, "kind": m.kind, "direction": m.direction})
	}
}

// mline is what the harness wants to know of an m-line.
type mline struct{ mid, kind, direction string }

func readSDP(text string) []mline {
	var lines []mline
	for _, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		if strings.HasPrefix(line, "m=") {
			var kind string
			port := -1
			if _, err := fmt.Sscanf(line, "m=%s %d", &kind, &port); err != nil {
				// Pion refuses such a line itself.
				continue
			}
			lines = append(lines, mline{kind: kind, direction: "sendrecv"})
			if port == 0 {
				lines[len(lines)-1].direction = "stopped"
			}
			continue
		}
		if len(lines) == 0 {
			continue
		}
		last := &lines[len(lines)-1]
		switch {
		case strings.HasPrefix(line, "a=mid:"):
			last.mid = line[len("a=mid:"):]
		case last.direction == "stopped":
		case line == "a=sendonly", line == "a=recvonly", line == "a=inactive":
			last.direction = line[len("a="):]
		}
	}
	return lines
}

// reversed is the same direction, seen from the other side.
func reversed(direction string) string {
	switch direction {
	case "sendonly":
		return "recvonly"
	case "recvonly":
		return "sendonly"
	}
	return direction
}
