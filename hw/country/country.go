// Package country holds what a line is like in each country, as the chips' registers want it: 73 rows from the drivers in the
// open (fxo_modes.h of dahdi-linux, equal in xpp's init_card_2_30), ISO 3166 added.
//
// A row is a setting, not a type approval. The ringing frequency is 25 Hz in the countries of TBR 21, whose row has it, and
// 20 Hz elsewhere; the sources have no other, so that an operator who knows better sets it (France rings at 50 Hz and Japan
// at 16 Hz in parts of the network). Cadences are the tone plan's (dsp/tone), since they come with the tones.
package country

import (
	"fmt"
	"strings"
)

// A Row is one line mode. The short names are the data sheet's of the Si3050.
type Row struct {
	Name string // lower case
	ISO  string // ISO 3166-1 alpha-2; empty for a group

	OHS, OHS2 bool  // on-hook speed: both off < 0.5 ms, OHS2 3 ms (ETSI), OHS with SQ 26 ms (Australia)
	RZ        bool  // synthesized ringer impedance
	RT        bool  // ringer threshold: 13.5 to 16.5 V rms, or 19.35 to 23.65 V
	ILIM      bool  // current limit of TBR 21
	DCV       uint8 // voltage at tip and ring: 3.1, 3.2, 3.35, 3.5 V
	MINI      uint8 // minimum loop current: 10, 12, 14, 16 mA
	ACIM      uint8 // impedance
	SQ        uint8 // spark quenching register
	// RingValid2 is the ring validation register 23 where a shorter delay is wanted; 0: as after reset.
	RingValid2 uint8
	TxTenthDB  int     // transmit gain in 0.1 dB
	RingHz     float64 // ringing frequency for a telephone
}

// Lookup returns the row with this name or ISO code, in any case.
func Lookup(name string) (Row, error) {
	for _, r := range Rows {
		if strings.EqualFold(name, r.Name) || r.ISO != "" && strings.EqualFold(name, r.ISO) {
			return r, nil
		}
	}
	return Row{}, fmt.Errorf("country %q: want an ISO 3166 code of two letters, or fcc or tbr21", name)
}
