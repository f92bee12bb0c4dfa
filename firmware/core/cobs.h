// Consistent overhead byte stuffing (Cheshire and Baker, 1999): octets without a zero between zeros.
#pragma once

#include "core.h"

// COBS_MAX is the most that n octets become, delimiters not counted.
#define COBS_MAX(n) ((n) + (n) / 254 + 1)

// cobs_encode writes the encoding of in to out, which has room for COBS_MAX(n), and returns its length.
size_t cobs_encode(uint8_t *out, const uint8_t *in, size_t n);

// cobs_decode decodes n octets in place and returns their length, or -1 when they are no encoding: a zero inside, or a
// group that is cut short.
int cobs_decode(uint8_t *data, size_t n);
