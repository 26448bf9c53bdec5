package models

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTheSourceIsThatOfTheFirstRevision(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	listed := Revise(Signature{Level: Unknown}, Signature{Level: Danger, Source: "list", Decided: true, DecidedBy: "list"}, now)
	if listed.Source != "list" || listed.DecidedBy != "list" {
		t.Fatalf("a new signature has the source %q, decided by %q", listed.Source, listed.DecidedBy)
	}
	cleared := listed
	cleared.Level, cleared.Source, cleared.DecidedBy = Cleared, "analysts", "analysts"
	if cleared = Revise(listed, cleared, now); cleared.Source != "list" || cleared.DecidedBy != "analysts" {
		t.Errorf("after a decision the source is %q, decided by %q", cleared.Source, cleared.DecidedBy)
	}
	reported := cleared
	reported.Decided, reported.Source = false, ReasonReports
	if reported = Revise(cleared, reported, now); reported.Source != "list" || reported.DecidedBy != "" {
		t.Errorf("once reports set the level the source is %q, decided by %q", reported.Source, reported.DecidedBy)
	}
}

func TestReviseLogsWhatAnIndexMustKnow(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	later, past := now.Add(time.Hour), now.Add(-time.Hour)
	running := Signature{
		ID: "sig_a", Level: Danger, Category: CategoryLoan, Reason: ReasonList, Ends: later,
		Decided: true, DecidedBy: "list", Rev: 4, LogRev: 3, LevelRev: 2, Changed: past,
	}
	over := running
	over.Ends = past

	for _, tt := range []struct {
		name     string
		old      Signature
		edit     func(*Signature)
		logged   bool
		newLevel bool
		from     Level
	}{
		{"nothing", running, func(*Signature) {}, false, false, ""},
		{"a note", running, func(s *Signature) { s.Note = "seen again" }, false, false, ""},
		{"a score and its reporters", running, func(s *Signature) { s.Score, s.Reporters = 1, 2 }, false, false, ""},
		{"another decider", running, func(s *Signature) { s.DecidedBy = "city line" }, false, false, ""},
		{"no decision any more", running, func(s *Signature) { s.Decided, s.DecidedBy = false, "" }, false, false, ""},
		{"a worse level", running, func(s *Signature) { s.Level = Confirmed }, true, true, Danger},
		{"a better level", running, func(s *Signature) { s.Level = Watch }, true, true, Danger},
		{"cleared", running, func(s *Signature) { s.Level = Cleared }, true, true, Danger},
		{"a category", running, func(s *Signature) { s.Category = CategoryJob }, true, false, Danger},
		{"a reason", running, func(s *Signature) { s.Reason = ReasonAnalyst }, true, false, Danger},
		{"a later end", running, func(s *Signature) { s.Ends = later.Add(time.Hour) }, true, false, Danger},
		{"no end any more", running, func(s *Signature) { s.Ends = time.Time{} }, true, false, Danger},
		{"the same end in another zone", running, func(s *Signature) { s.Ends = later.In(time.FixedZone("", 3600)) }, false, false, ""},
		{"an end that is over", running, func(s *Signature) { s.Ends = now }, true, false, Danger},
		{"the return with the same level", over, func(s *Signature) { s.Ends = time.Time{} }, true, true, Unknown},
		{"the return with a later end", over, func(s *Signature) { s.Ends = later }, true, true, Unknown},
		{"the return with another level", over, func(s *Signature) { s.Ends, s.Level = later, Watch }, true, true, Unknown},
		{"the return as unknown", over, func(s *Signature) { s.Ends, s.Level = later, Unknown }, true, false, Unknown},
		{"a note while it is over", over, func(s *Signature) { s.Note = "seen again" }, false, false, ""},
		{"a level while it is over", over, func(s *Signature) { s.Level = Watch }, true, true, Danger},
		{"another end that is over too", over, func(s *Signature) { s.Ends = past.Add(time.Minute) }, true, false, Danger},
	} {
		t.Run(tt.name, func(t *testing.T) {
			next := tt.old
			tt.edit(&next)
			want := next
			want.Rev, want.Changed = 5, now
			if tt.newLevel {
				want.LevelRev = 5
			}
			if tt.logged {
				want.LogRev, want.Unlogged, want.From = 5, true, tt.from
			}
			if diff := cmp.Diff(want, Revise(tt.old, next, now)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestANewSignatureIsLoggedFromUnknownAtRevisionOne(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	got := Revise(Signature{Level: Unknown}, Signature{ID: "sig_a", Level: Danger}, now)
	want := Signature{
		ID: "sig_a", Level: Danger, Rev: 1, LevelRev: 1, LogRev: 1, Unlogged: true, From: Unknown, Changed: now,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A follower applies what is logged and nothing else. Whatever is written, in
// whatever order, it must always hold what the store holds.
func TestWhoeverAppliesEveryLoggedChangeKnowsTheSignature(t *testing.T) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		stored, now := Signature{ID: "sig_a", Level: Unknown}, start
		follower := stored.Change(Unknown)
		for range rapid.IntRange(1, 8).Draw(t, "writes") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "hours")) * time.Hour)
			next := stored
			next.Level = rapid.SampledFrom(Levels()).Draw(t, "level")
			next.Category = rapid.SampledFrom(Categories()[:2]).Draw(t, "category")
			next.Reason = rapid.SampledFrom([]string{ReasonReports, ReasonList}).Draw(t, "reason")
			next.Ends = rapid.SampledFrom([]time.Time{{}, start, start.Add(2 * time.Hour), start.Add(9 * time.Hour)}).Draw(t, "ends")
			revised := Revise(stored, next, now)
			if revised.Rev != stored.Rev+1 || revised.LevelRev > revised.LogRev || revised.LogRev > revised.Rev {
				t.Fatalf("revision %d, logged %d, level %d after revision %d", revised.Rev, revised.LogRev, revised.LevelRev, stored.Rev)
			}
			if revised.Unlogged {
				follower = revised.Change(revised.From)
			}
			if diff := cmp.Diff(revised.Change(follower.From), follower); diff != "" {
				t.Fatalf("the store (-) and a follower (+): %s", diff)
			}
			stored = revised
			stored.Unlogged, stored.From = false, "" // as the publisher hands it to the next writer
		}
	})
}
