package main

import (
	"bytes"
	"testing"
)

func TestBinaryMessageHasTheBlockNumberAtEachBlock(t *testing.T) {
	made := message("binary", 2*block+6, 0)
	if len(made) != 2*block+6 {
		t.Fatalf("%d bytes", len(made))
	}
	// x = 1013904223 = 0x3c6ef35f, then 0x47502932, 0xd1ccf6e9, 0xaaf95334, 0x6252e503.
	if !bytes.Equal(made[:5], []byte{0, 0, 0, 0, 0x62}) {
		t.Errorf("the first block begins with %x", made[:5])
	}
	if !bytes.Equal(made[block:block+5], []byte{0, 0, 0, 1, 0x62}) {
		t.Errorf("the second block begins with %x", made[block:block+5])
	}
	if !bytes.Equal(made[2*block:2*block+5], []byte{0, 0, 0, 2, 0x62}) {
		t.Errorf("the third block begins with %x", made[2*block:2*block+5])
	}
	if !bytes.Equal(made[5:block], made[block+5:2*block]) {
		t.Error("the blocks differ in more than their number")
	}
}

func TestTextMessageIsLettersAndANumberInHexadecimal(t *testing.T) {
	made := message("text", block+20, 9)
	if string(made[:8]) != "00000000" || string(made[block:block+8]) != "00000001" {
		t.Errorf("%q, %q", made[:8], made[block:block+8])
	}
	for i, b := range made[8:block] {
		if b < 'a' || b > 'z' {
			t.Fatalf("%q at %d", b, i+8)
		}
	}
}

func TestMessagesAreCutToSize(t *testing.T) {
	for _, size := range []int{0, 1, 3, 8, block, block + 1} {
		if made := message("binary", size, 1); len(made) != size {
			t.Errorf("%d bytes instead of %d", len(made), size)
		}
	}
}

func TestSeenMessageHasTheHashOfItsBytes(t *testing.T) {
	// The hash of "abc" in FIPS 180-2, appendix B.1.
	want := "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if seen := seeMessage(true, []byte("abc")); seen != (seenMessage{"text", 3, want}) {
		t.Errorf("%v", seen)
	}
}

func TestOneLayerPassesUnchanged(t *testing.T) {
	var j joint
	for _, sequence := range []uint16{65534, 65535, 0, 65533, 1} {
		if out, time := j.pass("", sequence, 7); out != sequence || time != 7 {
			t.Errorf("%d at 7 became %d at %d", sequence, out, time)
		}
	}
}

func TestAnotherLayerFollowsOnTheHighestNumber(t *testing.T) {
	var j joint
	j.pass("l", 10, 100)
	j.pass("l", 12, 300)
	j.pass("l", 11, 200) // late
	if sequence, time := j.pass("h", 5000, 90000); sequence != 13 || time != 300+oneFrame {
		t.Errorf("%d at %d", sequence, time)
	}
	if sequence, time := j.pass("h", 5001, 93000); sequence != 14 || time != 3300+oneFrame {
		t.Errorf("%d at %d", sequence, time)
	}
}

func TestLinesOfADescription(t *testing.T) {
	lines := readSDP("v=0\r\nm=audio 9 X 0\r\na=mid:a\r\na=sendonly\r\nm=video 0 X 0\r\na=mid:b\r\na=recvonly\r\n")
	if len(lines) != 2 || lines[0] != (mline{"a", "audio", "sendonly"}) || lines[1] != (mline{"b", "video", "stopped"}) {
		t.Errorf("%v", lines)
	}
}
