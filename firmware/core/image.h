// Signed images in flash: what firmware/image builds, checked octet by octet. The header is
//
//	  0  4  "TPFW"                 16   8  key id              96  64  SHA-512 of the body
//	  4  2  format 1               24   8  zero               160 288  zero
//	  6  2  512                    32  64  descriptor         448  64  Ed25519 of the 448 octets before
//	  8  4  length of the body
//	 12  4  zero
#pragma once

#include "core.h"
#include "describe.h"
#include "sha512.h"

enum { IMAGE_HEADER = 512, IMAGE_SIGNED = 448, KEYS = 2, KEY_SIZE = 32 };

// Why an image is refused. The link sends these numbers, so they stay.
enum image_fault {
	IMAGE_OK,
	IMAGE_EMPTY,     // no header
	IMAGE_MALFORMED, // a header that no tool writes
	IMAGE_BOARD,     // for another board or hardware revision
	IMAGE_SLOT,      // linked for another slot
	IMAGE_OLD,       // below the security floor
	IMAGE_KEY,       // signed with a key that is not built in
	IMAGE_SIGNATURE, // not signed with that key
	IMAGE_DIGEST,    // the body is not the one that was signed
};

// What images are measured by.
struct image_rules {
	const char *board;
	uint16_t hardware;
	uint32_t floor;
	const uint8_t (*keys)[KEY_SIZE]; // KEYS of them; one of zeros is no key
};

// An image being checked, a piece at a time, so that whoever checks can do other things in between.
struct image_check {
	struct descriptor descriptor; // valid once the header has been found good
	uint32_t at, end;             // the body that is still to be read
	uint8_t digest[SHA512_SIZE];
	struct sha512 hash;
	enum image_fault fault;
};

// image_begin reads the header of slot and checks all of it but the body. image_step reads up to n octets of the body and
// reports whether the verdict, in fault, is final.
void image_begin(struct image_check *c, uint8_t slot, const struct image_rules *rules);
bool image_step(struct image_check *c, uint32_t n);

// image_verdict checks slot in one go.
enum image_fault image_verdict(struct image_check *c, uint8_t slot, const struct image_rules *rules);
