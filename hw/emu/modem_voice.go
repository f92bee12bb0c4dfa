package emu

import (
	"strconv"
	"strings"

	"tipring/dsp/dtmf"
	"tipring/dsp/g711"
	"tipring/dsp/level"
	"tipring/dsp/resample"
	"tipring/dsp/tone"
	"tipring/hw/modem/ima"
	"tipring/tdm"
)

// A voiceMode is what a voice modem's data are.
type voiceMode uint8

const (
	voiceNone     voiceMode = iota
	voiceTransmit           // +VTX
	voiceReceive            // +VRX
	voiceDuplex             // +VTR
)

// The control octets of V.253.
const (
	dle = 0x10
	etx = 0x03
	can = 0x18
	sub = 0x1a
)

// A voiceBand is the modem's telephone side: hook, codec, detectors.
type voiceBand struct {
	m      *Modem
	second *hostPort
	mode   voiceMode
	ending bool // the host has sent <DLE><ETX>: what is queued is still played

	hook       bool
	closeAt    int64 // when a late off-hook takes effect; 0: none
	flashUntil int64
	dialled    string // to be dialled at dial tone
	dialBy     int64  // when it is dialled without dial tone, or given up
	dialFailed bool
	dialling   *dtmf.Source
	hold       func()

	coding string
	rate   int
	up     *resample.Resampler // from the host's rate; nil at 8 kHz
	down   *resample.Resampler
	play   []int16 // to the line, at 8 kHz
	begun  bool    // something has been played since the data began
	codeIn bool    // after a DLE of the host's
	half   bool    // 16 bits: the low octet is here
	low    byte
	encIMA ima.Coder
	decIMA ima.Coder
	nibble byte
	paired bool
	run    [2 * modemBlock]int16
	buf    []int16
	burst  []byte // for the host, until it is a portion

	heard   [modemBlock]int16
	sig     uint8
	dtmf    *dtmf.Detector
	dtmfEv  []dtmf.Event
	digit   byte // sounding, for modems that repeat it
	digitAt int64
	deaf    bool
	tones   *tone.Detector
	dialEar *tone.Detector
	toneEv  []tone.Event
	busy    bool
	busyAt  int64

	silenceMs, quietMs int
	wasLoud            bool
	cellAudio          bool
	cellPlay           []int16
}

func (v *voiceBand) init(m *Modem) {
	v.m = m
	v.dtmfEv, v.toneEv = make([]dtmf.Event, 0, 16), make([]tone.Event, 0, 16)
	v.reset()
}

func (v *voiceBand) reset() {
	v.mode, v.ending, v.hook, v.closeAt, v.dialling, v.dialled, v.deaf, v.busy = voiceNone, false, false, 0, nil, "", false, false
	v.play, v.burst, v.cellAudio, v.cellPlay, v.silenceMs = nil, nil, false, nil, 0
	v.listenAnew()
	coding := "u8"
	if c, ok := v.m.model.Formats["1"]; ok {
		coding = c
	}
	v.format(coding, or(v.m.model.FixedRate, 8000))
}

func (v *voiceBand) listenAnew() {
	v.dtmf, v.digit = dtmf.NewDetector(dtmf.Config{}), 0
	v.tones = tone.NewDetector(v.m.x.plan)
	v.dialEar = tone.NewDetector(v.m.x.plan.AwaitDial())
	v.quietMs, v.wasLoud, v.busy = 0, false, false
}

// format sets coding and rate.
func (v *voiceBand) format(coding string, rate int) {
	v.coding, v.rate, v.up, v.down = coding, rate, nil, nil
	if rate != tdm.Rate {
		v.up, v.down = resample.New(rate, tdm.Rate), resample.New(tdm.Rate, rate)
	}
	v.buf = make([]int16, 8*modemBlock)
}

// offHook closes the loop after ms.
func (v *voiceBand) offHook(ms int) {
	if v.hook {
		return
	}
	v.closeAt = v.m.now + int64(ms) + 1
	v.listenAnew()
}

