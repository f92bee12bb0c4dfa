package image

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Sizes and places in octets.
const (
	HeaderSize     = 512
	descriptorSize = 64
	descriptorAt   = 0x1C0 // in the body, behind the vectors of the largest STM32F4
	bodyMin        = descriptorAt + descriptorSize
	signedSize     = HeaderSize - ed25519.SignatureSize
	// SlotSize is the flash of one slot, header and body: three sectors of 128 KiB (RM0090 §3.3, table 6).
	SlotSize = 384 << 10
	// BodyMax is the longest body.
	BodyMax = SlotSize - HeaderSize
)

const (
	magicImage      = "TPFW"
	magicDescriptor = "TPRB"
	format          = 1
)

// What Verify finds.
var (
	ErrKey       = errors.New("signed with a key that is not among those given")
	ErrSignature = errors.New("the signature does not fit the header")
	ErrDigest    = errors.New("the body does not fit its SHA-512")
)

// Slot is where an image lies in flash.
type Slot uint8

// The slots. Boot is no slot of an image: it marks the bootloader's own build.
const (
	A    Slot = 0
	B    Slot = 1
	Boot Slot = 255
)

func (s Slot) String() string {
	switch s {
	case A:
		return "A"
	case B:
		return "B"
	case Boot:
		return "boot"
	}
	return fmt.Sprintf("%d", uint8(s))
}

// Address returns where the body of an image of slot s begins.
func (s Slot) Address() uint32 { return 0x08020000 + uint32(s)*0x80000 + HeaderSize }

// A Descriptor is what a build says about itself.
type Descriptor struct {
	Board                    string
	Version                  string
	Slot                     Slot
	Address                  uint32 // of the body
	Security                 uint32
	HardwareMin, HardwareMax uint16
}

// A KeyID names a public key.
type KeyID [8]byte

func (k KeyID) String() string { return fmt.Sprintf("%x", k[:]) }

// ID returns the name of a public key.
func ID(key ed25519.PublicKey) KeyID {
	sum := sha512.Sum512(key)
	return KeyID(sum[:8])
}

// An Image is one signed program. Raw is all of it as it is written to flash.
type Image struct {
	Descriptor
	Key KeyID
	Raw []byte
}

// Body is the program.
func (m Image) Body() []byte { return m.Raw[HeaderSize:] }

// Describe returns the descriptor of a body as the compiler made it.
func Describe(body []byte) (Descriptor, error) {
	if len(body) < bodyMin {
		return Descriptor{}, fmt.Errorf("%d octets are too short for a program", len(body))
	}
	return parseDescriptor(body[descriptorAt:][:descriptorSize])
}

func parseDescriptor(b []byte) (d Descriptor, err error) {
	if string(b[:4]) != magicDescriptor {
		return d, errors.New("no descriptor: not a build of this firmware")
	}
	d.Address = binary.LittleEndian.Uint32(b[4:])
	d.Security = binary.LittleEndian.Uint32(b[8:])
	d.HardwareMin = binary.LittleEndian.Uint16(b[12:])
	d.HardwareMax = binary.LittleEndian.Uint16(b[14:])
	d.Slot = Slot(b[16])
	if !zero(b[17:20]) {
		return d, errors.New("descriptor: padding is not zero")
	}
	if d.Board, err = text(b[20:32]); err != nil {
		return d, fmt.Errorf("descriptor: board: %w", err)
	}
	if d.Version, err = text(b[32:64]); err != nil {
		return d, fmt.Errorf("descriptor: version: %w", err)
	}
	switch {
	case d.Slot != Boot && (d.Slot > B || d.Address != d.Slot.Address()):
		return d, fmt.Errorf("descriptor: address %#08x is not that of slot %v", d.Address, d.Slot)
	case d.HardwareMin > d.HardwareMax:
		return d, fmt.Errorf("descriptor: hardware revisions from %d to %d", d.HardwareMin, d.HardwareMax)
	}
	return d, nil
}

// text reads printable ASCII, at least one character, padded with at least one zero.
func text(b []byte) (string, error) {
	n := bytes.IndexByte(b, 0)
	if n < 1 || !zero(b[n:]) {
		return "", errors.New("not text padded with zeros")
	}
	for _, c := range b[:n] {
		if c < 0x21 || c > 0x7e {
			return "", fmt.Errorf("octet %#02x in a name", c)
		}
	}
	return string(b[:n]), nil
}

func zero(b []byte) bool { return !slices.ContainsFunc(b, func(c byte) bool { return c != 0 }) }

