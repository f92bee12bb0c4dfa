package wire

// PCMHeader is what is before the signalling octets of a PCM message.
const PCMHeader = 8

// PCMBody is the length of a body with so many slots and ms.
func PCMBody(slots, ms int) int { return PCMHeader + slots*ms*9 }

// Flags of an up frame.
const (
	UpDropped  = 1 << iota // up frames were dropped before this one
	UpUnderrun             // since the last up frame
)

// Start is the request for PCM.
type Start struct {
	Ms      uint8
	Slots   uint8
	Silence uint8
}

// Append appends the body to b.
func (s Start) Append(b []byte) []byte { return append(b, s.Ms, s.Slots, s.Silence) }

// Parse reads a body.
func (s *Start) Parse(body []byte) error {
	r := reader{b: body}
	*s = Start{r.u8(), r.u8(), r.u8()}
	return r.err(s.Ms >= 1 && s.Ms <= 8 && s.Slots >= 1 && s.Slots <= 64 && Header+PCMBody(int(s.Slots), int(s.Ms))+4 <= MaxMessage)
}

// StartAnswer has the tick of the first up frame.
type StartAnswer struct {
	Status Status
	Tick   uint32
}

// Append appends the body to b.
func (s StartAnswer) Append(b []byte) []byte {
	b = append(b, byte(s.Status))
	if s.Status == OK {
		b = le.AppendUint32(b, s.Tick)
	}
	return b
}

// Parse reads a body.
func (s *StartAnswer) Parse(body []byte) error {
	r := reader{b: body}
	*s = StartAnswer{Status: Status(r.u8())}
	if s.Status == OK {
		s.Tick = r.u32()
	}
	return r.err(true)
}

// PCM is an up or a down frame. Sig and Data alias the body: slot i has Sig[i*Ms:(i+1)*Ms] and Data[i*Ms*8:(i+1)*Ms*8].
type PCM struct {
	Tick  uint32
	Slots uint8
	Ms    uint8
	Fill  uint8
	Flags uint8
	Sig   []byte
	Data  []byte
}

// AppendHead appends the header to b; the signalling octets and the audio follow.
func (p PCM) AppendHead(b []byte) []byte {
	return append(le.AppendUint32(b, p.Tick), p.Slots, p.Ms, p.Fill, p.Flags)
}

// Append appends the body to b.
func (p PCM) Append(b []byte) []byte { return append(append(p.AppendHead(b), p.Sig...), p.Data...) }

// Parse reads a body.
func (p *PCM) Parse(body []byte) error {
	r := reader{b: body}
	*p = PCM{Tick: r.u32(), Slots: r.u8(), Ms: r.u8(), Fill: r.u8(), Flags: r.u8()}
	n := int(p.Slots) * int(p.Ms)
	p.Sig, p.Data = r.take(n), r.take(n*8)
	return r.err(p.Slots >= 1 && p.Slots <= 64 && p.Ms >= 1 && p.Ms <= 8)
}
