package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"example.org/tocsin/config"
	"example.org/tocsin/models"
)

// secretCommand is tocsin secret.
type secretCommand struct {
	Rotate secretRotateCommand `cmd:"" help:"Replace TOCSIN_KEY: each run does the next step that is safe, or says what is missing."`
}

// secretRotateCommand is tocsin secret rotate. Its steps are in docs/operations.md: every node has to know the new root
// before any node writes under it, and the old one for as long as anything is stored under it.
type secretRotateCommand struct {
	Finish bool `help:"The last step: forget the previous key, once everything that was stored under it has expired."`
	Force  bool `help:"With --finish: do not wait. Nobody is warned any more of what was stored under the previous key."`
}

// rotation is one run of the command.
type rotation struct {
	cfg   config.Config
	env   environment
	store *storage
	keys  keySet
	check keyCheck
}

// Run does the next step of a rotation.
func (c secretRotateCommand) Run(ctx context.Context, env environment) (err error) {
	cfg, err := config.Load(env.vars)
	if err != nil {
		return err
	}
	s, err := openExisting(ctx, env)
	if err != nil {
		return err
	}
	defer joinClose(&err, s.Close)
	if _, err := s.readKeyCheck(ctx); errors.Is(err, models.NotFound) {
		return errors.New("no node has ever run on this database: there is no key to replace")
	}
	r := rotation{cfg: cfg, env: env, store: s}
	if r.keys, r.check, err = s.keys(ctx, cfg); err != nil {
		return err
	}
	switch {
	case c.Finish:
		return r.finish(ctx, c.Force)
	case r.check.Previous != "":
		return fmt.Errorf("a rotation is under way: run tocsin secret rotate --finish from %s on", r.finishFrom().Format(time.DateOnly))
	case r.keys.Previous == nil && cfg.Key != "":
		return r.propose()
	case r.keys.Previous == nil:
		if err := r.replaceFile(); err != nil {
			return err
		}
	}
	return r.change(ctx)
}

// propose prints a new root and what to do with it. Nothing is changed yet.
func (r rotation) propose() error {
	_, told := fmt.Fprintln(r.env.log, "Nothing is changed yet. Set both variables on every node, restart the nodes one after the other, "+
		"and run tocsin secret rotate again with both set:")
	_, err := fmt.Fprintf(r.env.out, "TOCSIN_KEY=%s\nTOCSIN_KEY_PREVIOUS=%s\n",
		base64.StdEncoding.EncodeToString(newSecret()), base64.StdEncoding.EncodeToString(r.keys.Root))
	return errors.Join(told, err)
}

// replaceFile puts a new root into the file of a trial, beside the present one. A run that ends behind it is gone on with by
// the next one.
func (r *rotation) replaceFile() error {
	file := keyFileOf(r.cfg)
	kept, err := file.read()
	if err != nil {
		return err
	}
	kept.Root, kept.Previous = newSecret(), kept.Root
	r.keys.Root, r.keys.Previous = kept.Root, kept.Previous
	return file.write(kept, os.Rename)
}

// change makes the new root the one under which nodes write from their next start on, if every running node knows it, and
// seals the key of the reporters anew.
func (r rotation) change(ctx context.Context) error {
	if models.RootCheck(r.keys.Previous) != r.check.Root {
		return errors.New("TOCSIN_KEY is the key in use already, and TOCSIN_KEY_PREVIOUS is another: if that is the new one, " +
			"exchange the two; if it is left from an earlier rotation, remove it (--finish removes it from a file)")
	}
	next := models.RootCheck(r.keys.Root)
	behind, err := r.nodes(ctx, func(roots []string) bool { return !slices.Contains(roots, next) })
	if err != nil {
		return err
	}
	if len(behind) > 0 {
		return fmt.Errorf("running without the new key: %s; set TOCSIN_KEY and TOCSIN_KEY_PREVIOUS there, restart, and run this again "+
			"(a node that was killed is forgotten after two minutes)", strings.Join(behind, ", "))
	}
	reporter, err := models.NewKeyer(r.keys.Previous).Open(purposeReporter, r.check.Reporter)
	if err != nil {
		return fmt.Errorf("open the key of the reporters: %w", err)
	}
	changed := r.check
	changed.Root, changed.Previous, changed.PreviousUsed = next, r.check.Root, time.Now().UTC()
	changed.Reporter = models.NewKeyer(r.keys.Root).Seal(purposeReporter, reporter)
	if err := r.store.replaceKeyCheck(ctx, r.check, changed); err != nil {
		return err
	}
	r.check = changed
	_, err = fmt.Fprintf(r.env.out, "The new key is in use from the next start of each node on: restart the nodes one after the other. "+
		"Keep the previous key until tocsin secret rotate --finish has been run, from %s on.\n", r.finishFrom().Format(time.DateOnly))
	return err
}

// finish forgets the previous root, once no node writes under it and all that was stored under it has expired.
func (r rotation) finish(ctx context.Context, force bool) error {
	if r.check.Previous != "" {
		late, err := r.nodes(ctx, func(roots []string) bool { return roots[0] != r.check.Root })
		switch from := r.finishFrom(); {
		case err != nil:
			return err
		case len(late) > 0:
			return fmt.Errorf("still writing under the previous key: %s; restart and run this again "+
				"(a node that was killed is forgotten after two minutes)", strings.Join(late, ", "))
		case !force && time.Now().Before(from):
			return fmt.Errorf("what was stored under the previous key is kept until %s: run this again then; with --force "+
				"nobody is warned any more of what was stored under it", from.Format(time.DateOnly))
		}
		changed := r.check
		changed.Previous, changed.PreviousUsed = "", time.Time{}
		if err := r.store.replaceKeyCheck(ctx, r.check, changed); err != nil {
			return err
		}
	}
	if r.cfg.Key == "" && r.keys.Previous != nil {
		file := keyFileOf(r.cfg)
		kept, err := file.read()
		if err != nil {
			return err
		}
		kept.Previous = nil
		if err := file.write(kept, os.Rename); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(r.env.out, "No rotation is under way. TOCSIN_KEY_PREVIOUS is no longer needed on any node, if it is set.")
	return err
}

// finishFrom returns when all that was stored under the previous root has expired, with a day to spare.
func (r rotation) finishFrom() time.Time {
	return r.check.PreviousUsed.AddDate(0, 0, r.cfg.ExposureDays+1)
}

// nodes returns the names of the running nodes whose roots are as the function says. On the embedded engine none runs: the
// database is ours alone.
func (r rotation) nodes(ctx context.Context, are func(roots []string) bool) (names []string, err error) {
	if r.store.engine != nil {
		return nil, nil
	}
	_, running, err := r.store.keyNodes(ctx)
	for name, n := range running {
		if are(n.Roots) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, err
}
