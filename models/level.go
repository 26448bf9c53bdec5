package models

// Level is how bad something is known to be.
type Level string

// The levels. Unknown to Confirmed are an order; Imitated and Cleared stand
// beside it.
const (
	Unknown   Level = "unknown"   // nothing is known
	Watch     Level = "watch"     // somebody reported it
	Caution   Level = "caution"   // several did; the most that unproven reporters can reach
	Danger    Level = "danger"    // two kinds of evidence, or a trusted list
	Confirmed Level = "confirmed" // an analyst has confirmed it
	Imitated  Level = "imitated"  // protected: scammers pretend to be it
	Cleared   Level = "cleared"   // an analyst has decided that it is not a scam
)

// Levels lists every level, in the order of the glossary.
func Levels() []Level {
	return []Level{Unknown, Watch, Caution, Danger, Confirmed, Imitated, Cleared}
}

// Rank orders the levels from 0 (unknown, cleared, imitated) to 4 (confirmed).
// A level that is none of ours has rank -1.
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

// Warns reports whether people who met a signature of this level are warned.
func (l Level) Warns() bool { return l == Danger || l == Confirmed }

// Category is the kind of fraud.
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

// Categories lists every category.
func Categories() []Category {
	return []Category{
		CategoryOther, CategoryPhishing, CategoryImpersonation, CategoryInvestment, CategoryLoan, CategoryJob,
		CategoryShopping, CategoryRomance, CategoryPrize, CategoryParcel, CategoryMalware, CategoryUnwanted,
	}
}
