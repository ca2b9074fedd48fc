package main

import (
	"fmt"
	"net"
	"reflect"
	"strconv"
	"sync"
	"unsafe"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v2"
	"github.com/pion/webrtc/v3"
)

func (p *peer) doStats(r *request) (fields, error) {
	if err := r.read(&struct{}{}); err != nil {
		return nil, err
	}
	c, err := p.current()
	if err != nil {
		return nil, err
	}
	facts := c.counted.facts()
	transport := c.pc.SCTP().Transport()
	if pair, err := transport.ICETransport().GetSelectedCandidatePair(); err == nil && pair != nil {
		facts["local"], facts["local_type"] = address(pair.Local), pair.Local.Typ.String()
		facts["remote"], facts["remote_type"] = address(pair.Remote), pair.Remote.Typ.String()
	}
	if transport.State() == webrtc.DTLSTransportStateConnected {
		facts["dtls"] = "1.2"
		if err := secrets(transport, facts); err != nil {
			c.wire.event("log", fields{"text": "the facts of DTLS: " + err.Error()})
		}
	}
	c.layers(facts)
	return fields{"facts": facts, "raw": c.pc.GetStats()}, nil
}

func address(c *webrtc.ICECandidate) string {
	return net.JoinHostPort(c.Address, strconv.Itoa(int(c.Port)))
}

// layers tells the layer that is received, if there is one of several.
func (c *connection) layers(facts fields) {
	c.lock.Lock()
	defer c.lock.Unlock()
	for _, kept := range c.echoes {
		kept.lock.Lock()
		if kept.layer != "" {
			facts["rid"] = kept.layer
		}
		kept.lock.Unlock()
	}
}

// secrets looks into Pion's own fields, which hold still once DTLS is connected: the role, the cipher and the
// profile are told nowhere else. Another version of Pion may have other fields; then it says so.
func secrets(transport *webrtc.DTLSTransport, facts fields) (err error) {
	defer func() {
		if fell := recover(); fell != nil {
			err = fmt.Errorf("%v", fell)
		}
	}()
	inside := reflect.ValueOf(transport).Elem()
	switch profile := srtp.ProtectionProfile(inside.FieldByName("srtpProtectionProfile").Uint()); profile {
	case srtp.ProtectionProfileAeadAes128Gcm:
		facts["srtp"] = "SRTP_AEAD_AES_128_GCM"
	case srtp.ProtectionProfileAes128CmHmacSha1_80:
		facts["srtp"] = "SRTP_AES128_CM_HMAC_SHA1_80"
	}
	state := inside.FieldByName("conn").Elem().FieldByName("state")
	facts["dtls_role"] = "server"
	if state.FieldByName("isClient").Bool() {
		facts["dtls_role"] = "client"
	}
	suite := state.FieldByName("cipherSuite")
	if name, ok := reflect.NewAt(suite.Type(), unsafe.Pointer(suite.UnsafeAddr())).Elem().Interface().(fmt.Stringer); ok {
		facts["cipher"] = name.String()
	}
	return nil
}

// counters stand next to the network and count the feedback that goes out, and what is sent again. Feedback
// that comes in is counted where it is read, since one packet of it is read once for each stream that it names.
type counters struct {
	interceptor.NoOp
	lock sync.Mutex
	all  fields
}

func newCounters() *counters {
	return &counters{all: fields{
		"nacks_sent": 0, "nacks_received": 0, "plis_sent": 0, "plis_received": 0, "retransmitted": 0,
	}}
}

func (c *counters) add(name string, more int) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.all[name] = c.all[name].(int) + more
}

func (c *counters) facts() fields {
	c.lock.Lock()
	defer c.lock.Unlock()
	copied := fields{}
	for name, count := range c.all {
		copied[name] = count
	}
	return copied
}

// NewInterceptor makes the registry take it: there is one for each connection.
func (c *counters) NewInterceptor(_ string) (interceptor.Interceptor, error) { return c, nil }

// BindRTCPWriter counts what is asked of the other side.
func (c *counters) BindRTCPWriter(writer interceptor.RTCPWriter) interceptor.RTCPWriter {
	return interceptor.RTCPWriterFunc(func(packets []rtcp.Packet, a interceptor.Attributes) (int, error) {
		for _, packet := range packets {
			switch packet.(type) {
			case *rtcp.TransportLayerNack:
				c.add("nacks_sent", 1)
			case *rtcp.PictureLossIndication:
				c.add("plis_sent", 1)
			}
		}
		return writer.Write(packets, a)
	})
}

// BindLocalStream counts packets that went out before.
func (c *counters) BindLocalStream(_ *interceptor.StreamInfo, writer interceptor.RTPWriter) interceptor.RTPWriter {
	var lock sync.Mutex
	var sent [1 << 16]bool
	return interceptor.RTPWriterFunc(func(header *rtp.Header, payload []byte, a interceptor.Attributes) (int, error) {
		lock.Lock()
		again := sent[header.SequenceNumber]
		sent[header.SequenceNumber] = true
		// A number is free again half a round later.
		sent[header.SequenceNumber+1<<15] = false
		lock.Unlock()
		if again {
			c.add("retransmitted", 1)
		}
		return writer.Write(header, payload, a)
	})
}
