#include "transfer.h"

#include "spi.h"

enum { OPERATIONS_MAX = 64, OCTETS_MAX = 64, HEAD = 3 };

// well_formed reports whether the body has the operations that it says, and their octets fit an answer behind status and
// count.
static bool well_formed(const uint8_t *body, size_t n)
{
	size_t at = 1, total = 0;

	if (body[0] < 1 || body[0] > OPERATIONS_MAX)
		return false;
	for (int i = 0; i < body[0]; i++) {
		if (n - at < HEAD || body[at + 1] > SPI_EACH || body[at + 2] < 1 || body[at + 2] > OCTETS_MAX)
			return false;
		total += body[at + 2];
		at += HEAD + (size_t)body[at + 2];
		if (at > n)
			return false;
	}
	return total <= BODY_MAX - 2;
}

enum link_status transfer_request(const uint8_t *body, size_t n, struct link_answer *answer)
{
	const uint8_t *operation = body + 1;

	if (!well_formed(body, n))
		return LINK_MALFORMED;
	answer->data[0] = 0;
	answer->length = 1;
	for (int i = 0; i < body[0]; i++) {
		size_t octets = operation[2];

		if (operation[0] >= spi_positions())
			return LINK_NO_DEVICE;
		spi_transfer(operation[0], operation[1] & SPI_EACH, operation + HEAD, answer->data + answer->length, octets);
		answer->length += octets;
		answer->data[0]++;
		operation += HEAD + octets;
	}
	return LINK_OK;
}
