package q921

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// The frames at the start of a primary access, as both ends of libpri put them on the line.
func TestFramesOfTheLine(t *testing.T) {
	for _, x := range []struct {
		network bool
		hex     string
		want    string
	}{
		{true, "02017f", "SABME p"},
		{false, "020173", "UA f"},
		{false, "00017f", "SABME p"},
		{true, "000173", "UA f"},
		{false, "0001000208020001", "I ns=0 nr=1"},
		{false, "0001feff", "I ns=127 nr=127 p"},
		{true, "02010103", "RR command nr=1 p"},
		{false, "02010102", "RR nr=1"},
		{true, "0001090b", "REJ nr=5 f"},
		{false, "02010508", "RNR nr=4"},
		{true, "020153", "DISC p"},
		{true, "00010f", "DM"},
		{true, "020103aa", "UI"},
		{true, "0001970000000000", "FRMR f"},
		{true, "0201bf", "XID p"},
	} {
		b, _ := hex.DecodeString(x.hex)
		f, err := Parse(b, x.network)
		if err != nil || f.String() != x.want {
			t.Errorf("%s: %v, %v; want %s", x.hex, f, err, x.want)
		}
		if got := f.Append(nil, x.network); !bytes.Equal(got, b) {
			t.Errorf("%s comes back as %x", x.hex, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"02017f", "0001000208020001", "02010103", "0001870000000000", "0001"} {
		b, _ := hex.DecodeString(s)
		f.Add(b, true)
	}
	f.Fuzz(func(t *testing.T, b []byte, network bool) {
		x, err := Parse(b, network)
		if err != nil || x.Kind == Undefined {
			return
		}
		if got := x.Append(nil, network); !bytes.Equal(got, b) {
			t.Errorf("% x comes back as % x", b, got)
		}
	})
}
