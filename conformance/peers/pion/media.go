package main

import (
	"errors"
	"fmt"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v3"
)

// doMedia adds a transceiver. Pion gives it the next m-line of its kind, whoever offers.
func (p *peer) doMedia(r *request) (fields, error) {
	// Size, rate, number and tone are for those who make pictures and tones.
	var o struct {
		Kind      string   `json:"kind"`
		Direction string   `json:"direction"`
		Codecs    []string `json:"codecs"`
		Content   string   `json:"content"`
		Tone      float64  `json:"tone_hz"`
		First     int      `json:"first"`
		Width     int      `json:"width"`
		Height    int      `json:"height"`
		FPS       float64  `json:"fps"`
		Simulcast []string `json:"simulcast"`
	}
	if err := r.read(&o); err != nil {
		return nil, err
	}
	if o.Content != "" && o.Content != "echo" && o.Content != "none" {
		return nil, unsupported("the content %s: this peer sends back what it receives", o.Content)
	}
	if len(o.Simulcast) > 0 {
		return nil, unsupported("simulcast: this peer sends back one layer")
	}
	c, err := p.current()
	if err != nil {
		return nil, err
	}
	kind := webrtc.NewRTPCodecType(o.Kind)
	if name, unknown := unknownCodec(kind, o.Codecs); unknown {
		return nil, unsupported("the codec %s", name)
	}
	direction := webrtc.RTPTransceiverDirectionSendrecv
	if o.Direction != "" {
		direction = webrtc.NewRTPTransceiverDirection(o.Direction)
	}
	init := webrtc.RTPTransceiverInit{Direction: direction}
	made := c.newEcho(kind, o.Content == "none")
	var transceiver *webrtc.RTPTransceiver
	switch direction {
	case webrtc.RTPTransceiverDirectionSendrecv, webrtc.RTPTransceiverDirectionSendonly:
		transceiver, err = c.pc.AddTransceiverFromTrack(made, init)
	case webrtc.RTPTransceiverDirectionRecvonly:
		transceiver, err = c.pc.AddTransceiverFromKind(kind, init)
	default:
		return nil, unsupported("an m-line that begins as %s", o.Direction)
	}
	if err != nil {
		return nil, refused(err)
	}
	made.preferred = o.Codecs
	c.keep(transceiver, made)
	return nil, nil
}

func (c *connection) newEcho(kind webrtc.RTPCodecType, silent bool) *echo {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.tracks++
	return newEcho(kind, fmt.Sprintf("%s-%d", kind, c.tracks), silent)
}

func (c *connection) keep(transceiver *webrtc.RTPTransceiver, made *echo) {
	c.lock.Lock()
	c.echoes[transceiver] = made
	c.lock.Unlock()
	if sender := transceiver.Sender(); sender != nil {
		go c.passFeedback(sender, made)
	}
}

// receive is called for each remote track, and each layer of a simulcast.
func (c *connection) receive(remote *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
	transceiver, to := c.echoOf(receiver)
	if transceiver == nil {
		c.wire.event("log", fields{"text": fmt.Sprintf("a track of no m-line, SSRC %d", remote.SSRC())})
		return
	}
	rid := remote.RID()
	to.lock.Lock()
	to.remotes[rid] = remote
	to.lock.Unlock()
	// Reports are handled by interceptors, which see only what is read.
	go func() {
		scratch := make([]byte, 1500)
		for {
			var err error
			if rid == "" {
				_, _, err = receiver.Read(scratch)
			} else {
				_, _, err = receiver.ReadSimulcast(scratch, rid)
			}
			if err != nil {
				return
			}
		}
	}()
	for {
		packet, _, err := remote.ReadRTP()
		if err != nil {
			// The end of the track: the m-line or the connection closed.
			return
		}
		if err := to.take(rid, packet); err != nil {
			c.wire.event("log", fields{"text": "echo: " + err.Error()})
		}
	}
}

// echoOf finds the m-line; one that was not asked for only counts.
func (c *connection) echoOf(receiver *webrtc.RTPReceiver) (*webrtc.RTPTransceiver, *echo) {
	for _, transceiver := range c.pc.GetTransceivers() {
		if transceiver.Receiver() != receiver {
			continue
		}
		c.lock.Lock()
		kept := c.echoes[transceiver]
		c.lock.Unlock()
		if kept == nil {
			kept = c.newEcho(transceiver.Kind(), true)
			c.keep(transceiver, kept)
		}
		return transceiver, kept
	}
	return nil, nil
}

