package notify_test

import (
	"fmt"
	"sync"
	"testing"

	"example.org/tocsin/models"
	"example.org/tocsin/notify/fcm/fakefcm"
	"example.org/tocsin/store/storetest"
)

// BenchmarkFanOut measures how long it takes until 20,000 devices that met a
// number have their warnings, from the change of its level on. Run it with
// -benchtime 1x: each round makes its devices and exposures first.
func BenchmarkFanOut(b *testing.B) {
	const devices = 20_000
	for range b.N {
		b.StopTimer()
		env := newTestEnv(b, storetest.Node(b, storetest.Durable(b)), fakefcm.Options{})
		number := "+12025550123"
		exact := models.Recogniser(models.Exact, models.Phone, number)
		exposures := make([]models.Exposure, devices)
		var making sync.WaitGroup
		for part := range 100 {
			making.Go(func() {
				for i := part; i < devices; i += 100 {
					d := env.device(fmt.Sprint(i), nil)
					exposures[i] = env.exposure(d.ID, exact, env.clock.now())
					for k := range 11 { // as many keys as a number has recognisers
						exposures[i].Keys = append(exposures[i].Keys, env.keyer.ExposureKey(fmt.Sprint(i, k)))
					}
				}
			})
		}
		making.Wait()
		for at := 0; at < devices; at += 1000 {
			env.expose(exposures[at : at+1000]...)
		}
		f := env.fanOut(nil)
		stop := env.start(f)
		b.StartTimer()
		env.publish(signature(models.Danger, number))
		f.Wake()
		env.eventually("all warned", func() bool { return total(f.Stats(), "warnings") == devices })
		b.StopTimer()
		stop()
	}
}
