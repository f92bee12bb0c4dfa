// SHA-512 (FIPS 180-4, 6.4).
#pragma once

#include "core.h"

enum { SHA512_SIZE = 64 };

struct sha512 {
	uint64_t h[8];
	uint64_t length; // octets so far: 2^61 are more than there is memory for
	uint8_t block[128];
};

void sha512_init(struct sha512 *s);
void sha512_add(struct sha512 *s, const void *data, size_t n);
void sha512_end(struct sha512 *s, uint8_t digest[SHA512_SIZE]);
