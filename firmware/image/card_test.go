package image_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"testing"

	"tipring/firmware/image"
	"tipring/firmware/oracle"
)

// verify asks the card's code about one signature.
func verify(t *testing.T, o *oracle.Oracle, key, message, signature []byte) bool {
	answer := o.Ask(t, 'V', bytes.Join([][]byte{key, signature, message}, nil))
	return len(answer) == 1 && answer[0] == 1
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// RFC 8032 §7.1: the secret key, the message; the rest follows from them and is checked against the text here.
var rfc8032 = []struct{ name, secret, public, message, signature string }{
	{"test 1", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
	{"test 2", "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
		"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
	{"test 3", "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
		"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
}

func TestCardVerifiesRFC8032(t *testing.T) {
	o := oracle.Start(t)
	for _, v := range rfc8032 {
		key := ed25519.NewKeyFromSeed(unhex(t, v.secret))
		public, message, signature := unhex(t, v.public), unhex(t, v.message), unhex(t, v.signature)
		if !bytes.Equal(public, key.Public().(ed25519.PublicKey)) || !bytes.Equal(signature, ed25519.Sign(key, message)) {
			t.Fatalf("%s: not what the RFC says", v.name)
		}
		if !verify(t, o, public, message, signature) {
			t.Errorf("%s: refused", v.name)
		}
		for bit := range 8 * 64 { // every bit of the signature, then of the key
			bad := bytes.Clone(signature)
			bad[bit/8] ^= 1 << (bit % 8)
			if verify(t, o, public, message, bad) {
				t.Errorf("%s: accepted with bit %d of the signature flipped", v.name, bit)
			}
		}
		for bit := range 8 * 32 {
			bad := bytes.Clone(public)
			bad[bit/8] ^= 1 << (bit % 8)
			if verify(t, o, bad, message, signature) {
				t.Errorf("%s: accepted with bit %d of the key flipped", v.name, bit)
			}
		}
	}
}

func random(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// order is L of RFC 8032 §5.1, little-endian.
var order = []byte{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 31: 0x10}

// The card and Go agree on whatever may come, but for keys with a second encoding, which the card refuses (§5.1.3).
func TestCardVerifiesAsGo(t *testing.T) {
	o := oracle.Start(t)
	r := rand.New(rand.NewPCG(1, 2))
	check := func(what string, key, message, signature []byte) {
		t.Helper()
		if got, want := verify(t, o, key, message, signature), ed25519.Verify(key, message, signature); got != want {
			t.Errorf("%s: the card says %v, Go says %v", what, got, want)
		}
	}
	for i := range 60 {
		key := ed25519.NewKeyFromSeed(random(r, 32))
		public := key.Public().(ed25519.PublicKey)
		message := random(r, i*7)
		signature := ed25519.Sign(key, message)
		if !verify(t, o, public, message, signature) {
			t.Fatalf("key %x, %d octets: refused", public, len(message))
		}
		// s + L is the same scalar once more; §5.1.7 wants s below L.
		malleable, carry := bytes.Clone(signature), 0
		for j, l := range order {
			carry += int(malleable[32+j]) + int(l)
			malleable[32+j] = byte(carry)
			carry >>= 8
		}
		check("s + L", public, message, malleable)
		if verify(t, o, public, message, malleable) {
			t.Error("accepted s + L")
		}
		check("random signature", public, message, random(r, 64))
		check("random key", random(r, 32), message, signature)
		longer := append(bytes.Clone(message), 0)
		check("longer message", public, longer, signature)
		flipped := bytes.Clone(signature)
		flipped[r.IntN(64)] ^= 1 << r.IntN(8)
		check("flipped bit", public, message, flipped)
	}
	// Points of small order and encodings that are not canonical: y = 0, 1, p-1, p, p+1, 2^255-1, with both signs.
	p := []byte{0xed, 30: 0xff, 31: 0x7f}
	for i := 1; i < 30; i++ {
		p[i] = 0xff
	}
	plus := func(n int) []byte { // p + n, |n| small enough for the first octet
		b := bytes.Clone(p)
		b[0] = byte(int(b[0]) + n)
		return b
	}
	keys := [][]byte{make([]byte, 32), {1, 31: 0}, plus(-1), plus(0), plus(1), plus(18)}
	for _, k := range keys {
		for _, sign := range []byte{0, 0x80} {
			key := bytes.Clone(k)
			key[31] |= sign
			canonical := bytes.Compare(reversed(k), reversed(p)) < 0 && (sign == 0 || !bytes.Equal(k, keys[1]) && !bytes.Equal(k, keys[2]))
			for _, R := range append(keys, random(r, 32)) {
				signature := append(bytes.Clone(R), make([]byte, 32)...)
				if canonical {
					check("small order", key, []byte("message"), signature)
				} else if verify(t, o, key, []byte("message"), signature) {
					t.Errorf("key %x: accepted, and it is no point's one encoding", key)
				}
			}
		}
	}
}

func reversed(b []byte) []byte {
	r := make([]byte, len(b))
	for i, v := range b {
		r[len(b)-1-i] = v
	}
	return r
}

func TestCardHashesAsGo(t *testing.T) {
	o := oracle.Start(t)
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 300 {
		message := random(r, n)
		if want := sha512.Sum512(message); !bytes.Equal(o.Ask(t, 'H', message), want[:]) {
			t.Fatalf("%d octets hash to something else", n)
		}
	}
}

// judge asks the card's code about an image.
func judge(t *testing.T, o *oracle.Oracle, slot image.Slot, hardware uint16, floor uint32, board string, key ed25519.PublicKey, raw []byte) int {
	in := binary.LittleEndian.AppendUint16([]byte{byte(slot)}, hardware)
	in = binary.LittleEndian.AppendUint32(in, floor)
	in = append(in, make([]byte, 12)...)
	copy(in[7:], board)
	answer := o.Ask(t, 'I', append(append(in, key...), raw...))
	if len(answer) != 1 {
		return -1
	}
	return int(answer[0])
}

// The faults of firmware/core/image.h.
const (
	good = iota
	empty
	malformed
	otherBoard
	otherSlot
	tooOld
	otherKey
	badSignature
	badDigest
)

func TestCardJudgesImages(t *testing.T) {
	o := oracle.Start(t)
	key, other := newKey(1), newKey(2)
	public := key.Public().(ed25519.PublicKey)
	m := sign(t, body(descriptor{board: "test", version: "1.2.3", security: 7, oldest: 2, newest: 4}), key)
	b := sign(t, body(descriptor{board: "test", version: "1.2.3", security: 7, slot: image.B}), key)
	edit := func(at int, v byte) []byte {
		raw := bytes.Clone(m.Raw)
		raw[at] ^= v
		return raw
	}
	// A header that is signed and yet says something that no tool writes.
	resign := func(change func(raw []byte)) []byte {
		raw := bytes.Clone(m.Raw)
		change(raw)
		copy(raw[448:], ed25519.Sign(key, raw[:448]))
		return raw
	}
	for _, c := range []struct {
		name     string
		slot     image.Slot
		hardware uint16
		floor    uint32
		board    string
		key      ed25519.PublicKey
		raw      []byte
		want     int
	}{
		{"as signed", image.A, 2, 7, "test", public, m.Raw, good},
		{"the newest hardware", image.A, 4, 0, "test", public, m.Raw, good},
		{"for B", image.B, 1, 0, "test", public, b.Raw, good},
		{"nothing", image.A, 2, 0, "test", public, nil, empty},
		{"another magic", image.A, 2, 0, "test", public, edit(0, 1), empty},
		{"another format", image.A, 2, 0, "test", public, edit(4, 3), malformed},
		{"padding", image.A, 2, 0, "test", public, edit(200, 1), malformed},
		{"another length", image.A, 2, 0, "test", public, edit(8, 16), badSignature},
		{"a length that is none", image.A, 2, 0, "test", public, edit(8, 1), malformed},
		{"another board", image.A, 2, 0, "tes", public, m.Raw, otherBoard},
		{"another board, longer", image.A, 2, 0, "test2", public, m.Raw, otherBoard},
		{"older hardware", image.A, 1, 0, "test", public, m.Raw, otherBoard},
		{"newer hardware", image.A, 5, 0, "test", public, m.Raw, otherBoard},
		{"in the other slot", image.B, 2, 0, "test", public, m.Raw, otherSlot},
		{"below the floor", image.A, 2, 8, "test", public, m.Raw, tooOld},
		{"another key", image.A, 2, 0, "test", other.Public().(ed25519.PublicKey), m.Raw, otherKey},
		{"no key", image.A, 2, 0, "test", make(ed25519.PublicKey, 32), m.Raw, otherKey},
		{"version changed", image.A, 2, 0, "test", public, edit(64, 1), badSignature},
		{"signature changed", image.A, 2, 0, "test", public, edit(500, 1), badSignature},
		{"first octet of the body", image.A, 2, 0, "test", public, edit(512, 1), badDigest},
		{"last octet of the body", image.A, 2, 0, "test", public, edit(len(m.Raw)-1, 0x80), badDigest},
		{"signed with padding", image.A, 2, 0, "test", public, resign(func(raw []byte) { raw[300] = 1 }), malformed},
		{"signed without a version", image.A, 2, 0, "test", public, resign(func(raw []byte) { clear(raw[64:96]) }), malformed},
		{"signed with a name in the padding", image.A, 2, 0, "test", public, resign(func(raw []byte) { raw[95] = 'x' }), malformed},
	} {
		if got := judge(t, o, c.slot, c.hardware, c.floor, c.board, c.key, c.raw); got != c.want {
			t.Errorf("%s: fault %d, want %d", c.name, got, c.want)
		}
	}
	for bit := range 8 * image.HeaderSize {
		raw := bytes.Clone(m.Raw)
		raw[bit/8] ^= 1 << (bit % 8)
		if judge(t, o, image.A, 2, 0, "test", public, raw) == good {
			t.Errorf("accepted with bit %d of the header flipped", bit)
		}
	}
}

// Whatever the octets, card and host agree on what is an image.
func FuzzImage(f *testing.F) {
	key := newKey(1)
	public := key.Public().(ed25519.PublicKey)
	m := sign(f, body(descriptor{board: "test", version: "1", security: 1}), key)
	f.Add(m.Raw)
	f.Add(m.Raw[:len(m.Raw)-1])
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{0xff}, 600))
	o := oracle.Start(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		images, err := image.Parse(raw)
		here := err == nil && len(images) == 1 && images[0].Slot == image.A && images[0].Verify(public) == nil &&
			images[0].Board == "test" && images[0].HardwareMin <= 1 && images[0].HardwareMax >= 1
		card := judge(t, o, image.A, 1, 0, "test", public, raw)
		if here && card != good {
			t.Errorf("accepted here, and by the card fault %d", card)
		}
		if !here && card == good && (err == nil || len(raw) <= len(m.Raw)) { // what lies behind an image in flash is nobody's
			t.Errorf("accepted by the card, and here: %v", err)
		}
	})
}