func (v *voiceBand) flash() { v.flashUntil = v.m.now + 500 }

// command carries out +V commands; name has lost its '+' or '#'.
func (v *voiceBand) command(name, value string, set bool) outcome {
	m, a := v.m, &v.m.at
	switch name {
	case "VSM", "VBS":
		return v.selectFormat(name, value)
	case "VLS":
		switch {
		case value == "?":
			a.say("(0,1,4,5)")
		case value == "0":
			v.hook = false
		case set:
			return failed // it has no handset, speaker or microphone
		}
		return carried
	case "VTX", "VRX", "VTR":
		if value == "?" && name == "VTR" && !m.model.Duplex {
			return failed
		}
		if value == "?" {
			return carried
		}
		if !v.hook && v.closeAt == 0 || set || name == "VTR" && !m.model.Duplex {
			return failed
		}
		v.start(map[string]voiceMode{"VTX": voiceTransmit, "VRX": voiceReceive, "VTR": voiceDuplex}[name])
		return answered
	case "VSD", "VSS", "VSP":
		if f := strings.Split(value, ","); len(f) == 2 {
			n, err := strconv.Atoi(f[1])
			if err != nil {
				return failed
			}
			v.silenceMs = 100 * n
		}
		return carried
	case "VTS":
		return v.beep(value)
	case "VIT", "VRA", "VRN", "VNH", "VGT", "VGR", "VDR", "VTD", "VPR", "VDD", "VIP", "VDT", "VPP", "VBT", "VCID":
		return carried
	}
	return failed
}

func (v *voiceBand) selectFormat(name, value string) outcome {
	if value == "?" {
		for _, s := range v.m.model.VSM {
			v.m.at.say(s)
		}
		return carried
	}
	f := strings.Split(value, ",")
	coding, ok := v.m.model.Formats[f[0]]
	rate := or(v.m.model.FixedRate, 8000)
	if len(f) > 1 {
		n, err := strconv.Atoi(f[1])
		offered := false
		for _, s := range v.m.model.VSM {
			offered = offered || strings.HasPrefix(s, f[0]) && strings.Contains(s, f[1])
		}
		if err != nil || !offered {
			return failed
		}
		rate = n
	}
	if !ok {
		return failed
	}
	v.format(coding, rate)
	return carried
}

// beep plays [f1,f2,t], {digit,t} or a digit, t in 10 ms.
func (v *voiceBand) beep(value string) outcome {
	ms := 0
	for len(value) > 0 {
		var item string
		switch value[0] {
		case '[', '{':
			end := strings.IndexAny(value, "]}")
			if end < 0 {
				return failed
			}
			item, value = value[:end+1], strings.TrimPrefix(value[end+1:], ",")
		default:
			item, value, _ = strings.Cut(value, ",")
		}
		inner := strings.Split(strings.Trim(item, "[]{}"), ",")
		switch {
		case item[0] == '[' && len(inner) == 3:
			spec := "0"
			var hz []string
			for _, f := range inner[:2] {
				if f != "" && f != "0" {
					hz = append(hz, f)
				}
			}
			if len(hz) > 0 {
				spec = strings.Join(hz, "+")
			}
			t, err := strconv.Atoi(or(inner[2], "10"))
			s, err2 := tone.Parse(spec)
			if err != nil || err2 != nil || t < 0 || t > 1000 {
				return failed
			}
			pcm := make([]int16, 80*t)
			tone.NewGenerator(s, -10).Read(pcm)
			v.play = append(v.play, pcm...)
			ms += 10 * t
		default:
			on := 70
			if len(inner) == 2 {
				if t, err := strconv.Atoi(inner[1]); err == nil {
					on = 10 * t
				}
			}
			pcm := make([]int16, 8*(on+70))
			dtmf.NewSource(inner[0], on, 70, -6).Read(pcm)
			v.play = append(v.play, pcm...)
			ms += on + 70
		}
	}
	return v.m.at.after(ms)
}

