package span

import "tipring/tdm"

// playing is a source on its way to the line.
type playing struct {
	src Source
	id  uint32
	at  int64 // first sample
}

// render overlays the source on dst, whose first sample is sample base of what the card sends. dst[from:to] was replaced;
// ended says that the source has no more.
func (pl *playing) render(dst []int16, base int64) (from, to int, ended bool) {
	if pl.at >= base+int64(len(dst)) {
		return 0, 0, false
	}
	from = int(max(0, pl.at-base))
	n := min(max(0, pl.src.Read(dst[from:])), len(dst)-from)
	return from, from + n, n < len(dst)-from
}

// sending is a list of signalling runs on its way to the line. The last of its runs has 0 ms.
type sending struct {
	on   bool
	runs []tdm.SigRun // still to begin
	id   uint32
	at   int64 // when runs[0] begins
}

// render fills the milliseconds of one block, the first of which is sample base of what the card sends. ended says that
// the value that stays began in this block, at sample sd.at.
func (sd *sending) render(bits []uint8, base int64) (ended bool) {
	held := bits[len(bits)-1] // what was sent last stays until a run begins
	sd.on = len(sd.runs) > 0  // once the runs are through, one more block makes the value constant
	for q := range bits {
		now := base + int64(q*tdm.Quantum)
		if len(sd.runs) > 0 && now >= sd.at {
			run := sd.runs[0]
			held = run.Bits
			sd.runs = sd.runs[1:]
			sd.at = now + int64(run.Ms)*tdm.Quantum
			ended = len(sd.runs) == 0
		}
		bits[q] = held
	}
	return ended
}