// Sign makes an image of a program as the compiler made it.
func Sign(body []byte, key ed25519.PrivateKey) (Image, error) {
	body = append(slices.Clone(body), make([]byte, -len(body)&15)...)
	d, err := Describe(body)
	switch {
	case err != nil:
		return Image{}, err
	case d.Slot == Boot:
		return Image{}, errors.New("this is the bootloader, which no update writes")
	case len(body) > BodyMax:
		return Image{}, fmt.Errorf("%d octets do not fit into a slot of %d", len(body), BodyMax)
	}
	raw := make([]byte, HeaderSize, HeaderSize+len(body))
	copy(raw, magicImage)
	binary.LittleEndian.PutUint16(raw[4:], format)
	binary.LittleEndian.PutUint16(raw[6:], HeaderSize)
	binary.LittleEndian.PutUint32(raw[8:], uint32(len(body)))
	id := ID(key.Public().(ed25519.PublicKey))
	copy(raw[16:], id[:])
	copy(raw[32:], body[descriptorAt:][:descriptorSize])
	sum := sha512.Sum512(body)
	copy(raw[96:], sum[:])
	copy(raw[signedSize:], ed25519.Sign(key, raw[:signedSize]))
	return Image{Descriptor: d, Key: id, Raw: append(raw, body...)}, nil
}

// Parse reads a bundle: at least one image, all of one board and version, each slot once. It checks the form and not the
// signatures; the images share memory with data.
func Parse(data []byte) ([]Image, error) {
	var images []Image
	for len(data) > 0 {
		m, err := parse(data)
		if err != nil {
			return nil, fmt.Errorf("image %d: %w", len(images)+1, err)
		}
		for _, other := range images {
			switch {
			case m.Slot == other.Slot:
				return nil, fmt.Errorf("two images for slot %v", m.Slot)
			case m.Board != other.Board || m.Version != other.Version || m.Security != other.Security:
				return nil, fmt.Errorf("images of two builds: %s %s and %s %s", other.Board, other.Version, m.Board, m.Version)
			}
		}
		images = append(images, m)
		data = data[len(m.Raw):]
	}
	if images == nil {
		return nil, errors.New("no image: the file is empty")
	}
	return images, nil
}

// parse reads the image that data begins with.
func parse(data []byte) (Image, error) {
	if len(data) < HeaderSize || string(data[:4]) != magicImage {
		return Image{}, errors.New("not a firmware image")
	}
	length := binary.LittleEndian.Uint32(data[8:])
	switch f := binary.LittleEndian.Uint16(data[4:]); {
	case f != format:
		return Image{}, fmt.Errorf("format %d, known is %d", f, format)
	case binary.LittleEndian.Uint16(data[6:]) != HeaderSize:
		return Image{}, errors.New("the header has another length")
	case !zero(data[12:16]), !zero(data[24:32]), !zero(data[160:signedSize]):
		return Image{}, errors.New("padding is not zero")
	case length%16 != 0 || length < bodyMin || length > BodyMax:
		return Image{}, fmt.Errorf("body of %d octets", length)
	case uint32(len(data)-HeaderSize) < length:
		return Image{}, fmt.Errorf("cut short: %d of %d octets", len(data), HeaderSize+length)
	}
	d, err := parseDescriptor(data[32:96])
	if err != nil {
		return Image{}, err
	}
	m := Image{Descriptor: d, Key: KeyID(data[16:24]), Raw: data[: HeaderSize+length : HeaderSize+length]}
	if d.Slot == Boot || !bytes.Equal(data[32:96], m.Body()[descriptorAt:][:descriptorSize]) {
		return Image{}, errors.New("header and program disagree about what it is")
	}
	return m, nil
}

// Verify checks signature and digest with whichever of keys the image names: ErrKey, ErrSignature, ErrDigest or nil.
func (m Image) Verify(keys ...ed25519.PublicKey) error {
	i := slices.IndexFunc(keys, func(k ed25519.PublicKey) bool { return ID(k) == m.Key })
	sum := sha512.Sum512(m.Body())
	switch {
	case i < 0:
		return fmt.Errorf("%w (%v)", ErrKey, m.Key)
	case !ed25519.Verify(keys[i], m.Raw[:signedSize], m.Raw[signedSize:HeaderSize]):
		return ErrSignature
	case !bytes.Equal(m.Raw[96:160], sum[:]):
		return ErrDigest
	}
	return nil
}