// start begins data.
func (v *voiceBand) start(mode voiceMode) {
	v.m.at.todo = ""
	v.m.at.say("CONNECT")
	v.mode, v.ending, v.begun, v.codeIn, v.half, v.paired = mode, false, false, false, false, false
	v.play, v.burst = nil, nil
	v.encIMA, v.decIMA = ima.Coder{}, ima.Coder{}
	v.quietMs, v.wasLoud = 0, false
	if v.up != nil {
		v.up.Reset()
		v.down.Reset()
	}
}

// finish ends data with the modem's last word.
func (v *voiceBand) finish() {
	was := v.mode
	v.mode = voiceNone
	if was != voiceTransmit {
		v.flushBurst()
		if !v.m.model.NoETX {
			v.m.at.host.send([]byte{dle, etx})
		}
	}
	v.deaf = v.m.model.DeafAfterPlay && was == voiceTransmit
	v.m.at.ok()
}

// takes reports whether the host's octets are wanted now: not while a command takes its time in command mode, and not
// when the buffer of samples is full.
func (v *voiceBand) takes() bool {
	switch v.mode {
	case voiceNone:
		return v.m.at.report == nil
	case voiceReceive:
		return true
	}
	return !v.ending && len(v.play) < v.m.model.BufferMs*tdm.Quantum
}

// octet takes one of the host's while there are data.
func (v *voiceBand) octet(b byte) {
	if !v.codeIn {
		switch {
		case b == dle:
			v.codeIn = true
		case v.mode == voiceReceive:
			if b == '!' && v.m.model.BareStop {
				v.finish()
			}
		default:
			v.datum(b)
		}
		return
	}
	v.codeIn = false
	switch {
	case b == dle && v.mode != voiceReceive:
		v.datum(dle)
	case b == sub && v.mode != voiceReceive:
		v.datum(dle)
		v.datum(dle)
	case b == etx && v.mode == voiceTransmit:
		v.ending = true
	case b == can && v.mode == voiceTransmit:
		v.play = nil
	case v.mode == voiceReceive && v.m.model.stopsRecord(b), v.mode == voiceDuplex && b == '^':
		v.finish()
	}
}

// datum takes one octet of sound.
func (v *voiceBand) datum(b byte) {
	switch v.coding {
	case "ulaw":
		v.sample(g711.MuLaw.DecodeSample(b))
	case "alaw":
		v.sample(g711.ALaw.DecodeSample(b))
	case "u8":
		v.sample(int16(int(b)-128) << 8)
	case "s8":
		v.sample(int16(int8(b)) << 8)
	case "s16":
		if v.half {
			v.sample(int16(uint16(v.low) | uint16(b)<<8))
		}
		v.half, v.low = !v.half, b
	case "ima":
		v.sample(v.decIMA.Decode(b & 15))
		v.sample(v.decIMA.Decode(b >> 4))
	}
}

func (v *voiceBand) sample(s int16) {
	if v.up == nil {
		v.play = append(v.play, s)
		return
	}
	one := [1]int16{s}
	n := v.up.Process(v.buf, one[:])
	v.play = append(v.play, v.buf[:n]...)
}

// silence sends nothing to the line and opens it.
func (v *voiceBand) silence() {
	law := v.m.card.info.Law.Silence()
	for i := range v.m.tx.Data {
		v.m.tx.Data[i] = law
	}
	clear(v.m.tx.Sig)
}

// keepHook leaves the loop as it is.
func (v *voiceBand) keepHook() {
	if v.hook {
		for i := range v.m.tx.Sig {
			v.m.tx.Sig[i] = tdm.SigOffHook
		}
	}
}