// passFeedback asks the source for a key frame when the other side asks us. Losses are repaired by the
// interceptors, each way by itself.
func (c *connection) passFeedback(sender *webrtc.RTPSender, from *echo) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		ours := map[uint32]bool{}
		for _, encoding := range sender.GetParameters().Encodings {
			ours[uint32(encoding.SSRC)] = true
		}
		for _, packet := range packets {
			switch feedback := packet.(type) {
			case *rtcp.PictureLossIndication:
				if ours[feedback.MediaSSRC] {
					c.counted.add("plis_received", 1)
					c.askForKeyframe(from)
				}
			case *rtcp.FullIntraRequest:
				for _, entry := range feedback.FIR {
					if ours[entry.SSRC] {
						c.askForKeyframe(from)
					}
				}
			case *rtcp.TransportLayerNack:
				if ours[feedback.MediaSSRC] {
					c.counted.add("nacks_received", 1)
				}
			}
		}
	}
}

func (c *connection) askForKeyframe(of *echo) {
	remote := of.current()
	if remote == nil {
		return
	}
	request := &rtcp.PictureLossIndication{MediaSSRC: uint32(remote.SSRC())}
	if err := c.pc.WriteRTCP([]rtcp.Packet{request}); err != nil {
		c.wire.event("log", fields{"text": "a request for a key frame: " + err.Error()})
	}
}

type midRequest struct {
	Mid       string `json:"mid"`
	RID       string `json:"rid"`
	Direction string `json:"direction"`
}

// line reads a request about an m-line.
func (p *peer) line(r *request) (o midRequest, c *connection, t *webrtc.RTPTransceiver, err error) {
	if err = r.read(&o); err != nil {
		return
	}
	if c, err = p.current(); err != nil {
		return
	}
	for _, t = range c.pc.GetTransceivers() {
		if t.Mid() == o.Mid {
			return
		}
	}
	return o, c, nil, refused(fmt.Errorf("there is no m-line %q of media", o.Mid))
}

// doDirection: Pion's transceivers change only in that they get a sender or lose it.
func (p *peer) doDirection(r *request) (fields, error) {
	o, c, t, err := p.line(r)
	if err != nil {
		return nil, err
	}
	if o.Direction == t.Direction().String() {
		return nil, nil
	}
	change := t.Direction().String() + " to " + o.Direction
	switch change {
	case "sendrecv to recvonly", "sendonly to inactive":
		return nil, refused(c.pc.RemoveTrack(t.Sender()))
	case "recvonly to sendrecv", "inactive to sendonly":
		c.lock.Lock()
		kept := c.echoes[t]
		c.lock.Unlock()
		if kept == nil {
			kept = c.newEcho(t.Kind(), false)
		}
		sender, err := c.api.NewRTPSender(kept, c.pc.SCTP().Transport())
		if err != nil {
			return nil, refused(err)
		}
		if err := t.SetSender(sender, kept); err != nil {
			return nil, refused(err)
		}
		kept.lock.Lock()
		kept.silent = false
		kept.lock.Unlock()
		c.keep(t, kept)
		return nil, nil
	}
	return nil, unsupported("%s: Pion's transceivers start or stop to send, not to receive", change)
}

func (p *peer) doStop(_ *request) (fields, error) {
	return nil, unsupported("Pion's Stop leaves the m-line inactive, and rejects none")
}

func (p *peer) doLayer(r *request) (fields, error) {
	o, c, t, err := p.line(r)
	if err != nil {
		return nil, err
	}
	c.lock.Lock()
	kept := c.echoes[t]
	c.lock.Unlock()
	if kept == nil {
		return nil, refused(errors.New("nothing came in on that m-line"))
	}
	kept.lock.Lock()
	kept.layer, kept.chosen = o.RID, true
	kept.lock.Unlock()
	c.askForKeyframe(kept)
	return nil, nil
}

func (p *peer) doKeyframe(r *request) (fields, error) {
	_, c, t, err := p.line(r)
	if err != nil {
		return nil, err
	}
	c.lock.Lock()
	kept := c.echoes[t]
	c.lock.Unlock()
	if kept == nil || kept.current() == nil {
		return nil, refused(errors.New("nothing came in on that m-line"))
	}
	c.askForKeyframe(kept)
	return nil, nil
}

func (p *peer) doSeen(r *request) (fields, error) {
	if err := r.read(&struct{}{}); err != nil {
		return nil, err
	}
	c, err := p.current()
	if err != nil {
		return nil, err
	}
	media := []fields{}
	for _, t := range c.pc.GetTransceivers() {
		c.lock.Lock()
		kept := c.echoes[t]
		c.lock.Unlock()
		if kept == nil || t.Mid() == "" {
			continue
		}
		entry := fields{"mid": t.Mid(), "kind": t.Kind().String()}
		if remote := kept.current(); remote != nil {
			entry["codec"] = codecName(remote.Codec().MimeType)
		}
		kept.lock.Lock()
		entry["packets"] = kept.packets
		kept.lock.Unlock()
		media = append(media, entry)
	}
	return fields{"media": media}, nil
}
