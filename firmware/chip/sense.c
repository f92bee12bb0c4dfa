#include "sense.h"

#include "spi.h"

enum { ENTRIES_MAX = 4, ENTRY = 10, OCTETS_MAX = 4 };

enum test { TEST_BITS, TEST_MAGNITUDE, TEST_AT_LEAST };

struct entry {
	uint8_t position, flags, length, octets[OCTETS_MAX], test, mask, argument;
};

_Static_assert(sizeof(struct entry) == ENTRY, "entries are kept as they come");

static struct {
	uint8_t count;
	struct entry entries[ENTRIES_MAX];
} slot[PCM_SLOTS];

enum link_status sense_request(const uint8_t *body, size_t n, struct link_answer *answer)
{
	uint8_t which = body[0], count = body[1];
	struct entry entries[ENTRIES_MAX];

	(void)answer;
	if (count > ENTRIES_MAX || n < 2 + (size_t)count * ENTRY)
		return LINK_MALFORMED;
	memcpy(entries, body + 2, (size_t)count * ENTRY);
	for (int i = 0; i < count; i++) {
		const struct entry *e = &entries[i];

		if (e->flags > SPI_EACH || e->length < 1 || e->length > OCTETS_MAX || e->test > TEST_AT_LEAST)
			return LINK_MALFORMED;
	}
	if (which >= PCM_SLOTS)
		return LINK_NO_DEVICE;
	for (int i = 0; i < count; i++)
		if (entries[i].position >= spi_positions())
			return LINK_NO_DEVICE;
	slot[which].count = count;
	memcpy(slot[which].entries, entries, sizeof entries);
	return LINK_OK;
}

static uint8_t evaluate(const struct entry *e, uint8_t value)
{
	int magnitude = value < 0x80 ? value : 0x100 - value;
	uint8_t bits = value & e->mask;

	switch (e->test) {
	case TEST_MAGNITUDE:
		return magnitude >= e->argument ? e->mask : 0;
	case TEST_AT_LEAST:
		return (value & 0x7f) >= e->argument ? e->mask : 0;
	}
	return (uint8_t)(bits << (e->argument & 7) | bits >> (-e->argument & 7));
}

void sense_read(uint8_t *signals, int slots)
{
	for (int s = 0; s < slots; s++) {
		signals[s] = 0;
		for (int i = 0; i < slot[s].count; i++) {
			const struct entry *e = &slot[s].entries[i];
			uint8_t received[OCTETS_MAX];

			spi_transfer(e->position, e->flags & SPI_EACH, e->octets, received, e->length);
			signals[s] |= evaluate(e, received[e->length - 1]);
		}
	}
}
