package framing

// crc4Table advances a CRC-4 (x^4+x+1, ITU-T G.704 2.3.3.4) by one octet: index is the register in the high nibble, XORed
// with the octet.
var crc4Table = crcTable(4, 0x3)

// crc6Table does so for the CRC-6 (x^6+x+1, ITU-T G.704 2.1.3.1.2), with the register in the high six bits.
var crc6Table = crcTable(6, 0x3)

func crcTable(width uint, poly uint8) (t [256]uint8) {
	for i := range t {
		reg := uint8(i)
		for range 8 {
			top := reg & 0x80
			if reg <<= 1; top != 0 {
				reg ^= poly << (8 - width)
			}
		}
		t[i] = reg >> (8 - width)
	}
	return t
}

func crc4(crc uint8, octets []byte) uint8 {
	for _, o := range octets {
		crc = crc4Table[crc<<4^o]
	}
	return crc
}

func crc6(crc uint8, octets []byte) uint8 {
	for _, o := range octets {
		crc = crc6Table[crc<<2^o]
	}
	return crc
}

// crc6Bit advances by a single bit, the F bit.
func crc6Bit(crc, bit uint8) uint8 {
	top := crc>>5 ^ bit
	crc = crc << 1 & 0x3f
	if top&1 != 0 {
		crc ^= 0x3
	}
	return crc
}
