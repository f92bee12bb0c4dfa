package app

import (
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"

	"tipring/dsp/dsptest"
	"tipring/dsp/g711"
	"tipring/dsp/tone"
	"tipring/gateway/rtp"
	"tipring/tdm"
	"tipring/tdm/span"
)

// startUp is how many blocks the jitter buffers may take to find their depth.
const startUp = 100

// fed is a card whose slots hear speech, ten times as fast as a real one. It goes on only when every stream has received what
// was sent to it, so that it outruns the sockets on no machine.
type fed struct {
	next    time.Time
	slots   int
	law     tdm.Law
	pcm     []byte
	at      int
	blocks  int // done
	left    int
	streams []*rtp.Stream
	begun   []rtp.Stats // after start-up
}

func (c *fed) Info() tdm.Info {
	return tdm.Info{Name: "fed", Model: "benchmark", Law: c.law, Slots: make([]tdm.Slot, c.slots), SigResolution: 1}
}

func (c *fed) Exchange(tx, rx tdm.Block) (int, error) {
	if err := c.arrived(); err != nil {
		return 0, err
	}
	if c.blocks == startUp {
		c.begun = c.stats()
	}
	if c.left--; c.left < 0 {
		return 0, tdm.ErrClosed
	}
	for i := range c.slots {
		from := (c.at + i*997) % (len(c.pcm) - tx.N)
		copy(rx.Slot(i), c.pcm[from:from+tx.N])
	}
	c.at = (c.at + tx.N) % (len(c.pcm) - tx.N)
	c.blocks++
	c.next = c.next.Add(tdm.Duration(int64(tx.N)) / 10)
	if now := time.Now(); c.next.Before(now) {
		c.next = now // what the machine has missed is not made up for in a burst
	}
	time.Sleep(time.Until(c.next))
	return 0, nil
}

// packets is how many each stream has sent: one of 20 ms for two blocks.
func (c *fed) packets() uint64 { return uint64(c.blocks / 2) }

// arrived waits until every stream has received its packets. It sleeps meanwhile, which costs no processor time.
func (c *fed) arrived() error {
	const step, patience = 100 * time.Microsecond, 2 * time.Second
	for i, s := range c.streams {
		for n := patience / step; s.Stats().Received < c.packets(); n-- {
			if n == 0 {
				return fmt.Errorf("stream %d has %d of %d packets: %+v", i, s.Stats().Received, c.packets(), s.Stats())
			}
			time.Sleep(step)
		}
	}
	return nil
}

func (c *fed) stats() []rtp.Stats {
	out := make([]rtp.Stats, len(c.streams))
	for i, s := range c.streams {
		out[i] = s.Stats()
	}
	return out
}

// complete fails when a packet was dropped, lost, late or concealed, since the figure would be of less work.
func (c *fed) complete(b *testing.B) {
	b.Helper()
	for i, st := range c.stats() {
		if st.Sent != c.packets() || st.Received != c.packets() || st.SendErrors+st.EgressDropped+st.IngressDropped != 0 || st.Lost != 0 {
			b.Fatalf("stream %d has not %d packets each way: %+v", i, c.packets(), st)
		}
		if c.begun == nil {
			continue
		}
		was := c.begun[i]
		if st.ConcealedSamples != was.ConcealedSamples || st.Late != was.Late || st.Discarded != was.Discarded {
			b.Fatalf("stream %d concealed %d samples after start-up, %d packets were late, %d discarded",
				i, st.ConcealedSamples-was.ConcealedSamples, st.Late-was.Late, st.Discarded-was.Discarded)
		}
	}
}

func (c *fed) Close() error { return nil }

// A complete line channel: law, echo canceller, DTMF, tone, level, fax and voice detection, jitter buffer, RTP in and out
// over loopback sockets between pairs of streams. One op is one block of one channel. The figure is processor time of the
// whole process, so that the goroutines that send and receive count, and no packet may be missing.
func BenchmarkLineChannel(b *testing.B) {
	for _, echo := range []bool{false, true} {
		b.Run(fmt.Sprintf("echo=%v", echo), func(b *testing.B) { lineChannels(b, 32, echo) })
	}
}

func lineChannels(b *testing.B, slots int, echo bool) {
	const n = 80
	speech := dsptest.Speech(1, -18, 10*tdm.Rate)
	octets := make([]byte, len(speech))
	g711.MuLaw.Encode(octets, speech)
	card := &fed{slots: slots, pcm: octets}
	// A packet is counted a moment before the jitter buffer has it: with a packet of depth the moment does not matter.
	engine, err := rtp.NewEngine(rtp.Config{IP: netip.MustParseAddr("127.0.0.1"), MinDepthMs: 20, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	go engine.Run(b.Context())
	pump, err := span.New(span.Config{Card: card, BlockMs: n / tdm.Quantum})
	if err != nil {
		b.Fatal(err)
	}
	plan, _ := tone.Zone("us")
	var streams []*rtp.Stream
	for i := range slots {
		s, err := engine.Open("")
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		streams = append(streams, s)
		pump.Attach(i, s)
		pump.Detect(i, span.Detect{Digits: true, Tones: plan, Fax: true, SilenceMs: 60000, Voice: true})
		pump.Echo(i, echo)
	}
	for i, s := range streams {
		err := s.Configure(rtp.Params{Remote: streams[i^1].Local(), PT: 0, Law: g711.MuLaw, DTMFPT: 101, Send: true, Recv: true})
		if err != nil {
			b.Fatal(err)
		}
	}
	card.streams, card.left = streams, max(b.N/slots, 1)
	blocks := card.left
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := cpu(b)
	card.next = time.Now()
	b.ResetTimer()
	if err := pump.Run(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	ns := float64(cpu(b)-start) / float64(blocks*slots*n)
	runtime.ReadMemStats(&after)
	card.complete(b)
	b.ReportMetric(ns, "ns/sample")
	b.ReportMetric(125000/ns, "channels/core")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(blocks*slots), "mallocs/block")
}

// cpu is the processor time that the process has taken.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
