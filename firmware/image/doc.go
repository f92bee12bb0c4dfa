// Package image is the file format of the line card's firmware: it builds, signs, reads and verifies images, and keeps keys.
//
// An image is a header of 512 octets and a body, the program as it lies in flash. Numbers are little-endian.
//
//	  0  4  magic "TPFW"
//	  4  2  format, 1
//	  6  2  length of the header, 512
//	  8  4  length of the body, a multiple of 16, at most BodyMax
//	 12  4  zero
//	 16  8  key id: the first octets of the SHA-512 of the public key
//	 24  8  zero
//	 32 64  descriptor, the same 64 octets that the body has at its offset 0x1C0
//	 96 64  SHA-512 of the body
//	160 ..  zero
//	448 64  Ed25519 signature of the 448 octets before it
//
// The descriptor is written by the compiler (firmware/core/describe.h), so that a build says itself what it is for and
// cannot be signed as something else:
//
//	 0  4  magic "TPRB"
//	 4  4  address of the body
//	 8  4  security number: a card never again runs one below that of an image it has confirmed
//	12  2  oldest hardware revision that it runs on
//	14  2  newest
//	16  1  slot: 0 A, 1 B, 255 the bootloader
//	17  3  zero
//	20 12  board, ASCII padded with zeros
//	32 32  version, ASCII padded with zeros
//
// Code runs where it lies, so a version is two images, one linked for each slot. A bundle is a file with one image after
// the other; a card is sent the one for the slot that does not run.
//
// Every number and every padding octet is covered by the signature, and a reader refuses what it does not know: a header
// has one valid reading. The card checks all of this again, in C, before it marks an image as bootable and at every start;
// the tests hold both readers to the same verdicts.
package image