// speak fills the next block for the line.
func (v *voiceBand) speak() {
	m := v.m
	v.silence()
	if v.closeAt > 0 && m.now >= v.closeAt {
		v.hook, v.closeAt = true, 0
	}
	if v.hook && m.now >= v.flashUntil {
		v.keepHook()
	}
	pcm := v.run[:modemBlock]
	clear(pcm)
	n := copy(pcm, v.play)
	v.play = v.play[n:]
	switch {
	case v.dialling != nil: // the network dials for a cellular modem; nobody hears us meanwhile
		if got := v.dialling.Read(pcm); got < len(pcm) {
			v.dialling = nil
			v.dialEnded()
		}
	case v.cellAudio:
		n := copy(pcm, v.cellPlay)
		v.cellPlay = v.cellPlay[n:]
	}
	m.card.info.Law.Encode(m.tx.Data, pcm)
	if v.mode == voiceTransmit || v.mode == voiceDuplex {
		switch {
		case n == modemBlock:
			v.begun = true
		case v.ending:
			v.finish()
		case v.begun:
			v.code('u')
			v.begun = false
		}
	}
}

func (v *voiceBand) dialEnded() {
	if f := v.hold; f != nil {
		v.hold = nil // a cellular modem has answered long ago
		return
	}
	v.m.at.done()
}

// code reports a shielded event to the host.
func (v *voiceBand) code(b byte) {
	if v.m.model.Cellular || !v.m.at.inVoice || v.m.at.host == nil {
		return
	}
	v.flushBurst()
	v.m.at.host.send([]byte{dle, b})
}

// listen takes the block that has come from the line.
func (v *voiceBand) listen() {
	m := v.m
	m.card.info.Law.Decode(v.heard[:], m.rx.Data)
	if !v.hook {
		v.sig = 0
		return
	}
	v.loop()
	v.dialTone()
	v.events()
	switch {
	case v.mode == voiceReceive || v.mode == voiceDuplex:
		v.send(v.heard[:])
	case v.cellAudio:
		v.cell()
	}
}

// loop reports breaks and reversals of the loop current.
func (v *voiceBand) loop() {
	for _, bits := range v.m.rx.SigSlot(0) {
		if v.sig&tdm.SigLoopCurrent != 0 && v.m.now >= v.flashUntil+500 {
			if bits&tdm.SigLoopCurrent == 0 {
				v.code('l')
			}
			if (bits^v.sig)&tdm.SigReversed != 0 && bits&tdm.SigLoopCurrent != 0 && v.sig&tdm.SigBattery != 0 {
				v.code('L')
			}
		}
		v.sig = bits
	}
}

// dialTone waits for dial tone, and dials.
func (v *voiceBand) dialTone() {
	if v.dialled == "" {
		return
	}
	v.toneEv = v.dialEar.Process(v.heard[:], v.toneEv[:0])
	ready := v.m.model.Cellular && v.m.x.state == officeDialTone
	for _, e := range v.toneEv {
		ready = ready || e.Kind == tone.Recognised && e.Name == "dial"
	}
	switch {
	case ready:
		v.dialling = dtmf.NewSource(strings.ReplaceAll(v.dialled, "W", ""), 70, 70, level.DBm0(-6))
		v.dialled = ""
	case v.m.now >= v.dialBy && !v.m.model.Cellular:
		v.dialled, v.dialFailed = "", true
		v.m.at.done()
	}
}

// events hears digits, tones and silence.
func (v *voiceBand) events() {
	v.dtmfEv = v.dtmf.Process(v.heard[:], v.dtmfEv[:0])
	for _, e := range v.dtmfEv {
		v.hearDigit(e)
	}
	if v.digit != 0 && v.m.now >= v.digitAt {
		v.digitAt = v.m.now + 70
		v.code(v.digit)
	}
	v.toneEv = v.tones.Process(v.heard[:], v.toneEv[:0])
	for _, e := range v.toneEv {
		switch {
		case e.Kind == tone.Recognised && (e.Name == "busy" || e.Name == "congestion"):
			v.busy, v.busyAt = true, v.m.now
		case e.Kind == tone.End && (e.Name == "busy" || e.Name == "congestion"):
			v.busy = false
		case e.Kind == tone.Recognised && e.Name == "dial" && v.mode != voiceNone:
			v.code('d')
		}
	}
	if v.busy && v.m.now >= v.busyAt {
		v.code('b')
		v.busyAt = v.m.now + int64(or(v.m.model.EventRepeatMs, 1<<30))
	}
	v.hush()
}

