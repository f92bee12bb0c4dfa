// Ed25519 (RFC 8032, 5.1): verification only.
#pragma once

#include "core.h"

enum { ED25519_KEY_SIZE = 32, ED25519_SIGNATURE_SIZE = 64 };

// ed25519_verify reports whether signature is that of the n octets of message under the public key. It follows 5.1.7
// with the equation without cofactor and compares encodings, as Go's crypto/ed25519 does; unlike Go it also refuses a key
// that is not the one encoding of its point (5.1.3, steps 1 and 4). It takes time that depends on its input, all of which
// is public.
bool ed25519_verify(const uint8_t key[ED25519_KEY_SIZE], const void *message, size_t n,
	const uint8_t signature[ED25519_SIGNATURE_SIZE]);
