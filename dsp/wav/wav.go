// Package wav reads and writes RIFF WAVE files of telephone audio: one channel, 16-bit linear or G.711.
//
// Read accepts any sample rate and hands it to the caller, since this package does not resample; everything in this project
// that plays a file wants 8000. Write makes 16-bit linear files at 8 kHz, which every sound tool reads. Chunks other than
// "fmt " and "data" are skipped. A data chunk whose length was never filled in (0 or 0xFFFFFFFF, as programs leave it that
// write to a pipe) extends to the end of the file.
//
// Files come from outside: Read never allocates more than the file really contains and refuses what it does not
// understand with one error that says what was found and what to do.
package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"tipring/dsp/g711"
)

// Rate is the sample rate of all audio in this project, and of what Write writes.
const Rate = 8000

// Format tags of the "fmt " chunk (RFC 2361).
const (
	formatPCM        = 0x0001
	formatALaw       = 0x0006
	formatMuLaw      = 0x0007
	formatExtensible = 0xFFFE
)

const streaming = 0xFFFFFFFF // length of a chunk that was not known when its header was written

// Read returns the samples of a file and its sample rate in Hz.
func Read(r io.Reader) (pcm []int16, rate int, err error) {
	var head [12]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, 0, fmt.Errorf("not a WAV file: it has fewer than 12 bytes (%w)", noEOF(err))
	}
	if string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return nil, 0, fmt.Errorf("not a WAV file: it starts with %q, not with RIFF....WAVE; convert it, as with: sox IN -r 8000 -c 1 -b 16 OUT.wav", head[:])
	}
	var f *format
	for {
		var h [8]byte
		if _, err := io.ReadFull(r, h[:]); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil, 0, errors.New("WAV file without a data chunk: it is cut short or has no audio")
			}
			return nil, 0, err
		}
		id, size := string(h[:4]), binary.LittleEndian.Uint32(h[4:])
		switch id {
		case "fmt ":
			if f, err = readFormat(r, size); err != nil {
				return nil, 0, err
			}
		case "data":
			if f == nil {
				return nil, 0, errors.New("WAV file with its data chunk before its fmt chunk: the format of the samples is not known")
			}
			pcm, err := f.readData(r, size)
			return pcm, f.rate, err
		default:
			if _, err := io.CopyN(io.Discard, r, int64(size)+int64(size&1)); err != nil {
				return nil, 0, fmt.Errorf("WAV file ends inside its %q chunk (%w)", id, noEOF(err))
			}
		}
	}
}

type format struct {
	tag  uint16
	rate int
}

func readFormat(r io.Reader, size uint32) (*format, error) {
	if size < 16 || size > 1024 {
		return nil, fmt.Errorf("WAV fmt chunk of %d bytes, want 16 to 40", size)
	}
	b := make([]byte, size+size&1)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("WAV file ends inside its fmt chunk (%w)", noEOF(err))
	}
	tag, channels, rate, bits := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:]), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint16(b[14:])
	if tag == formatExtensible && size >= 26 {
		tag = binary.LittleEndian.Uint16(b[24:]) // first two octets of the sub-format's GUID
	}
	const advice = "; convert it, as with: sox IN.wav -r 8000 -c 1 -b 16 OUT.wav"
	if channels != 1 {
		return nil, fmt.Errorf("WAV file with %d channels, want 1%s", channels, advice)
	}
	if rate < 1000 || rate > 384000 {
		return nil, fmt.Errorf("WAV file with %d samples a second, want 8000%s", rate, advice)
	}
	want := uint16(8)
	switch tag {
	case formatPCM:
		want = 16
	case formatALaw, formatMuLaw:
	default:
		return nil, fmt.Errorf("WAV file in format %#04x, want 16-bit linear (0x0001), A-law (0x0006) or mu-law (0x0007)%s", tag, advice)
	}
	if bits != want {
		return nil, fmt.Errorf("WAV file with %d bits a sample, want %d in format %#04x%s", bits, want, tag, advice)
	}
	return &format{tag, int(rate)}, nil
}

func (f *format) readData(r io.Reader, size uint32) ([]int16, error) {
	limit := int64(size)
	if size == 0 || size == streaming {
		limit = 1<<63 - 1
	}
	data, err := io.ReadAll(io.LimitReader(r, limit))
	if err != nil {
		return nil, err
	}
	if limit != 1<<63-1 && int64(len(data)) < limit {
		return nil, fmt.Errorf("WAV file cut short: its data chunk has %d of %d bytes", len(data), size)
	}
	switch f.tag {
	case formatALaw, formatMuLaw:
		law := g711.MuLaw
		if f.tag == formatALaw {
			law = g711.ALaw
		}
		pcm := make([]int16, len(data))
		law.Decode(pcm, data)
		return pcm, nil
	}
	if len(data)%2 != 0 {
		return nil, fmt.Errorf("WAV file with half a sample at its end: %d bytes of 16-bit data", len(data))
	}
	pcm := make([]int16, len(data)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(data[2*i:]))
	}
	return pcm, nil
}

// Write writes pcm as a 16-bit linear file at 8 kHz.
func Write(w io.Writer, pcm []int16) error {
	const header = 44
	if int64(len(pcm)) > (1<<32-1-header)/2 {
		return fmt.Errorf("%d samples are more than a WAV file can hold; write several files", len(pcm))
	}
	data := 2 * len(pcm)
	b := make([]byte, 0, header+data)
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(header-8+data))
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, formatPCM)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint32(b, Rate)
	b = binary.LittleEndian.AppendUint32(b, Rate*2)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(data))
	for _, s := range pcm {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	_, err := w.Write(b)
	return err
}

// noEOF makes the end of a file that should go on an unexpected one.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
