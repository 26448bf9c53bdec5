package canon

// blockDigits is the fewest digits of a number whose block says anything: the
// numbers of shorter ones do not belong to one another.
const blockDigits = 9

// Block returns the block of a hundred numbers that a canonical international
// number is of: all its digits but the last two, "+120255501" of "+12025550123".
// Carriers hand numbers out in blocks of a hundred or more. False for a short
// code, a short number, and what is no canonical number.
func Block(phone string) (string, bool) {
	if !isE164(phone) || len(phone) <= blockDigits {
		return "", false
	}
	return phone[:len(phone)-2], true
}
