package tone_test

import (
	"slices"
	"testing"

	"tipring/dsp/tone"
)

// TestLearntEntries: a detector that has nothing but the entry recognises the tone that it was learnt from.
func TestLearntEntries(t *testing.T) {
	us, _ := tone.Zone("us")
	for _, id := range tone.Zones() {
		plan, _ := tone.Zone(id)
		for _, name := range []string{"busy", "congestion"} {
			spec, _ := plan.Tone(name)
			l, err := tone.Learn(recording(spec, 8000, 130))
			if err != nil {
				t.Errorf("%s %s (%v): %v", id, name, spec, err)
				continue
			}
			d := tone.NewDetector(us.Only().With("disconnect", l.Spec))
			if got := recognised(listen(d, slices.Concat(silence(300), recording(spec, 8000, 0), silence(1500)))); !slices.Equal(got, []string{"disconnect"}) {
				t.Errorf("%s %s learnt as %v: a detector with it hears %v", id, name, l.Spec, got)
			}
		}
	}
}
