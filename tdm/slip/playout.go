package slip

// Get gives out the block that the card plays from at on; at is the former one's plus its length, or more when the card
// slipped.
func (b *Buffer) Get(at int64, dst []int16) {
	if at != b.next {
		b.fade.left = 0
	}
	b.next = at + int64(len(dst))
	for len(dst) > 0 {
		if b.out == 0 {
			b.adjust(at)
		}
		n := min(len(dst), frame-b.out)
		b.render(at, dst[:n])
		b.out = (b.out + n) % frame
		at += int64(n)
		dst = dst[n:]
	}
}

// render gives out a piece of a frame.
func (b *Buffer) render(at int64, dst []int16) {
	for len(dst) > 0 {
		n := b.piece(at, dst)
		at += int64(n)
		dst = dst[n:]
	}
}

// piece gives out the longest run of one sort at the beginning of dst.
func (b *Buffer) piece(at int64, dst []int16) int {
	if !b.anchored {
		b.fill(dst)
		return len(dst)
	}
	if b.pause > 0 {
		n := min(len(dst), b.pause)
		b.pause -= n
		b.offset += int64(n)
		b.fill(dst[:n])
		return n
	}
	pos := at - b.offset
	if b.fade.left > 0 {
		n := min(len(dst), b.fade.left)
		b.fade.render(b, dst[:n], pos)
		b.good(dst[:n])
		return n
	}
	if n := b.run(pos, min(len(dst), int(max(0, b.end-pos))), true); n > 0 {
		b.read(dst[:n], pos)
		b.good(dst[:n])
		return n
	}
	if n := min(len(dst), b.silence(pos)); n > 0 {
		b.fill(dst[:n])
		return n
	}
	if pos >= b.end {
		return b.dry(dst, pos)
	}
	n := b.run(pos, int(min(int64(len(dst)), b.end-pos)), false)
	b.conceal(dst[:n])
	return n
}

// dry conceals when nothing has come. The timeline stands still meanwhile, but in fixed mode.
func (b *Buffer) dry(dst []int16, pos int64) int {
	n := min(len(dst), concealMax-b.held)
	if n == 0 {
		b.anchored = false
		return 0
	}
	b.held += n
	if b.fixed == 0 {
		b.offset += int64(n) + max(0, pos-b.end)
	}
	b.conceal(dst[:n])
	return n
}

func (b *Buffer) conceal(dst []int16) {
	b.stats.concealed.Add(uint64(len(dst)))
	if b.fixed > 0 {
		clear(dst)
		return
	}
	b.plc.Lost(dst)
}

func (b *Buffer) good(dst []int16) {
	if b.fixed == 0 {
		b.plc.Good(dst)
	}
}

// fill gives out what stands for a silence that is none of the network's doing.
func (b *Buffer) fill(dst []int16) {
	b.cfg.Fill(dst)
	b.good(dst)
}

// target is the delay wanted over the least transit.
func (b *Buffer) target() int {
	if b.fixed > 0 {
		return b.fixed
	}
	return max(b.cfg.MinDelay, min(b.cfg.MaxDelay, b.est.jitter()))
}

// excess is by how much the delay is above its target.
func (b *Buffer) excess() int { return int(b.offset-b.est.least()) - b.target() }
