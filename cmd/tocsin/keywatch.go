package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

const (
	keyNodesSetting = "key_nodes"
	keyNodeInterval = 30 * time.Second // between two announcements of a node
	keyNodeTTL      = 2 * time.Minute  // after it a node that has been silent counts as ended
)

// keyNode is what a running node says of the roots that it knows, so that no rotation leaves a node behind.
type keyNode struct {
	Roots []string  `json:"roots"` // Keyer.Roots: it writes under the first
	Seen  time.Time `json:"seen"`
}

// keyWatch announces the roots that this node knows, and watches for a rotation without it.
type keyWatch struct {
	store *storage
	name  string   // of the node, for the operator
	roots []string // Keyer.Roots
	log   *slog.Logger
}

// keyNodeName returns the name of the node that listens at address.
func keyNodeName(address string) string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return host + " " + address
}

// Run announces until ctx ends, and then takes the announcement back. It returns an error, and with it the node stops, when
// the root under which others write is one that this node does not know: it would warn nobody of what is stored from then
// on (TestANodeThatARotationHasLeftBehindStops).
func (w keyWatch) Run(ctx context.Context) error {
	tick := time.NewTicker(keyNodeInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			defer cancel()
			if err := w.store.changeKeyNodes(ctx, func(nodes map[string]keyNode) { delete(nodes, w.name) }); err != nil {
				w.log.WarnContext(ctx, "this node counts as running for two minutes more", "error", err)
			}
			return nil
		case <-tick.C:
		}
		var left bool
		err := work.Safely(func() (err error) {
			left, err = w.announce(ctx)
			return err
		})
		switch {
		case left:
			return err
		case err != nil && ctx.Err() == nil:
			w.log.WarnContext(ctx, "the keys of this node could not be announced", "error", err)
		}
	}
}

// announce says which roots this node knows. While it writes under the previous one it notes the time: see
// keyCheck.PreviousUsed. leftBehind: it does not know the present one, as the error says.
func (w keyWatch) announce(ctx context.Context) (leftBehind bool, err error) {
	now := time.Now().UTC()
	if err := w.store.changeKeyNodes(ctx, func(nodes map[string]keyNode) { nodes[w.name] = keyNode{Roots: w.roots, Seen: now} }); err != nil {
		return false, err
	}
	check, err := w.store.readKeyCheck(ctx)
	switch {
	case err != nil:
		return false, err
	case !slices.Contains(w.roots, check.Root):
		return true, errors.New("TOCSIN_KEY has been replaced while this node did not have the new key: " +
			"set TOCSIN_KEY to the new key and TOCSIN_KEY_PREVIOUS to the one before, and start it again")
	case check.Root == w.roots[0]:
		return false, nil
	}
	next := check
	next.PreviousUsed = now
	if err := w.store.replaceKeyCheck(ctx, check, next); !errors.Is(err, models.Stale) {
		return false, err
	}
	return false, nil // another node has noted it
}

// changeKeyNodes applies a change to the announcements, from which those of ended nodes are left out.
func (s *storage) changeKeyNodes(ctx context.Context, change func(map[string]keyNode)) error {
	for {
		stored, nodes, err := s.keyNodes(ctx)
		if err != nil {
			return err
		}
		change(nodes)
		text, err := json.Marshal(nodes)
		if err != nil {
			return fmt.Errorf("encode the announcements: %w", err)
		}
		err = s.ReplaceSetting(ctx, keyNodesSetting, stored, text)
		if !errors.Is(err, models.Stale) || ctx.Err() != nil {
			return err
		}
	}
}

// keyNodes returns the nodes that run, by their names, and the setting as it is stored.
func (s *storage) keyNodes(ctx context.Context) (stored []byte, nodes map[string]keyNode, err error) {
	stored, err = s.Setting(ctx, keyNodesSetting, []byte("{}"))
	if err != nil {
		return nil, nil, fmt.Errorf("read the announcements of nodes: %w", err)
	}
	if err := json.Unmarshal(stored, &nodes); err != nil {
		return nil, nil, fmt.Errorf("the setting %s of the database is damaged: %w", keyNodesSetting, err)
	}
	for name, n := range nodes {
		if time.Since(n.Seen) > keyNodeTTL {
			delete(nodes, name)
		}
	}
	return stored, nodes, nil
}
