package main

import (
	"sync"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v3"
)

// echo sends back what its m-line receives. It is a track by its own: those of Pion are bound to one codec when
// they are made, and which one comes is the other side's to say. Payload types are the same both ways, as Pion
// keeps one table of them.
type echo struct {
	kind      webrtc.RTPCodecType
	id        string
	preferred []string // codecs, by name

	lock    sync.Mutex
	silent  bool // nothing was asked to be sent
	writers map[string]webrtc.TrackLocalWriter
	remotes map[string]*webrtc.TrackRemote // by RID, which is empty without simulcast
	layer   string                         // the RID that is sent back
	chosen  bool                           // there is one
	packets uint64
	joint   joint
}

func newEcho(kind webrtc.RTPCodecType, id string, silent bool) *echo {
	return &echo{
		kind: kind, id: id, silent: silent,
		writers: map[string]webrtc.TrackLocalWriter{}, remotes: map[string]*webrtc.TrackRemote{},
	}
}

// Bind is called when the sender starts.
func (e *echo) Bind(context webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	e.lock.Lock()
	defer e.lock.Unlock()
	if len(context.CodecParameters()) == 0 {
		return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
	}
	e.writers[context.ID()] = &boundWriter{uint32(context.SSRC()), context.WriteStream()}
	return context.CodecParameters()[0], nil
}

// Unbind is called when the sender stops.
func (e *echo) Unbind(context webrtc.TrackLocalContext) error {
	e.lock.Lock()
	defer e.lock.Unlock()
	delete(e.writers, context.ID())
	return nil
}

// ID, RID, StreamID and Kind name the track in descriptions.
func (e *echo) ID() string                { return e.id }
func (e *echo) RID() string               { return "" }
func (e *echo) StreamID() string          { return "echo" }
func (e *echo) Kind() webrtc.RTPCodecType { return e.kind }

// boundWriter puts the stream's SSRC in.
type boundWriter struct {
	ssrc uint32
	webrtc.TrackLocalWriter
}

func (w *boundWriter) WriteRTP(header *rtp.Header, payload []byte) (int, error) {
	header.SSRC = w.ssrc
	return w.TrackLocalWriter.WriteRTP(header, payload)
}

// take counts a packet of this layer, and sends it back if the layer is the one.
func (e *echo) take(rid string, packet *rtp.Packet) error {
	e.lock.Lock()
	defer e.lock.Unlock()
	if !e.chosen {
		e.layer, e.chosen = rid, true
	}
	if e.layer != rid {
		return nil
	}
	e.packets++
	if e.silent {
		return nil
	}
	sequence, timestamp := e.joint.pass(rid, packet.SequenceNumber, packet.Timestamp)
	for _, writer := range e.writers {
		// The extensions are left out: their numbers and what they say are the other side's own.
		header := rtp.Header{
			Version: 2, Marker: packet.Marker, PayloadType: packet.PayloadType,
			SequenceNumber: sequence, Timestamp: timestamp,
		}
		if _, err := writer.WriteRTP(&header, packet.Payload); err != nil {
			return err
		}
	}
	return nil
}

// current is the remote track that is sent back.
func (e *echo) current() *webrtc.TrackRemote {
	e.lock.Lock()
	defer e.lock.Unlock()
	return e.remotes[e.layer]
}

// joint makes one stream of layers, each of which has numbers and times of its own. Where it changes from one to
// another the next packet follows on the highest before it. With one layer only, it changes nothing.
type joint struct {
	begun         bool
	rid           string
	sequence      uint16 // added to what comes
	timestamp     uint32
	lastSequence  uint16 // the highest that went out
	lastTimestamp uint32
}

// oneFrame is the time between pictures at a joint, in a clock of 90 kHz.
const oneFrame = 90000 / 15

func (j *joint) pass(rid string, sequence uint16, timestamp uint32) (uint16, uint32) {
	if j.begun && j.rid != rid {
		j.sequence = j.lastSequence + 1 - sequence
		j.timestamp = j.lastTimestamp + oneFrame - timestamp
	}
	sequence, timestamp = sequence+j.sequence, timestamp+j.timestamp
	if !j.begun || j.rid != rid || int16(sequence-j.lastSequence) > 0 {
		j.lastSequence, j.lastTimestamp = sequence, timestamp
	}
	j.begun, j.rid = true, rid
	return sequence, timestamp
}
