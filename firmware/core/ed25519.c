#include "ed25519.h"

#include "sha512.h"

// Field elements are numbers below 2^256 in eight limbs, least significant first, that stand for their remainder by
// p = 2^255 - 19; since 2^256 = 38 (mod p), what runs over the top comes back times 38. freeze() gives the one
// representative below p.
typedef struct {
	uint32_t v[8];
} fe;

// Points of the curve -x^2 + y^2 = 1 + d x^2 y^2 in extended coordinates: x = X/Z, y = Y/Z, x y = T/Z (RFC 8032, 5.1.4).
struct point {
	fe x, y, z, t;
};

static const fe zero, one = {{1}};
static const fe d = {{0x135978a3, 0x75eb4dca, 0x4141d8ab, 0x00700a4d, 0x7779e898, 0x8cc74079, 0x2b6ffe73, 0x52036cee}};
static const fe two_d = {{0x26b2f159, 0xebd69b94, 0x8283b156, 0x00e0149a, 0xeef3d130, 0x198e80f2, 0x56dffce7, 0x2406d9dc}};
static const fe sqrt_m1 = {{0x4a0ea0b0, 0xc4ee1b27, 0xad2fe478, 0x2f431806, 0x3dfbd7a7, 0x2b4d0099, 0x4fc1df0b, 0x2b832480}};

// RFC 8032, 5.1: the base point B; T is X times Y.
static const struct point base = {
	{{0x8f25d51a, 0xc9562d60, 0x9525a7b2, 0x692cc760, 0xfdd6dc5c, 0xc0a4e231, 0xcd6e53fe, 0x216936d3}},
	{{0x66666658, 0x66666666, 0x66666666, 0x66666666, 0x66666666, 0x66666666, 0x66666666, 0x66666666}},
	{{1}},
	{{0xa5b7dda3, 0x6dde8ab3, 0x775152f5, 0x20f09f80, 0x64abe37d, 0x66ea4e8e, 0xd78b7665, 0x67875f0f}},
};

static const uint32_t order[8] = { // L, the order of B
	0x5cf5d3ed, 0x5812631a, 0xa2f79cd6, 0x14def9de, 0, 0, 0, 0x10000000,
};
static const uint32_t prime[8] = {
	0xffffffed, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x7fffffff,
};

// plus adds the small number n to a and returns the carry.
static uint32_t plus(uint32_t a[8], uint32_t n)
{
	uint64_t c = n;

	for (int i = 0; i < 8; i++) {
		c += a[i];
		a[i] = (uint32_t)c;
		c >>= 32;
	}
	return (uint32_t)c;
}

// minus sets r = a - b and returns the borrow.
static uint32_t minus(uint32_t r[8], const uint32_t a[8], const uint32_t b[8])
{
	uint64_t borrow = 0;

	for (int i = 0; i < 8; i++) {
		uint64_t x = (uint64_t)a[i] - b[i] - borrow;

		r[i] = (uint32_t)x;
		borrow = x >> 63;
	}
	return (uint32_t)borrow;
}

static bool below(const uint32_t a[8], const uint32_t b[8])
{
	uint32_t unused[8];

	return minus(unused, a, b);
}

static fe add(fe a, fe b)
{
	uint64_t c = 0;

	for (int i = 0; i < 8; i++) {
		c += (uint64_t)a.v[i] + b.v[i];
		a.v[i] = (uint32_t)c;
		c >>= 32;
	}
	if (plus(a.v, 38 * (uint32_t)c)) // a second overflow leaves a number below 38
		plus(a.v, 38);
	return a;
}

static fe sub(fe a, fe b)
{
	uint32_t back[8] = {38};
	fe r;

	if (minus(r.v, a.v, b.v) && minus(r.v, r.v, back)) // the second borrow leaves a number above 2^256 - 38
		minus(r.v, r.v, back);
	return r;
}

static fe mul(fe a, fe b)
{
	uint32_t wide[16] = {0};
	uint64_t c;
	fe r;

	for (int i = 0; i < 8; i++) {
		c = 0;
		for (int j = 0; j < 8; j++) {
			c += (uint64_t)a.v[i] * b.v[j] + wide[i + j];
			wide[i + j] = (uint32_t)c;
			c >>= 32;
		}
		wide[i + 8] = (uint32_t)c;
	}
	c = 0;
	for (int i = 0; i < 8; i++) {
		c += (uint64_t)wide[i + 8] * 38 + wide[i];
		r.v[i] = (uint32_t)c;
		c >>= 32;
	}
	if (plus(r.v, (uint32_t)c * 38)) // c is at most 38
		plus(r.v, 38);
	return r;
}

static fe square(fe a) { return mul(a, a); }

// power returns a to the exponent whose lowest octet is low, highest high, and all others ff.
static fe power(fe a, uint8_t low, uint8_t high)
{
	fe r = one;

	for (int i = 255; i >= 0; i--) {
		uint8_t e = i < 8 ? low : i >= 248 ? high : 0xff;

		r = square(r);
		if (e >> (i & 7) & 1)
			r = mul(r, a);
	}
	return r;
}

