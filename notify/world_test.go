package notify_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"example.org/tocsin/canon"
	"example.org/tocsin/match"
	"example.org/tocsin/models"
	"example.org/tocsin/notify"
	"example.org/tocsin/notify/fcm/fakefcm"
	"example.org/tocsin/risk"
	"example.org/tocsin/store"
	"example.org/tocsin/store/storetest"
)

// change gives stored signatures their new level and end, and appends the changes to
// the verdict log, as the publisher does. A signature that is new is inserted.
func (e *testEnv) change(signatures ...models.Signature) {
	e.t.Helper()
	var changes []models.Change
	for _, s := range signatures {
		found, err := e.store.Signatures(e.t.Context(), []string{s.ID})
		if err != nil {
			e.t.Fatal(err)
		}
		old := models.Signature{Level: models.Unknown}
		if len(found) > 0 {
			old = found[0]
		}
		s.Rev = old.Rev
		next := models.Revise(old, s, e.clock.now())
		next.Unlogged = false
		write := e.store.ReplaceSignatures
		if len(found) == 0 {
			write = e.store.InsertSignatures
		}
		if faults, err := write(e.t.Context(), []models.Signature{next}); err != nil || faults[0] != nil {
			e.t.Fatal(faults, err)
		}
		from := old.Level
		if old.Ended(e.clock.now()) {
			from = models.Unknown
		}
		if next.LogRev != old.LogRev {
			changes = append(changes, next.Change(from))
		}
	}
	if _, err := e.store.Append(e.t.Context(), changes, e.clock.now()); err != nil {
		e.t.Fatal(err)
	}
}

// settled waits until the followers have read the log and no job is left but those for later.
func (e *testEnv) settled(f fanOut) {
	e.t.Helper()
	head, err := e.store.Head(e.t.Context())
	if err != nil {
		e.t.Fatal(err)
	}
	f.Wake()
	e.eventually("the jobs are done", func() bool {
		read, err := e.store.Cursor(e.t.Context(), notify.FanOutFollower) // before the jobs: an entry's are put before it moves
		if err != nil || read < head.Seq {
			return false
		}
		open, err := store.Count(e.t.Context(), e.store.Database().Collection("fanout_jobs"), bson.D{
			{Key: "state", Value: "open"}, {Key: "due", Value: bson.D{{Key: "$lt", Value: e.clock.now().Add(time.Minute)}}},
		}, 1)
		return err == nil && open == 0
	})
}

// world is a few values that touch each other, and what is known of them.
type world struct {
	indicators []models.Indicator
	signatures []models.Signature
}

func newWorld(n int) world {
	number, bank := fmt.Sprintf("+49301%04d5", n), fmt.Sprintf("bank%d.example", n)
	w := world{indicators: []models.Indicator{
		{Kind: models.Phone, Value: number + "6"},
		{Kind: models.Phone, Value: number + "678"},
		{Kind: models.Phone, Value: number + "7"},
		{Kind: models.URL, Value: "www." + bank + "/login"},
		{Kind: models.URL, Value: "www." + bank + "/pay/now"},
		{Kind: models.Domain, Value: "www." + bank},
		{Kind: models.Email, Value: "a@mail." + bank},
	}}
	for _, s := range []models.Signature{
		{Rule: models.Exact, Kind: models.Phone, Value: number + "6"},
		{Rule: models.Exact, Kind: models.Phone, Value: number + "678"},
		{Rule: models.Range, Kind: models.Phone, Value: number + "0-" + number + "9"},
		{Rule: models.Range, Kind: models.Phone, Value: number + "5-" + number + "7"},
		{Rule: models.Exact, Kind: models.URL, Value: "www." + bank + "/login"},
		{Rule: models.Expression, Kind: models.URL, Value: bank + "/pay/"},
		{Rule: models.Exact, Kind: models.Domain, Value: bank},
		{Rule: models.Exact, Kind: models.Domain, Value: "www." + bank},
		{Rule: models.Exact, Kind: models.Email, Value: "a@mail." + bank},
	} {
		s.ID = models.SignatureID(s.Rule, s.Kind, s.Value)
		w.signatures = append(w.signatures, s)
	}
	return w
}

// step returns some of the signatures with levels of their own, some of them ended.
func (w world) step(random *rand.Rand, now time.Time) (changed []models.Signature) {
	for _, s := range w.signatures {
		if random.IntN(2) == 0 {
			continue
		}
		levels := []models.Level{models.Danger, models.Danger, models.Confirmed, models.Imitated, models.Cleared, models.Caution}
		s.Level = levels[random.IntN(len(levels))]
		if random.IntN(6) == 0 {
			s.Ends = now.Add(-time.Minute)
		}
		changed = append(changed, s)
	}
	random.Shuffle(len(changed), func(i, j int) { changed[i], changed[j] = changed[j], changed[i] })
	return changed
}

