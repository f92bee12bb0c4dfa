package linecard

import (
	"context"
	"fmt"
	"io"
	"syscall"
	"testing"
	"time"

	"tipring/hw/link"
	"tipring/hw/link/wire"
	"tipring/tdm"
)

// A feed is a card that has encoded its up frames beforehand and hands out one for each down frame, so that what is measured
// is the host's work alone.
type feed struct {
	frames  [][]byte
	slots   int
	ms      int
	session uint8
	out     chan []byte
	next    int
	rest    []byte
	dec     wire.Decoder
	done    chan struct{}
}

func (f *feed) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		select {
		case f.rest = <-f.out:
		case <-f.done:
			return 0, io.ErrClosedPipe
		}
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// Write looks at the type alone of a down frame, which is the second octet after the COBS code.
func (f *feed) Write(p []byte) (int, error) {
	if len(p) > 2 && p[2] == byte(wire.TypeDown) {
		f.out <- f.frames[f.next%len(f.frames)]
		f.next++
		return len(p), nil
	}
	m, _, ok := f.dec.Next(p)
	if !ok {
		return len(p), nil
	}
	var b interface{ Append([]byte) []byte }
	switch m.Type {
	case wire.TypeHello:
		f.session = m.Session
		b = wire.HelloAnswer{Major: 1, Role: wire.Application, Longest: wire.MaxMessage, Window: 4, Timeslots: 64, DownlinkMs: 64}
		f.encode()
	case wire.TypeTime:
		b = wire.TimeAnswer{}
	case wire.TypeStart:
		b = wire.StartAnswer{}
	default:
		b = wire.Verdict{}
	}
	f.out <- wire.AppendFrame(nil, wire.End(b.Append(wire.Begin(nil, m.Type|wire.Answer, m.Session, m.Seq)), 0))
	return len(p), nil
}

func (f *feed) Close() error {
	close(f.done)
	return nil
}

// encode makes some seconds of up frames from tick 0.
func (f *feed) encode() {
	p := wire.PCM{Slots: uint8(f.slots), Ms: uint8(f.ms), Sig: make([]byte, f.slots*f.ms), Data: make([]byte, f.slots*f.ms*8)}
	for i := range 4000 / f.ms {
		p.Tick = uint32(i * f.ms)
		for j := range p.Data {
			p.Data[j] = byte(j*31 + i*7)
		}
		f.frames = append(f.frames, wire.AppendFrame(nil, wire.End(p.Append(wire.Begin(nil, wire.TypeUp, f.session, uint16(i))), 0)))
	}
}

// processor is the processor time that the process has used.
func processor() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// The host's work for a card: processor time for link and line card, both directions, in percent of the card's time.
func BenchmarkCard(b *testing.B) {
	for _, c := range []struct{ slots, block, frame int }{
		{8, 10, 2}, {32, 1, 1}, {32, 2, 2}, {32, 4, 4}, {32, 10, 2}, {62, 10, 2},
	} {
		b.Run(fmt.Sprintf("slots=%d/block=%dms/frame=%dms", c.slots, c.block, c.frame), func(b *testing.B) {
			f := &feed{slots: c.slots, ms: c.frame, out: make(chan []byte, 1000), done: make(chan struct{})}
			up := make(chan error, 1)
			card, err := New(Config{Name: "bench", Slots: c.slots, Frame: time.Duration(c.frame) * time.Millisecond,
				Streams: func(context.Context) (link.Stream, link.Stream, error) { return f, nil, nil }, State: func(err error) { up <- err }})
			if err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithCancel(b.Context())
			ended := make(chan struct{})
			go func() { defer close(ended); card.Run(ctx) }()
			if err := <-up; err != nil {
				b.Fatal(err)
			}
			tx, rx := tdm.NewBlock(c.slots, c.block*tdm.Quantum), tdm.NewBlock(c.slots, c.block*tdm.Quantum)
			ms, limit := 0, 4000/c.frame*c.frame-200
			used := processor()
			b.ReportAllocs()
			for b.Loop() {
				if ms%limit+c.block >= limit { // the frames from the beginning once more
					b.StopTimer()
					ms += limit - ms%limit
					conn := card.media.conn
					card.media.end()
					card.media.lived = nil
					f.next = 0
					card.media.begin(conn, 0, make([]sensor, c.slots))
					b.StartTimer()
				}
				if _, err := card.Exchange(tx, rx); err != nil {
					b.Fatal(err)
				}
				ms += c.block
			}
			total := time.Duration(b.N*c.block) * time.Millisecond
			b.ReportMetric(float64(processor()-used)/float64(total)*100, "%core")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*c.block*c.slots*tdm.Quantum), "ns/sample")
			cancel()
			<-ended
		})
	}
}
