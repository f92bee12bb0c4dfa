package si3050_test

import (
	"testing"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/spi"

	"tipring/hw/si3050"
)

// A babbler answers with any bytes.
type babbler struct {
	data []byte
	at   int
}

func (*babbler) String() string         { return "babbler" }
func (*babbler) Duplex() conn.Duplex    { return conn.Full }
func (b *babbler) Tx(w, r []byte) error { return b.TxPackets([]spi.Packet{{W: w, R: r}}) }
func (b *babbler) TxPackets(packets []spi.Packet) error {
	for _, p := range packets {
		for i := range p.R {
			p.R[i] = 0xff
			if len(b.data) > 0 {
				p.R[i] = b.data[b.at%len(b.data)]
				b.at++
			}
		}
	}
	return nil
}

// Whatever a bus answers, the driver neither hangs nor panics, and a chip that babbles is not ready for long.
func FuzzDriver(f *testing.F) {
	f.Add([]byte{0xff, 0x05, 0x05, 0x00})
	f.Add([]byte{0x03})
	f.Fuzz(func(t *testing.T, data []byte) {
		var slept time.Duration
		chip, err := si3050.New(&babbler{data: data}, si3050.Config{Sleep: func(d time.Duration) { slept += d }})
		if err != nil {
			t.Fatal(err)
		}
		chip.Start()
		if slept > 10*time.Second {
			t.Errorf("the start takes %v", slept)
		}
		for now := range time.Duration(50) {
			chip.Service(now * 20 * time.Millisecond)
		}
	})
}