func (v *voiceBand) hearDigit(e dtmf.Event) {
	switch {
	case v.deaf:
	case !v.m.model.ShieldDTMF && e.Kind == dtmf.Start:
		v.code(e.Digit)
	case v.m.model.ShieldDTMF && e.Kind == dtmf.Start:
		v.code('/')
		v.digit, v.digitAt = e.Digit, v.m.now
	case v.m.model.ShieldDTMF && e.Kind == dtmf.End && v.digit != 0:
		v.digit = 0
		v.code('~')
	}
}

// hush reports silence as +VSD has set it.
func (v *voiceBand) hush() {
	if level.Of(v.heard[:]) > -45 {
		v.wasLoud, v.quietMs = true, 0
		return
	}
	v.quietMs += modemBlock / tdm.Quantum
	if v.silenceMs > 0 && v.quietMs == v.silenceMs && v.mode == voiceReceive {
		if v.wasLoud {
			v.code('q')
		} else {
			v.code('s')
		}
	}
}

// send gives samples from the line to the host.
func (v *voiceBand) send(pcm []int16) {
	if v.down != nil {
		pcm = v.buf[:v.down.Process(v.buf, pcm)]
	}
	for _, s := range pcm {
		switch v.coding {
		case "ulaw":
			v.put(g711.MuLaw.EncodeSample(s))
		case "alaw":
			v.put(g711.ALaw.EncodeSample(s))
		case "u8":
			v.put(byte(min(int(s)+128, 32767)>>8 + 128))
		case "s8":
			v.put(byte(min(int(s)+128, 32767) >> 8))
		case "s16":
			v.put(byte(s))
			v.put(byte(uint16(s) >> 8))
		case "ima":
			c := v.encIMA.Encode(s)
			if v.paired {
				v.put(v.nibble | c<<4)
			}
			v.nibble, v.paired = c, !v.paired
		}
	}
	if len(v.burst) >= v.m.model.BurstMs*v.rate/1000 {
		v.flushBurst()
	}
}

// put shields one octet. A modem that knows <DLE><SUB> says it for two of them.
func (v *voiceBand) put(b byte) {
	if b != dle {
		v.burst = append(v.burst, b)
		return
	}
	if n := len(v.burst); v.m.model.Sub && n >= 2 && v.burst[n-1] == dle && v.burst[n-2] == dle && (n < 3 || v.burst[n-3] != dle) {
		v.burst[n-1] = sub
		return
	}
	v.burst = append(v.burst, dle, dle)
}

func (v *voiceBand) flushBurst() {
	if len(v.burst) == 0 {
		return
	}
	if !v.m.at.host.send(v.burst) {
		v.burst = nil
		v.m.at.host.send([]byte{dle, 'o'})
		return
	}
	v.burst = nil
}

// cell exchanges raw frames by the second port: 20 ms each, as the network paces them.
func (v *voiceBand) cell() {
	if v.second == nil {
		return
	}
	for _, s := range v.heard {
		if v.dialled != "" || v.dialling != nil {
			s = 0 // the network dials, and is not heard doing it
		}
		v.burst = append(v.burst, byte(s), byte(uint16(s)>>8))
	}
	if len(v.burst) >= 320 {
		v.second.send(v.burst)
		v.burst = nil
	}
	if len(v.cellPlay) < tdm.Rate/2 {
		b := v.second.take(320)
		for i := 0; i+1 < len(b); i += 2 {
			v.cellPlay = append(v.cellPlay, int16(uint16(b[i])|uint16(b[i+1])<<8))
		}
	}
}
