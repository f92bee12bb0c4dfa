#include "image.h"

#include "ed25519.h"
#include "flash.h"

static bool all(const void *data, uint8_t octet, size_t n)
{
	const uint8_t *p = data;

	while (n--)
		if (*p++ != octet)
			return false;
	return true;
}

// padded reports whether a name is printable ASCII, at least one character, with zeros behind it to the end.
static bool padded(const char *name, size_t n)
{
	size_t length = 0;

	while (length < n && name[length] > ' ' && name[length] <= '~')
		length++;
	return length > 0 && length < n && all(name + length, 0, n - length);
}

static bool same_name(const char *padded_name, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (padded_name[i] != *name)
			return false;
		if (!*name)
			return true;
		name++;
	}
	return false;
}

static const uint8_t *find_key(const struct image_rules *rules, const uint8_t id[8])
{
	for (int i = 0; i < KEYS; i++) {
		uint8_t digest[SHA512_SIZE];
		struct sha512 hash;

		if (all(rules->keys[i], 0, KEY_SIZE))
			continue;
		sha512_init(&hash);
		sha512_add(&hash, rules->keys[i], KEY_SIZE);
		sha512_end(&hash, digest);
		if (memcmp(digest, id, 8) == 0)
			return rules->keys[i];
	}
	return NULL;
}

static enum image_fault check_header(const uint8_t *h, struct descriptor *d, uint8_t slot, const struct image_rules *rules)
{
	static const uint8_t form[8] = {'T', 'P', 'F', 'W', 1, 0, IMAGE_HEADER & 0xff, IMAGE_HEADER >> 8};
	uint32_t length = get32(h + 8), min = DESCRIPTOR_AT + sizeof *d;
	const uint8_t *key;

	if (memcmp(h, form, 4) != 0)
		return IMAGE_EMPTY;
	if (memcmp(h, form, sizeof form) != 0 || !all(h + 12, 0, 4) || !all(h + 24, 0, 8) || !all(h + 160, 0, 288))
		return IMAGE_MALFORMED;
	if (length % 16 || length < min || length > FLASH_SLOT_SIZE - IMAGE_HEADER)
		return IMAGE_MALFORMED;
	memcpy(d, h + 32, sizeof *d);
	if (d->magic != DESCRIPTOR_MAGIC || !all(d->zero, 0, sizeof d->zero) || d->hardware_min > d->hardware_max ||
		!padded(d->board, sizeof d->board) || !padded(d->version, sizeof d->version))
		return IMAGE_MALFORMED;
	key = find_key(rules, h + 16);
	if (!key)
		return IMAGE_KEY;
	if (!ed25519_verify(key, h, IMAGE_SIGNED, h + IMAGE_SIGNED))
		return IMAGE_SIGNATURE;
	if (!same_name(d->board, sizeof d->board, rules->board) || rules->hardware < d->hardware_min || rules->hardware > d->hardware_max)
		return IMAGE_BOARD;
	if (d->slot != slot || d->address != flash_slot(slot) + IMAGE_HEADER)
		return IMAGE_SLOT;
	if (d->security < rules->floor)
		return IMAGE_OLD;
	return IMAGE_OK;
}

void image_begin(struct image_check *c, uint8_t slot, const struct image_rules *rules)
{
	uint8_t header[IMAGE_HEADER];

	flash_read(flash_slot(slot), header, sizeof header);
	c->fault = check_header(header, &c->descriptor, slot, rules);
	c->at = flash_slot(slot) + IMAGE_HEADER;
	c->end = c->fault ? c->at : c->at + get32(header + 8);
	memcpy(c->digest, header + 96, sizeof c->digest);
	sha512_init(&c->hash);
}

bool image_step(struct image_check *c, uint32_t n)
{
	uint8_t piece[256];
	uint8_t digest[SHA512_SIZE];

	if (c->fault)
		return true;
	while (c->at < c->end && n) {
		uint32_t take = c->end - c->at;

		if (take > sizeof piece)
			take = sizeof piece;
		if (take > n)
			take = n;
		flash_read(c->at, piece, take);
		sha512_add(&c->hash, piece, take);
		c->at += take;
		n -= take;
	}
	if (c->at < c->end)
		return false;
	sha512_end(&c->hash, digest);
	if (memcmp(digest, c->digest, sizeof digest) != 0)
		c->fault = IMAGE_DIGEST;
	return true;
}

enum image_fault image_verdict(struct image_check *c, uint8_t slot, const struct image_rules *rules)
{
	image_begin(c, slot, rules);
	image_step(c, FLASH_SLOT_SIZE);
	return c->fault;
}
