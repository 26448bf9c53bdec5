package text

import "testing"

func TestLoadUint64TakesTheFirstByteLowest(t *testing.T) {
	if got, want := LoadUint64("_\x01\x02\x03\x04\x05\x06\x07\xf8_", 1), uint64(0xf807060504030201); got != want {
		t.Errorf("LoadUint64 = %#x, want %#x", got, want)
	}
}

func TestAllASCII(t *testing.T) {
	const plain = "0123456789abcdefghi~"
	for n := range len(plain) + 1 {
		if !AllASCII(plain[:n]) {
			t.Errorf("AllASCII(%q) = false", plain[:n])
		}
		for at := range n {
			if s := plain[:at] + "\x80" + plain[at+1:n]; AllASCII(s) {
				t.Errorf("AllASCII(%q) = true", s)
			}
		}
	}
}
