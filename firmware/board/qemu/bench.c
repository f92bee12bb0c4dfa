// The bench is what stands around the processor: line modules on SPI and the highway. The host plays it behind two named
// pipes, bench.out and bench.in. A request is an operation, an argument and a 16-bit length, then as many octets. A board
// that is started without them has empty positions.
//
//	'S' position, 80 for chip select around each octet; octets to send  -> as many received
//	'R' 1 the modules' reset line is asserted, 0 it is not              -> nothing
//	'P' 0; a quantum of the highway                                     -> as much received
//
// Each answer begins with two octets, the positions whose interrupt line is low.
#include "board.h"
#include "qemu.h"
#include "semihosting.h"
#include "spi.h"

static int out = -1, in = -1;
static uint16_t interrupts;
static uint32_t due_from; // when the oldest quantum that nobody has fetched began
static uint32_t lost;

enum { HIGHWAY_DEEP = 250 }; // quanta that wait for a late main loop

void bench_start(void)
{
	out = file_open("bench.out", "r+b");
	in = file_open("bench.in", "r+b");
}

bool bench_call(const uint8_t *request, size_t n, uint8_t *answer, size_t m)
{
	uint8_t head[2];
	size_t have = 0;

	if (out < 0 || in < 0 || file_write(out, request, n) != n)
		return false;
	if (file_read(in, head, 2) != 2)
		return false;
	interrupts = get16(head);
	while (have < m) { // a pipe gives what is in it
		size_t got = file_read(in, answer + have, m - have);

		if (!got)
			return false;
		have += got;
	}
	return true;
}

void chips_start(void) { chips_reset(true); }

uint8_t spi_positions(void) { return BOARD_POSITIONS; }

void chips_reset(bool asserted)
{
	uint8_t request[4] = {'R', asserted};

	bench_call(request, sizeof request, NULL, 0);
}

void spi_transfer(uint8_t position, bool each, const uint8_t *tx, uint8_t *rx, size_t n)
{
	uint8_t request[4 + 64] = {'S', (uint8_t)(position | each << 7)};

	while (n) {
		size_t take = n < 64 ? n : 64;

		put16(request + 2, (uint16_t)take);
		memcpy(request + 4, tx, take);
		if (!bench_call(request, 4 + take, rx, take))
			memset(rx, 0xff, take);
		tx += take;
		rx += take;
		n -= take;
	}
}

uint16_t chips_interrupts(void) { return interrupts; }

// QEMU's clock is the host's. A quantum is made when somebody comes for it, so sending and receiving are at the same time.
const uint32_t highway_lead = 0;

void highway_start(void) { due_from = board_micros(); }

uint32_t highway_due(void)
{
	uint32_t due = (board_micros() - due_from) / 1000;

	if (due > HIGHWAY_DEEP) {
		lost += due - HIGHWAY_DEEP;
		due_from += 1000 * (due - HIGHWAY_DEEP);
		due = HIGHWAY_DEEP;
	}
	return due;
}

void highway_exchange(pcm_quantum rx, const pcm_quantum tx)
{
	uint8_t request[4 + sizeof(pcm_quantum)] = {'P', 0, sizeof(pcm_quantum) & 0xff, sizeof(pcm_quantum) >> 8};

	due_from += 1000;
	memcpy(request + 4, tx, sizeof(pcm_quantum));
	if (!bench_call(request, sizeof request, rx, sizeof(pcm_quantum)))
		memset(rx, 0xff, sizeof(pcm_quantum));
}

uint32_t highway_lost(void)
{
	uint32_t n = lost;

	lost = 0;
	return n;
}