// meet stores a device for each value, that has met it. It returns the devices by value.
func (e *testEnv) meet(prefix string, indicators []models.Indicator) map[models.Indicator]string {
	devices := map[models.Indicator]string{}
	for n, i := range indicators {
		d := e.device(fmt.Sprint(prefix, n), nil)
		devices[i] = d.ID
		x := e.exposure(d.ID, "none", e.clock.now())
		x.Kind, x.Keys = i.Kind, nil
		for _, r := range canon.Recognisers(i) {
			x.Keys = append(x.Keys, e.keyer.ExposureKey(r))
		}
		e.expose(x)
	}
	return devices
}

// warns reports whether a check of the value warns, by all that is stored.
func (e *testEnv) warns(index *match.Index, i models.Indicator) bool {
	return risk.Judge(index.Lookup(i, e.clock.now())).Level.Warns()
}

// indexed returns an index of all signatures.
func (e *testEnv) indexed() *match.Index {
	e.t.Helper()
	index := match.New()
	for after := ""; ; {
		page, err := e.store.ListSignatures(e.t.Context(), models.SignatureFilter{}, after, 1000)
		if err != nil {
			e.t.Fatal(err)
		}
		for _, s := range page {
			index.Apply([]models.Change{s.Change(models.Unknown)})
			after = s.ID
		}
		if len(page) < 1000 {
			return index
		}
	}
}

func TestAPushIsMadeIfAndOnlyIfACheckWarns(t *testing.T) {
	const worlds = 40
	env := newTestEnv(t, storetest.Open(t), fakefcm.Options{})
	random := rand.New(rand.NewPCG(1, 2))
	devices, all := map[models.Indicator]string{}, []models.Signature{}
	for n := range worlds {
		w := newWorld(n)
		for i, d := range env.meet(fmt.Sprint(n, "-"), w.indicators) {
			devices[i] = d
		}
		all = append(all, w.step(random, env.clock.now())...)
	}
	fanOut, outbox := env.fanOut(nil), env.outbox(nil)
	env.start(fanOut)
	env.start(outbox)
	for len(all) > 0 { // several entries, so that the order of changes matters
		n := min(17, len(all))
		env.change(all[:n]...)
		all = all[n:]
		if random.IntN(2) == 0 {
			env.settled(fanOut)
		}
	}
	env.settled(fanOut)
	env.eventually("nothing is due", func() bool {
		outbox.Wake()
		due, err := store.Count(t.Context(), env.store.Database().Collection("warnings"), bson.D{{Key: "state", Value: "due"}}, 1)
		return err == nil && due == 0
	})
	last := map[string]string{}
	for _, a := range env.fake.Accepted() {
		last[a.Token] = a.Data["class"]
	}
	index, warned := env.indexed(), 0
	for i, d := range devices {
		want := env.warns(index, i)
		if want {
			warned++
		}
		if got := last["token-"+d[len("dev_"):]] == "accuse"; got != want {
			t.Errorf("%s %s: the last push accuses: %v; a check warns: %v, because of %v", i.Kind, i.Value, got, want,
				index.Lookup(i, env.clock.now()))
		}
	}
	if warned < worlds/2 || warned > len(devices)-worlds/2 {
		t.Errorf("%d of %d values are dangerous: the worlds show little", warned, len(devices))
	}
}

func TestTheInboxFollowsEveryChangeAsACheckDoes(t *testing.T) {
	const worlds, steps = 12, 8
	env := newTestEnv(t, storetest.Open(t), fakefcm.Options{})
	random := rand.New(rand.NewPCG(3, 4))
	devices := map[models.Indicator]string{}
	for n := range worlds {
		for i, d := range env.meet(fmt.Sprint(n, "-"), newWorld(n).indicators) {
			devices[i] = d
		}
	}
	fanOut := env.fanOut(nil)
	env.start(fanOut)
	for step := range steps {
		var changed []models.Signature
		for n := range worlds {
			changed = append(changed, newWorld(n).step(random, env.clock.now())...)
		}
		env.change(changed...)
		env.settled(fanOut)
		index := env.indexed()
		for i, d := range devices {
			got := false
			for _, w := range env.inbox(d) {
				got = got || w.Class == models.WarningAccuse && w.Level.Warns() && w.State == models.WarningDue
			}
			if want := env.warns(index, i); got != want {
				t.Errorf("step %d, %s %s: to be warned: %v; a check warns: %v, because of %v: %+v", step, i.Kind, i.Value, got, want,
					index.Lookup(i, env.clock.now()), env.inbox(d))
			}
		}
	}
}

func TestAnExemptionPublishedJustBeforeTheRunCounts(t *testing.T) {
	onEach(t, fakefcm.Options{}, func(t *testing.T, env *testEnv) {
		number := models.Indicator{Kind: models.Phone, Value: "+12025550150"}
		device := env.meet("met", []models.Indicator{number})[number]
		loaded := &notify.Exemptions{Source: env.store, Keyer: env.keyer, Log: env.logger()}
		if err := loaded.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		env.change(signature(models.Danger, "+12025550100-+12025550199"))
		env.change(signature(models.Imitated, number.Value))
		fanOut := env.fanOut(func(o *notify.FanOutOptions) { o.Exemptions = loaded })
		env.start(fanOut)
		env.settled(fanOut)
		if got := env.inbox(device); len(got) != 0 {
			t.Errorf("warned of %+v", got)
		}
	})
}
