package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

const block = 4096

// message is the one made from this seed.
func message(kind string, size int, seed uint32) []byte {
	pattern := make([]byte, block)
	x := seed
	for i := range pattern {
		x = x*1664525 + 1013904223
		pattern[i] = byte(x >> 24)
		if kind == "text" {
			pattern[i] = 'a' + pattern[i]%26
		}
	}
	made := make([]byte, 0, size+block)
	for k := 0; len(made) < size; k++ {
		start := len(made)
		made = append(made, pattern...)
		if kind == "text" {
			copy(made[start:], fmt.Sprintf("%08x", k))
		} else {
			binary.BigEndian.PutUint32(made[start:], uint32(k))
		}
	}
	return made[:size]
}

// seenMessage is an entry of `received`.
type seenMessage struct {
	Kind   string `json:"kind"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
}

func seeMessage(text bool, data []byte) seenMessage {
	kind := "binary"
	if text {
		kind = "text"
	}
	sum := sha256.Sum256(data)
	return seenMessage{kind, len(data), hex.EncodeToString(sum[:])}
}