static fe freeze(fe a)
{
	uint32_t top = a.v[7] >> 31;

	a.v[7] &= 0x7fffffff;
	plus(a.v, 19 * top);
	if (!below(a.v, prime))
		minus(a.v, a.v, prime);
	return a;
}

static bool equal(fe a, fe b)
{
	a = freeze(sub(a, b));
	return memcmp(&a, &zero, sizeof a) == 0;
}

static void load(uint32_t v[8], const uint8_t *p)
{
	for (int i = 0; i < 8; i++)
		v[i] = get32(p + 4 * i);
}

static void encode(uint8_t out[32], const struct point *p) // 5.1.2
{
	fe inverse = power(p->z, 0xeb, 0x7f); // p - 2
	fe x = freeze(mul(p->x, inverse)), y = freeze(mul(p->y, inverse));

	y.v[7] |= x.v[0] << 31;
	for (int i = 0; i < 8; i++)
		put32(out + 4 * i, y.v[i]);
}

static bool decode(struct point *p, const uint8_t in[32]) // 5.1.3
{
	uint32_t sign = in[31] >> 7;
	fe y2, u, v, v3, x;

	load(p->y.v, in);
	p->y.v[7] &= 0x7fffffff;
	if (!below(p->y.v, prime))
		return false;
	y2 = square(p->y);
	u = sub(y2, one);
	v = add(mul(d, y2), one);
	v3 = mul(square(v), v);
	x = mul(mul(u, v3), power(mul(u, mul(square(v3), v)), 0xfd, 0x0f)); // u v^3 (u v^7)^((p-5)/8)
	if (!equal(mul(v, square(x)), u)) {
		x = mul(x, sqrt_m1);
		if (!equal(mul(v, square(x)), u))
			return false;
	}
	x = freeze(x);
	if (sign && equal(x, zero))
		return false;
	if ((x.v[0] & 1) != sign)
		x = sub(zero, x);
	p->x = x;
	p->z = one;
	p->t = mul(p->x, p->y);
	return true;
}

static struct point point_add(const struct point *p, const struct point *q) // 5.1.4
{
	fe a = mul(sub(p->y, p->x), sub(q->y, q->x)), b = mul(add(p->y, p->x), add(q->y, q->x));
	fe c = mul(mul(p->t, two_d), q->t), dd = mul(add(p->z, p->z), q->z);
	fe e = sub(b, a), f = sub(dd, c), g = add(dd, c), h = add(b, a);

	return (struct point){mul(e, f), mul(g, h), mul(f, g), mul(e, h)};
}

static struct point point_double(const struct point *p) // 5.1.4
{
	fe a = square(p->x), b = square(p->y), zz = square(p->z), h = add(a, b);
	fe e = sub(h, square(add(p->x, p->y))), g = sub(a, b), f = add(add(zz, zz), g);

	return (struct point){mul(e, f), mul(g, h), mul(f, g), mul(e, h)};
}

// modulo sets r to the 512-bit little-endian number modulo L, bit by bit from the top: 1 % of the whole verification.
static void modulo(uint32_t r[8], const uint8_t number[64])
{
	memset(r, 0, 32);
	for (int i = 511; i >= 0; i--) {
		for (int j = 7; j > 0; j--)
			r[j] = r[j] << 1 | r[j - 1] >> 31;
		r[0] = r[0] << 1 | (number[i / 8] >> (i % 8) & 1);
		if (!below(r, order))
			minus(r, r, order);
	}
}

bool ed25519_verify(const uint8_t key[ED25519_KEY_SIZE], const void *message, size_t n,
	const uint8_t signature[ED25519_SIGNATURE_SIZE])
{
	struct point minus_a, sum, r = {zero, one, one, zero};
	struct sha512 hash;
	uint8_t digest[SHA512_SIZE], encoded[32];
	uint32_t s[8], k[8];

	load(s, signature + 32);
	if (!below(s, order) || !decode(&minus_a, key))
		return false;
	minus_a.x = sub(zero, minus_a.x);
	minus_a.t = sub(zero, minus_a.t);
	sha512_init(&hash);
	sha512_add(&hash, signature, 32);
	sha512_add(&hash, key, ED25519_KEY_SIZE);
	sha512_add(&hash, message, n);
	sha512_end(&hash, digest);
	modulo(k, digest);

	sum = point_add(&base, &minus_a);
	for (int i = 255; i >= 0; i--) { // R = s B - k A, both scalars at once
		uint32_t in_s = s[i / 32] >> (i % 32) & 1, in_k = k[i / 32] >> (i % 32) & 1;

		r = point_double(&r);
		if (in_s && in_k)
			r = point_add(&r, &sum);
		else if (in_s)
			r = point_add(&r, &base);
		else if (in_k)
			r = point_add(&r, &minus_a);
	}
	encode(encoded, &r);
	return memcmp(encoded, signature, 32) == 0;
}
