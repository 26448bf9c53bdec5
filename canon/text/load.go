package text

// everyHighBit is the highest bit of each byte of a word: those that ASCII
// leaves clear.
const everyHighBit = 0x8080808080808080

// LoadUint64 returns the eight bytes s[i] to s[i+7] as one number, the first
// byte lowest (little endian, whatever the machine is). It panics if s ends
// before i+8.
//
// The compiler turns the expression into a single load of eight bytes and one
// check of the bounds (on machines that are big endian, also a swap), and
// inlines it: callers that look at a string word by word instead of byte by byte
// pay nothing for the name. Keep the form: package encoding/binary has the same for
// slices alone, and a string would have to be copied for it.
func LoadUint64(s string, i int) uint64 {
	b := s[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}
