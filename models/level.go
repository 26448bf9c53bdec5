package models

// Level is how bad something is known to be. It is stored, logged and part of the API.
type Level string

// The levels. Unknown to Confirmed are an order, see Rank; Imitated and Cleared stand beside it.
const (
	Unknown   Level = "unknown"   // nothing is known
	Watch     Level = "watch"     // somebody reported it
	Caution   Level = "caution"   // several did; the most that devices alone, or one call centre, can reach
	Danger    Level = "danger"    // two kinds of evidence, or a list or an analyst says so
	Confirmed Level = "confirmed" // an analyst has confirmed it
	Imitated  Level = "imitated"  // protected: scammers pretend to be it
	Cleared   Level = "cleared"   // an analyst has decided that it is not a scam
)

// Levels lists every level, in the order of the glossary.
func Levels() []Level {
	return []Level{Unknown, Watch, Caution, Danger, Confirmed, Imitated, Cleared}
}

// Rank returns the place of the level in the order, from 0 (unknown, cleared, imitated) to 4 (confirmed): what ranks above
// 0 says that something is a scam. A value that is no level has rank -1.
func (l Level) Rank() int {
	switch l {
	case Unknown, Cleared, Imitated:
		return 0
	case Watch:
		return 1
	case Caution:
		return 2
	case Danger:
		return 3
	case Confirmed:
		return 4
	}
	return -1
}

// Valid reports whether l is one of the levels.
func (l Level) Valid() bool { return l.Rank() >= 0 }

// Warns reports whether people who met a signature of this level are warned: at danger and confirmed only, since people
// soon ignore warnings that are often wrong.
func (l Level) Warns() bool { return l == Danger || l == Confirmed }

// Exempts reports whether a signature of this level overrules others on what it recognises, as package risk does it.
func (l Level) Exempts() bool { return l == Imitated || l == Cleared }

// Category is the kind of fraud. It is stored and part of the API; an empty one means that nobody has said.
type Category string

// The categories.
const (
	CategoryOther         Category = "other"
	CategoryPhishing      Category = "phishing"
	CategoryImpersonation Category = "impersonation" // of police, a bank, a relative
	CategoryInvestment    Category = "investment"
	CategoryLoan          Category = "loan"
	CategoryJob           Category = "job" // task and job fraud
	CategoryShopping      Category = "shopping"
	CategoryRomance       Category = "romance"
	CategoryPrize         Category = "prize"
	CategoryParcel        Category = "parcel"
	CategoryMalware       Category = "malware"
	CategoryUnwanted      Category = "unwanted" // nuisance calls and advertising
)

// Categories lists every category, in the order of the constants.
func Categories() []Category {
	return []Category{
		CategoryOther, CategoryPhishing, CategoryImpersonation, CategoryInvestment, CategoryLoan, CategoryJob,
		CategoryShopping, CategoryRomance, CategoryPrize, CategoryParcel, CategoryMalware, CategoryUnwanted,
	}
}
