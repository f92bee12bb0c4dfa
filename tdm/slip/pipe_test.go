package slip

import (
	"sync"
	"testing"
)

// Two goroutines at their own pace: what is read is what was written, and nothing is read that was not.
func TestPipeBetweenGoroutines(t *testing.T) {
	p := NewPipe(Config{})
	const blocks = 4000
	turn := make(chan struct{}, 5) // the producer is up to five blocks ahead
	var both sync.WaitGroup
	both.Go(func() {
		pcm := make([]int16, 80)
		for i := range blocks {
			for j := range pcm {
				pcm[j] = 6000
			}
			p.Write(int64(i*80), pcm)
			turn <- struct{}{}
		}
		close(turn)
	})
	both.Go(func() {
		dst, at, heard := make([]int16, 80), int64(1e6), 0
		for range turn {
			p.Read(at, dst)
			at += 80
			for _, v := range dst {
				if v == 6000 {
					heard++
				} else if v < 0 || v > 9000 {
					t.Errorf("sample %d", v)
				}
			}
		}
		if heard < blocks*80*95/100 {
			t.Errorf("%d of %d samples heard", heard, blocks*80)
		}
	})
	both.Wait()
	st, full := p.Stats()
	if st.Packets != blocks || full != 0 || st.Late+st.Strays > 0 {
		t.Errorf("%+v, %d lost", st, full)
	}
}

// A pipe that nobody reads drops and counts; one that is read again goes on with the present.
func TestPipeOverflow(t *testing.T) {
	p := NewPipe(Config{})
	pcm, dst := make([]int16, 160), make([]int16, 80)
	for i := range 100 {
		for j := range pcm {
			pcm[j] = int16(i * 100)
		}
		p.Write(int64(i*160), pcm)
	}
	if _, full := p.Stats(); full != 100-pipeChunks {
		t.Errorf("%d dropped", full)
	}
	p.Write(0, make([]int16, maxBlock+1))
	for i := 100; i < 200; i++ {
		for j := range pcm {
			pcm[j] = int16(i * 100)
		}
		p.Write(int64(i*160), pcm)
		p.Read(int64(i*160), dst)
		p.Read(int64(i*160+80), dst)
	}
	if last := int(dst[79]) / 100; last < 196 {
		t.Errorf("block %d is heard when 199 has been written: %+v", last, p.buf.Stats())
	}
}

// Voice-band data at 200 ppm between two cards: nothing is stretched, and what is dropped or inserted is the drift.
func TestPipeFixed(t *testing.T) {
	p := NewPipe(Config{MaxDelay: 800})
	p.SetFixed(160)
	pcm, dst := make([]int16, 80), make([]int16, 80)
	for i := range pcm {
		pcm[i] = 9000
	}
	const seconds = 120
	from, written := int64(0), 0.0
	for at := int64(0); at < seconds*8000; at += 80 {
		for written += 80 * 1.0002; written >= 80; written -= 80 {
			p.Write(from, pcm)
			from += 80
		}
		p.Read(at, dst)
	}
	st, full := p.Stats()
	if st.Removed+st.Repeated+st.Concealed+st.Late > 0 || full > 0 || st.Dropped < 100 || st.Dropped > 300 {
		t.Errorf("%+v, %d lost", st, full)
	}
}
