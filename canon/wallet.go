package canon

import (
	"crypto/sha256"
	"strings"

	"golang.org/x/crypto/sha3"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// Versions of Base58Check addresses.
const (
	versionBitcoinKey    = 0x00
	versionBitcoinScript = 0x05
	versionTron          = 0x41
)

// wallet returns the canonical form of a crypto-currency address,
// chain:address. Bitcoin and TRON addresses must pass their check sum. An
// Ethereum address is written in lower case; if it was written with both small
// letters and capitals, these are its check sum (EIP-55) and must be right,
// since a digit was copied wrongly otherwise. Addresses of other chains
// ("other:") are known by shape only: 20 to 120 letters and digits, both.
//
// The error has the code wallet_malformed.
func wallet(raw string) (string, error) {
	s := text.StripSeparators(strings.Map(text.Visible, raw), "")
	want, s := cutChain(s)
	chain, value, ok := WalletAddress(s)
	if !ok || want != "" && want != chain || chain == "eth" && !validEIP55(s) {
		return "", models.NewInvalid("", "wallet_malformed", "The value is not a wallet address, or its check sum is wrong.")
	}
	return chain + ":" + value, nil
}

// cutChain takes the name of the chain off, as Tocsin or payment links write it
// (BIP 21, EIP-681). The chain is empty where none is named that has an address
// form of its own.
func cutChain(s string) (chain, rest string) {
	head, rest, ok := strings.Cut(s, ":")
	if !ok {
		return "", s
	}
	rest, _, _ = strings.Cut(strings.TrimPrefix(rest, "//"), "?")
	switch strings.ToLower(head) {
	case "btc", "bitcoin":
		return "btc", rest
	case "eth", "ethereum":
		return "eth", strings.TrimPrefix(rest, "pay-")
	case "tron", "trx":
		return "tron", rest
	case "other", "bitcoincash", "litecoin", "dogecoin", "cardano", "solana", "ripple", "monero":
		return "", rest
	}
	return "", s // the colon fails the shape below
}

// WalletAddress returns the chain of an address without white space, "btc",
// "eth", "tron" or "other", and its canonical form: Bech32 and hexadecimal in
// lower case, Base58 as it is, since there case counts. It is false for what is
// no address. The check sum of an Ethereum address is left to validEIP55.
func WalletAddress(s string) (chain, value string, ok bool) {
	lower := strings.ToLower(s)
	switch {
	case strings.HasPrefix(lower, "0x"):
		if len(s) == 42 && text.IsHexString(s[2:]) {
			return "eth", lower, true
		}
		return "other", lower, len(s) >= 22 && len(s) <= 66 && text.IsHexString(s[2:]) // other chains use up to 64 digits
	case strings.HasPrefix(lower, "bc1"):
		return "btc", lower, (s == lower || s == strings.ToUpper(s)) && bech32(lower)
	case len(s) >= 26 && len(s) <= 35 && (s[0] == '1' || s[0] == '3'):
		v, ok := base58Check(s)
		return "btc", s, ok && (v == versionBitcoinKey || v == versionBitcoinScript)
	case len(s) == 34 && s[0] == 'T':
		v, ok := base58Check(s)
		return "tron", s, ok && v == versionTron
	}
	return "other", s, len(s) >= 20 && len(s) <= 120 && text.IsAlphanumeric(s) && strings.ContainsAny(s, "0123456789") && !text.IsNumeric(s)
}

// validEIP55 reports whether the capitals of an Ethereum address are as EIP-55
// wants them: a letter is one where the digit of the Keccak-256 of the address
// in small letters is 8 or more. An address in one case has no check sum.
func validEIP55(s string) bool {
	digits := s[len("0x"):]
	lower := strings.ToLower(digits)
	if digits == lower || digits == strings.ToUpper(digits) {
		return true
	}
	keccak := sha3.NewLegacyKeccak256()
	keccak.Write([]byte(lower))
	sum := keccak.Sum(nil)
	for i := range len(lower) {
		high := sum[i/2]>>(4*(1-i%2))&8 != 0
		if text.IsLetter(lower[i]) && high != (digits[i] != lower[i]) {
			return false
		}
	}
	return true
}

// base58Check returns the version of a Base58Check string of 25 bytes, and
// whether its check sum is right: the first four bytes of the SHA-256 of the
// SHA-256 of the others.
func base58Check(s string) (version byte, ok bool) {
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	var b [25]byte
	for i := range len(s) {
		carry := strings.IndexByte(alphabet, s[i])
		if carry < 0 {
			return 0, false
		}
		for k := len(b) - 1; k >= 0; k-- {
			carry += int(b[k]) * 58
			b[k] = byte(carry) //nolint:gosec // the low byte is meant
			carry >>= 8
		}
		if carry != 0 {
			return 0, false
		}
	}
	ones := len(s) - len(strings.TrimLeft(s, "1")) // each leading 1 is a zero byte
	for i := range ones {
		if i >= len(b) || b[i] != 0 {
			return 0, false
		}
	}
	if ones < len(b) && b[ones] == 0 {
		return 0, false
	}
	sum := sha256.Sum256(b[:21])
	sum = sha256.Sum256(sum[:])
	return b[0], string(sum[:4]) == string(b[21:])
}

// bech32 reports whether s, in lower case, is a Bitcoin address with a right
// check sum: Bech32 for witness version 0 (BIP 173), Bech32m for later ones
// (BIP 350).
func bech32(s string) bool {
	const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	if len(s) < 14 || len(s) > 90 {
		return false
	}
	sum := uint32(1)
	for _, v := range [...]uint32{'b' >> 5, 'c' >> 5, 0, 'b' & 31, 'c' & 31} {
		sum = polymod(sum, v)
	}
	for i := len("bc1"); i < len(s); i++ {
		v := strings.IndexByte(alphabet, s[i])
		if v < 0 {
			return false
		}
		sum = polymod(sum, uint32(v)) //nolint:gosec // an index of the alphabet
	}
	version := strings.IndexByte(alphabet, s[len("bc1")])
	if version == 0 { // a program of 20 or 32 bytes (BIP 141)
		return sum == 1 && (len(s) == 42 || len(s) == 62)
	}
	return version <= 16 && sum == 0x2bc830a3
}

// polymod takes one more value into the check sum of BIP 173.
func polymod(sum, v uint32) uint32 {
	top := sum >> 25
	sum = sum&0x1ffffff<<5 ^ v
	for i, g := range [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		if top>>i&1 == 1 {
			sum ^= g
		}
	}
	return sum
}
