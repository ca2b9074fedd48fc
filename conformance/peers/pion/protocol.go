package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

type fields map[string]interface{}

// fault is an error with the kind that the protocol knows.
type fault struct{ kind, text string }

func (f *fault) Error() string { return f.text }

func unsupported(format string, arguments ...interface{}) error {
	return &fault{"unsupported", fmt.Sprintf(format, arguments...)}
}

func refused(err error) error {
	if err == nil {
		return nil
	}
	return &fault{"refused", err.Error()}
}

// wire writes lines, from any goroutine.
type wire struct {
	lock sync.Mutex
	out  io.Writer
}

func newWire(out io.Writer) *wire { return &wire{out: out} }

func (w *wire) write(line fields) {
	text, err := json.Marshal(line)
	if err != nil {
		// A number that JSON has not, in a statistic: better a failure than no reply.
		text, _ = json.Marshal(fields{"id": line["id"], "error": fields{"kind": "failed", "text": err.Error()}})
	}
	w.lock.Lock()
	defer w.lock.Unlock()
	if _, err = w.out.Write(append(text, '\n')); err != nil {
		// The harness has gone: the end of standard input ends the program.
		fmt.Fprintln(os.Stderr, "standard output:", err)
	}
}

func (w *wire) event(name string, more fields) {
	line := fields{"event": name}
	for key, value := range more {
		line[key] = value
	}
	w.write(line)
}

func (w *wire) reply(id json.RawMessage, ok fields, err error) {
	if err == nil {
		if ok == nil {
			ok = fields{}
		}
		w.write(fields{"id": id, "ok": ok})
		return
	}
	kind := "failed"
	var known *fault
	if errors.As(err, &known) {
		kind = known.kind
	}
	w.write(fields{"id": id, "error": fields{"kind": kind, "text": err.Error()}})
}

// request is one line of the harness. Its own fields are read by the handlers.
type request struct {
	ID   json.RawMessage `json:"id"`
	Do   string          `json:"do"`
	line []byte
}

// read fills the handler's struct. A field of the request that the struct has not is an option
// that this peer does not know.
func (r *request) read(into interface{}) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(r.line, &given); err != nil {
		return err
	}
	delete(given, "id")
	delete(given, "do")
	for name, value := range given {
		if string(value) == "null" {
			delete(given, name)
		}
	}
	rest, err := json.Marshal(given)
	if err != nil {
		return err
	}
	strict := json.NewDecoder(bytes.NewReader(rest))
	strict.DisallowUnknownFields()
	if err := strict.Decode(into); err != nil {
		return unsupported("%s: %v", r.Do, err)
	}
	return nil
}

// serve obeys until standard input ends, or `exit`.
//
// Orders that change the connection run one after the other, as they came: a candidate has to wait for the
// description before it. Those that only look, and `send`, which waits for room, run beside them.
func serve(p *peer, w *wire, in io.Reader) {
	orders := make(chan *request, 256)
	go func() {
		for r := range orders {
			answer(p, w, r)
		}
	}()
	lines := bufio.NewReaderSize(in, 1<<16)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break
		}
		r := &request{line: line}
		if err := json.Unmarshal(line, r); err != nil {
			w.event("log", fields{"text": "not a request: " + err.Error()})
			continue
		}
		switch r.Do {
		case "exit":
			closeInTime(p)
			w.reply(r.ID, nil, nil)
			os.Exit(0)
		case "send":
			p.queueSend(r, func(ok fields, err error) { w.reply(r.ID, ok, err) })
		case "received", "seen", "stats":
			go answer(p, w, r)
		default:
			orders <- r
		}
	}
	closeInTime(p)
	os.Exit(0)
}

// closeInTime says goodbye, but does not wait long for it: the program ends either way.
func closeInTime(p *peer) {
	done := make(chan error, 1)
	go func() { done <- p.close() }()
	select {
	case err := <-done:
		if err != nil {
			fmt.Fprintln(os.Stderr, "close:", err)
		}
	case <-time.After(2 * time.Second):
		fmt.Fprintln(os.Stderr, "close: not done in two seconds")
	}
}

func answer(p *peer, w *wire, r *request) {
	defer func() {
		if fell := recover(); fell != nil {
			w.reply(r.ID, nil, fmt.Errorf("panic: %v", fell))
		}
	}()
	handler, known := handlers[r.Do]
	if !known {
		w.reply(r.ID, nil, unsupported("the request %s", r.Do))
		return
	}
	ok, err := handler(p, r)
	w.reply(r.ID, ok, err)
}

var handlers = map[string]func(*peer, *request) (fields, error){
	"open":          (*peer).doOpen,
	"media":         (*peer).doMedia,
	"channel":       (*peer).doChannel,
	"offer":         (*peer).doOffer,
	"answer":        (*peer).doAnswer,
	"accept":        (*peer).doAccept,
	"rollback":      (*peer).doRollback,
	"candidate":     (*peer).doCandidate,
	"received":      (*peer).doReceived,
	"seen":          (*peer).doSeen,
	"stats":         (*peer).doStats,
	"direction":     (*peer).doDirection,
	"stop":          (*peer).doStop,
	"close_channel": (*peer).doCloseChannel,
	"layer":         (*peer).doLayer,
	"keyframe":      (*peer).doKeyframe,
	"close":         func(p *peer, _ *request) (fields, error) { return nil, p.close() },
}
