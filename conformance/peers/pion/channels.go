package main

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pion/webrtc/v3"
)

const (
	// room is what may wait in a channel before `send` waits itself.
	room = 1 << 20
	// listed is how many messages `received` tells one by one.
	listed = 1000
)

// channel is a data channel and what came in on it.
type channel struct {
	pion     *webrtc.DataChannel
	lock     sync.Mutex
	count    int
	bytes    int
	messages []seenMessage
	// sends keeps the messages of one `send` behind those of the one before it.
	sends chan func()
}

func (p *peer) doChannel(r *request) (fields, error) {
	var o struct {
		Label      string  `json:"label"`
		Protocol   *string `json:"protocol"`
		Ordered    *bool   `json:"ordered"`
		Retransmit *uint16 `json:"max_retransmits"`
		Lifetime   *uint16 `json:"max_lifetime_ms"`
		Negotiated *uint16 `json:"negotiated"`
	}
	if err := r.read(&o); err != nil {
		return nil, err
	}
	c, err := p.current()
	if err != nil {
		return nil, err
	}
	options := webrtc.DataChannelInit{
		Ordered: o.Ordered, MaxRetransmits: o.Retransmit, MaxPacketLifeTime: o.Lifetime, Protocol: o.Protocol,
	}
	if o.Negotiated != nil {
		agreed := true
		options.Negotiated, options.ID = &agreed, o.Negotiated
	}
	made, err := c.pc.CreateDataChannel(o.Label, &options)
	if err != nil {
		return nil, refused(err)
	}
	c.watchChannel(made, false)
	return nil, nil
}

func (c *connection) watchChannel(pion *webrtc.DataChannel, remote bool) {
	kept := &channel{pion: pion, sends: make(chan func(), 64)}
	label := pion.Label()
	c.lock.Lock()
	c.channels[label] = kept
	c.lock.Unlock()
	go kept.work(c.over)
	pion.OnMessage(func(m webrtc.DataChannelMessage) { kept.take(m) })
	pion.OnClose(func() { c.wire.event("channel", fields{"channel": label, "state": "closed"}) })
	pion.OnError(func(err error) { c.wire.event("log", fields{"text": "channel " + label + ": " + err.Error()}) })
	pion.OnOpen(func() {
		more := fields{
			"channel": label, "state": "open", "protocol": pion.Protocol(), "ordered": pion.Ordered(), "remote": remote,
		}
		if id := pion.ID(); id != nil {
			more["stream"] = *id
		}
		c.wire.event("channel", more)
	})
}

func (h *channel) work(over <-chan struct{}) {
	for {
		select {
		case send := <-h.sends:
			send()
		case <-over:
			return
		}
	}
}

func (h *channel) take(m webrtc.DataChannelMessage) {
	seen := seeMessage(m.IsString, m.Data)
	h.lock.Lock()
	defer h.lock.Unlock()
	h.count++
	h.bytes += len(m.Data)
	if len(h.messages) < listed {
		h.messages = append(h.messages, seen)
	}
}

type sendRequest struct {
	Channel string `json:"channel"`
	Kind    string `json:"kind"`
	Size    int    `json:"size"`
	Count   int    `json:"count"`
	Seed    uint32 `json:"seed"`
}

// queueSend has the messages sent after those of the requests before it.
func (p *peer) queueSend(r *request, reply func(fields, error)) {
	var o sendRequest
	if err := r.read(&o); err != nil {
		reply(nil, err)
		return
	}
	c, h, err := p.channel(o.Channel)
	if err != nil {
		reply(nil, err)
		return
	}
	select {
	case h.sends <- func() { reply(nil, c.send(h.pion, o)) }:
	default:
		reply(nil, fmt.Errorf("%d requests to send wait already", cap(h.sends)))
	}
}

func (c *connection) send(to *webrtc.DataChannel, o sendRequest) error {
	for n := 0; n < o.Count; n++ {
		// Pion's own limit is none: it would take everything into memory.
		for to.BufferedAmount() > room {
			select {
			case <-c.over:
				return refused(errors.New("the connection was closed"))
			case <-time.After(2 * time.Millisecond):
			}
			if state := to.ReadyState(); state != webrtc.DataChannelStateOpen {
				return refused(fmt.Errorf("the channel is %s", state))
			}
		}
		data := message(o.Kind, o.Size, o.Seed+uint32(n))
		var err error
		if o.Kind == "text" {
			err = to.SendText(string(data))
		} else {
			err = to.Send(data)
		}
		if err != nil {
			return refused(err)
		}
	}
	return nil
}

func (p *peer) doReceived(r *request) (fields, error) {
	var o struct {
		Channel string `json:"channel"`
	}
	if err := r.read(&o); err != nil {
		return nil, err
	}
	_, h, err := p.channel(o.Channel)
	if err != nil {
		// A channel that has not come yet has brought nothing.
		return fields{"count": 0, "bytes": 0, "messages": []seenMessage{}}, nil
	}
	h.lock.Lock()
	defer h.lock.Unlock()
	return fields{"count": h.count, "bytes": h.bytes, "messages": append([]seenMessage{}, h.messages...)}, nil
}

func (p *peer) doCloseChannel(r *request) (fields, error) {
	var o struct {
		Channel string `json:"channel"`
	}
	if err := r.read(&o); err != nil {
		return nil, err
	}
	_, h, err := p.channel(o.Channel)
	if err != nil {
		return nil, err
	}
	return nil, refused(h.pion.Close())
}

func (p *peer) channel(label string) (*connection, *channel, error) {
	c, err := p.current()
	if err != nil {
		return nil, nil, err
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	h, found := c.channels[label]
	if !found {
		return nil, nil, refused(fmt.Errorf("there is no channel %q", label))
	}
	return c, h, nil
}
