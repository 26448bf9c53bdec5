package intake

import "sync"

// bell wakes one loop. Ringing never waits, and any number of rings before the
// loop listens are one. The zero bell is ready.
type bell struct {
	once sync.Once
	c    chan struct{}
}

func (b *bell) ring() {
	select {
	case b.listen() <- struct{}{}:
	default: // it is ringing already
	}
}

func (b *bell) listen() chan struct{} {
	b.once.Do(func() { b.c = make(chan struct{}, 1) })
	return b.c
}
