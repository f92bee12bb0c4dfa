#include "drive.h"

#include "spi.h"

enum { VALUES_MAX = 8, HEAD = 6, VALUE = 9, OCTETS_MAX = 8, GROUP = 3 };

struct value {
	uint8_t length, octets[OCTETS_MAX];
};

static struct {
	uint8_t position, flags, count, lost, now;
	struct value values[VALUES_MAX];
} slot[PCM_SLOTS];

enum link_status drive_request(const uint8_t *body, size_t n, struct link_answer *answer)
{
	uint8_t which = body[0], position = body[1], flags = body[2], count = body[3], lost = body[4], now = body[5];

	(void)answer;
	if (count > VALUES_MAX || flags > SPI_EACH || n < HEAD + (size_t)count * VALUE || (count && (lost >= count || now >= count)))
		return LINK_MALFORMED;
	for (int i = 0; i < count; i++) {
		uint8_t length = body[HEAD + i * VALUE];

		if (length > OCTETS_MAX || (!(flags & SPI_EACH) && length % GROUP))
			return LINK_MALFORMED;
	}
	if (which >= PCM_SLOTS || (count && position >= spi_positions()))
		return LINK_NO_DEVICE;
	slot[which].position = position;
	slot[which].flags = flags;
	slot[which].count = count;
	slot[which].lost = lost;
	slot[which].now = now;
	memcpy(slot[which].values, body + HEAD, (size_t)count * VALUE);
	return LINK_OK;
}

static void set(int s, uint8_t value)
{
	uint8_t unused[OCTETS_MAX];
	const struct value *v;

	if (value >= slot[s].count || value == slot[s].now)
		return;
	v = &slot[s].values[value];
	slot[s].now = value;
	if (slot[s].flags & SPI_EACH) {
		spi_transfer(slot[s].position, true, v->octets, unused, v->length);
		return;
	}
	for (uint8_t i = 0; i < v->length; i += GROUP)
		spi_transfer(slot[s].position, false, v->octets + i, unused, GROUP);
}

void drive_write(const uint8_t *signals, int slots)
{
	for (int s = 0; s < slots; s++)
		set(s, signals[s]);
}

void drive_lost(void)
{
	for (int s = 0; s < PCM_SLOTS; s++)
		set(s, slot[s].lost);
}
