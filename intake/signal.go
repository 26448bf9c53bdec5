package intake

import "sync"

// bell wakes one loop. Ringing never waits, and any number of rings before the
// loop listens are one. The zero bell is ready.
type Signal struct {
	once sync.Once
	c    chan struct{}
}

func (s *Signal) Wake() {
	select {
	case s.C() <- struct{}{}:
	default: // it is ringing already
	}
}

func (s *Signal) C() chan struct{} {
	s.once.Do(func() { s.c = make(chan struct{}, 1) })
	return s.c
}
