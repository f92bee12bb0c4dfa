// What a board supplies, for the host: a clock that a test moves, a wire that is two buffers, SPI that answers with what it
// was sent.
#include "clock.h"
#include "describe.h"
#include "host.h"
#include "spi.h"
#include "wire.h"

const struct descriptor describe = {.slot = 0, .security = 5, .board = "host"};

uint64_t host_micros;
struct host_pipe host_in, host_out;
struct host_spi host_spi;

uint64_t clock_micros(void) { return host_micros; }

void wire_start(void) {}
void wire_poll(void) {}

size_t wire_read(int interface, uint8_t *data, size_t n)
{
	size_t have = host_in.length - host_in.taken;

	if (interface || !have)
		return 0;
	n = n < have ? n : have;
	memcpy(data, host_in.data + host_in.taken, n);
	host_in.taken += n;
	return n;
}

size_t wire_write(int interface, const uint8_t *data, size_t n)
{
	size_t room = sizeof host_out.data - host_out.length;

	if (interface)
		return 0;
	n = n < room ? n : room;
	memcpy(host_out.data + host_out.length, data, n);
	host_out.length += n;
	return n;
}

uint8_t spi_positions(void) { return 8; }

void spi_transfer(uint8_t position, bool each, const uint8_t *tx, uint8_t *rx, size_t n)
{
	host_spi.position = position;
	host_spi.each = each;
	host_spi.length = n;
	host_spi.calls++;
	memcpy(host_spi.octets, tx, n);
	memmove(rx, tx, n);
}
