package risk

import "example.org/tocsin/models"

// The codes of advice. Apps translate them, so they are never changed, only added to; AdviceCodes lists them.
const (
	NoneKnown        = "none_known"       // unknown
	BeCareful        = "be_careful"       // watch and caution
	Resembles        = "resembles"        // a lead, other than a look-alike
	LooksAlike       = "looks_alike"      // a look-alike of a protected domain
	HangUp           = "hang_up"          // danger and confirmed: a phone number
	DoNotOpen        = "do_not_open"      // a link or a domain
	DoNotReply       = "do_not_reply"     // a mail address or a handle
	DoNotInstall     = "do_not_install"   // an app
	DoNotTransfer    = "do_not_transfer"  // an account or a wallet
	DoNotPay         = "do_not_pay"       // the words of a message
	ImitatedNumber   = "imitated_number"  // imitated: a phone number
	ImitatedAddress  = "imitated_address" // a link, a domain, a mail address, a handle or an app
	ImitatedAccount  = "imitated_account" // an account or a wallet
	ClearedByAnalyst = "cleared"          // cleared
)

// AdviceCodes lists every code of advice, in the order of the constants. Whoever translates advice must have a text for
// each of them.
func AdviceCodes() []string {
	return []string{
		NoneKnown, BeCareful, Resembles, LooksAlike, HangUp, DoNotOpen, DoNotReply, DoNotInstall, DoNotTransfer, DoNotPay,
		ImitatedNumber, ImitatedAddress, ImitatedAccount, ClearedByAnalyst,
	}
}

// advice returns the one thing to do now, by the worst hit; nil stands for none. It is one sentence without a link or a
// number, since whoever copies our warnings would put theirs there (TestAdviceIsOneSentenceWithoutLinkOrNumber).
func advice(worst *models.Hit) models.Advice {
	code := NoneKnown
	if worst != nil {
		code = adviceCode(worst.Level, worst.Kind, worst.MatchType)
	}
	return models.Advice{Code: code, Text: adviceText(code)}
}

// adviceCode returns the code of advice for the worst hit, by its level, its kind and how it matched. A lead that ranks as a
// scam has advice of its own: nobody may be told that the thing itself is known.
func adviceCode(level models.Level, kind models.IndicatorKind, matchType models.MatchType) string {
	scam := level.Rank() > 0
	switch {
	case scam && matchType.LookAlike():
		return LooksAlike
	case scam && matchType.Lead():
		return Resembles
	}
	switch level {
	case models.Watch, models.Caution:
		return BeCareful
	case models.Danger, models.Confirmed:
		return stopCode(kind)
	case models.Imitated:
		return imitatedCode(kind)
	case models.Cleared:
		return ClearedByAnalyst
	case models.Unknown:
	}
	return NoneKnown
}

// stopCode returns the code of advice for what scammers use, by its kind.
func stopCode(kind models.IndicatorKind) string {
	switch kind {
	case models.Phone:
		return HangUp
	case models.URL, models.Domain:
		return DoNotOpen
	case models.Email, models.Handle:
		return DoNotReply
	case models.App:
		return DoNotInstall
	case models.Account, models.Wallet:
		return DoNotTransfer
	case models.Text:
	}
	return DoNotPay // known words, whatever number or link comes with them
}

// imitatedCode returns the code of advice for what is protected and imitated by scammers, by its kind.
func imitatedCode(kind models.IndicatorKind) string {
	switch kind {
	case models.URL, models.Domain, models.Email, models.Handle, models.App:
		return ImitatedAddress
	case models.Account, models.Wallet:
		return ImitatedAccount
	case models.Phone, models.Text:
	}
	return ImitatedNumber
}

// adviceText returns the English sentence for a code of advice; any other code has that of NoneKnown.
func adviceText(code string) string {
	switch code {
	case BeCareful:
		return "People have reported this: do not pay, install anything or give anyone a code before you have asked someone you trust."
	case Resembles:
		return "Nobody has reported exactly this, but it is much like what scammers use: do not pay, install anything " +
			"or give anyone a code before you have asked someone you trust."
	case LooksAlike:
		return "This address only looks like a well-known one: do not enter or pay anything there, and open the real site yourself."
	case HangUp:
		return "Scammers use this number: hang up, do not call back and do not do what they asked."
	case DoNotOpen:
		return "Scammers use this link: do not open it, and if you have entered a password there, change it now."
	case DoNotReply:
		return "Scammers use this address: do not reply, and do not open anything they sent."
	case DoNotInstall:
		return "Scammers use this app: do not install it, and if you have, turn off the device's internet connection " +
			"and call your bank from another phone."
	case DoNotTransfer:
		return "Scammers use this account: do not send money to it, and if you have, call your bank at once."
	case DoNotPay:
		return "This message is worded like a known scam: do not pay and do not give anyone a code."
	case ImitatedNumber:
		return "This number is genuine, but scammers fake it: hang up and call the number printed on your card."
	case ImitatedAddress:
		return "This address is genuine, but scammers imitate it: open the site or the app yourself, not from a message."
	case ImitatedAccount:
		return "This account is genuine, but scammers pretend to be its owner: pay only for what you have ordered yourself."
	case ClearedByAnalyst:
		return "An analyst has checked this and found no scam."
	}
	return "Nothing is known about this yet, but that does not mean that it is safe."
}

// NextStep returns what happens with a report now, in one sentence for the person who made it or, where it came from a call
// centre, for the agent to read out. It promises only what happens by itself, not what an analyst may do.
func NextStep(v models.Verdict, channel models.Channel) string {
	report := "Your report"
	if channel == models.ChannelCallCentre {
		report = "The caller's report"
	}
	switch v.Level {
	case models.Danger, models.Confirmed:
		return report + " is kept and weighed; people who met the same scammer are warned."
	case models.Watch, models.Caution:
		return report + " is kept and weighed with those of others; once there are enough, people who met the same are warned."
	case models.Imitated:
		return report + " is kept; what it names is genuine and protected, so it is not listed as a scam."
	case models.Cleared:
		return report + " is kept and weighed; an analyst has checked this before and found no scam."
	case models.Unknown:
	}
	return report + " is kept and weighed; it is the first about this, and others who check it will see that it was reported."
}
