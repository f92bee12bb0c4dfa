package modem

import (
	"io"
	"testing"
	"time"

	"tipring/dsp/dsptest"
	"tipring/hw/serial"
	"tipring/hw/serial/serialtest"
)

// BenchmarkConversation is what the driver of one modem takes in a conversation: shielding both ways, format, echo canceller,
// tone and DTMF detectors, supervision. Its share is that of one core, without the gateway's pipes and the system calls of a
// serial port.
func BenchmarkConversation(b *testing.B) {
	for _, f := range []Format{{Coding: ULaw, Rate: 8000}, {Coding: Unsigned8, Rate: 8000}, {Coding: Unsigned8, Rate: 11025}} {
		b.Run(string(f.Coding)+"/rate="+map[int]string{8000: "8000", 11025: "11025"}[f.Rate], func(b *testing.B) {
			host, far := serialtest.Pair()
			go io.Copy(io.Discard, far)
			m, err := New(Config{Name: "m", Open: func() (serial.Port, error) { return host, nil }, NewPipe: func(int) Pipe { return new(lastBlock) }})
			if err != nil {
				b.Fatal(err)
			}
			m.cmd = newChannel(host)
			defer m.cmd.close()
			m.begin(host)
			l := m.line
			l.cap.Format, l.state = f, lineTalking
			l.call = newCall(m, nil)
			l.call.conversation, l.call.answered = true, true
			l.audio.begin()
			l.audio.doing, l.audio.live, l.audio.echo = conversing, true, newEchoPath()
			m.eng.state, m.eng.inData = engDuplex, true

			const block = 160
			enc := newEncoder(f)
			speech, other := dsptest.Speech(1, -18, 60*8000), dsptest.Speech(2, -18, 60*8000)
			var streams [][]byte
			for i := 0; i < len(speech); i += block {
				streams = append(streams, shield(nil, enc.encode(nil, speech[i:i+block])))
			}
			tx := make([]int16, block)
			at := 0
			b.ReportAllocs()
			for b.Loop() {
				i := at / block % len(streams)
				l.call.leg.Tick(int64(at), other[i*block:][:block], tx)
				m.now = m.now.Add(20 * time.Millisecond)
				m.eng.feed(m.now, streams[i])
				l.fed()
				m.advance()
				m.flush()
				at += block
			}
			if l.state != lineTalking || l.audio.doing != conversing {
				b.Fatalf("the call has ended by %q: %v", l.hinted, l.reason)
			}
			ns := float64(b.Elapsed().Nanoseconds()) / float64(at)
			b.ReportMetric(ns, "ns/sample")
			b.ReportMetric(100*ns/125000, "%core")
		})
	}
}

// A lastBlock gives out what was written last.
type lastBlock struct {
	pcm [160]int16
	n   int
}

func (p *lastBlock) Write(_ int64, pcm []int16) { p.n = copy(p.pcm[:], pcm) }
func (p *lastBlock) Read(_ int64, dst []int16)  { clear(dst[copy(dst, p.pcm[:p.n]):]) }
func (p *lastBlock) SetFixed(int)               {}
