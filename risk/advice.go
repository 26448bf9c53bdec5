package risk

import "example.org/tocsin/models"

// The codes of advice. Apps translate them, so they are never changed, only added to.
const (
	NoneKnown        = "none_known"
	BeCareful        = "be_careful"
	Resembles        = "resembles"
	LooksAlike       = "looks_alike"
	HangUp           = "hang_up"
	DoNotOpen        = "do_not_open"
	DoNotReply       = "do_not_reply"
	DoNotInstall     = "do_not_install"
	DoNotTransfer    = "do_not_transfer"
	DoNotPay         = "do_not_pay"
	ImitatedNumber   = "imitated_number"
	ImitatedAddress  = "imitated_address"
	ImitatedAccount  = "imitated_account"
	ClearedByAnalyst = "cleared"
)

// advice returns the one thing to do now, by the worst hit; nil stands for none. It is one sentence without a link or a number, since whoever
// copies our warnings would put theirs there.
func advice(worst *models.Hit) models.Advice {
	code := NoneKnown
	if worst != nil {
		code = adviceCode(worst.Level, worst.Kind, worst.MatchType)
	}
	return models.Advice{Code: code, Text: adviceText(code)}
}

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

func adviceText(code string) string {
	switch code {
	case BeCareful:
		return "People have reported this: do not pay, install anything or tell anybody a code before you have asked someone you trust."
	case Resembles:
		return "Nobody has reported exactly this, but it resembles what scammers use: do not pay, install anything or tell anybody a code before you have asked someone you trust."
	case LooksAlike:
		return "This address only looks like a well-known one: do not enter or pay anything there, and open the real site yourself."
	case HangUp:
		return "This number is used by scammers: hang up, do not call back and do not do what they asked."
	case DoNotOpen:
		return "This link is used by scammers: do not open it, and if you have entered a password there, change it now."
	case DoNotReply:
		return "This address is used by scammers: do not reply and do not open what they sent."
	case DoNotInstall:
		return "This app is used by scammers: do not install it, and if you have, take the device off the network and call your bank from another one."
	case DoNotTransfer:
		return "This account is used by scammers: do not transfer money to it, and if you have, call your bank at once."
	case DoNotPay:
		return "This message is worded like a known scam: do not pay and do not tell anybody a code."
	case ImitatedNumber:
		return "This number is genuine, but scammers fake it: hang up and call the number printed on your card."
	case ImitatedAddress:
		return "This address is genuine, but scammers imitate it: open the site or the app yourself, not from a message."
	case ImitatedAccount:
		return "This account is genuine, but scammers speak in its owner's name: pay only what you have ordered yourself."
	case ClearedByAnalyst:
		return "An analyst has looked into this and found no scam."
	}
	return "Nothing is known about this yet, which does not mean that it is safe."
}

// Next returns what happens with a report now, in one sentence for the person
// who made it or, from a call centre, for the agent to read out. It promises
// only what happens without anybody else's doing.
func NextStep(v models.Verdict, channel models.Channel) string {
	report := "Your report"
	if channel == models.ChannelCallCentre {
		report = "The caller's report"
	}
	switch v.Level {
	case models.Danger, models.Confirmed:
		return report + " is kept and weighed; people who met the same scammer are warned."
	case models.Watch, models.Caution:
		return report + " is kept and weighed with those of others; once they suffice, people who met the same are warned."
	case models.Imitated:
		return report + " is kept; what it names is genuine and protected, so it is not listed as a scam."
	case models.Cleared:
		return report + " is kept and weighed; an analyst has looked into this before and found no scam."
	case models.Unknown:
	}
	return report + " is kept and weighed; it is the first about this, and others who ask will learn that it was reported."
}
