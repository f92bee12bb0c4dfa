#include "check.h"
#include "counters.h"
#include "host.h"
#include "pcm.h"

enum { SLOTS = 4, MS = 4, FRAME = 8 + SLOTS * MS * 9 };

static void play(uint32_t first, uint8_t mark)
{
	uint8_t body[FRAME] = {0};

	put32(body, first);
	body[4] = SLOTS;
	body[5] = MS;
	for (int s = 0; s < SLOTS; s++) {
		for (int i = 0; i < MS; i++) {
			body[8 + s * MS + i] = (uint8_t)(mark + i);
			for (int k = 0; k < 8; k++)
				body[8 + SLOTS * MS + (s * MS + i) * 8 + k] = (uint8_t)(mark + 16 * s + i);
		}
	}
	pcm_down(body, sizeof body);
}

// due plays one tick and reports whether all slots carry mark, or silence when mark is ff.
static bool due(uint32_t tick, uint8_t mark, uint8_t signal)
{
	uint8_t signals[PCM_SLOTS];
	pcm_quantum out;

	if (pcm_next(tick, out, signals) != SLOTS)
		return false;
	for (int s = 0; s < SLOTS; s++)
		for (int k = 0; k < 8; k++)
			if (out[k * PCM_SLOTS + s] != (mark == 0xff ? 0xd5 : mark + 16 * s) || signals[s] != signal)
				return false;
	return out[SLOTS] == 0xff; // a timeslot that the host does not speak of stays idle
}

static void begin(void)
{
	static const uint8_t body[3] = {MS, SLOTS, 0xd5};
	uint8_t data[8];
	struct link_answer answer = {data, 0};

	CHECK(pcm_start(body, 3, &answer) == LINK_OK && answer.length == 4);
}

// up reports whether the card sends an up frame from tick first, made of what check_pcm puts in, with flags. The session is the
// one that check_session left open.
static bool up(uint32_t first, uint8_t flags)
{
	static struct frame_reader reader;
	const uint8_t *body = reader.data + MESSAGE_HEAD;
	bool found = false;

	host_out.length = host_out.taken = 0;
	link_poll();
	while (host_out.taken < host_out.length)
		if (frame_feed(&reader, host_out.data[host_out.taken++]) == FRAME_MESSAGE && reader.data[0] == LINK_PCM_UP) {
			found = true;
			break;
		}
	if (!found || reader.length != MESSAGE_HEAD + FRAME || get32(body) != first || body[4] != SLOTS || body[5] != MS || body[7] != flags)
		return false;
	for (int s = 0; s < SLOTS; s++)
		for (int i = 0; i < MS; i++) {
			if (body[8 + s * MS + i] != (s == 1 ? (uint8_t)(first + (uint32_t)i) : 0))
				return false;
			for (int k = 0; k < 8; k++)
				if (body[8 + SLOTS * MS + (s * MS + i) * 8 + k] != s * 8 + k)
					return false;
		}
	return true;
}

void check_pcm(void)
{
	uint8_t data[8], signals[PCM_SLOTS] = {0};
	struct link_answer answer = {data, 0};
	uint32_t underrun;
	pcm_quantum in;

	CHECK(pcm_start((const uint8_t[]){0, 4, 0xff}, 3, &answer) == LINK_MALFORMED);
	CHECK(pcm_start((const uint8_t[]){5, 32, 0xff}, 3, &answer) == LINK_MALFORMED);
	CHECK(pcm_start((const uint8_t[]){1, 33, 0xff}, 3, &answer) == LINK_MALFORMED);

	// Frames in another order, twice, late and early.
	begin();
	counters = (struct counters){0};
	CHECK(due(0, 0xff, 0) && counters.underrun_ms == 0);
	play(8, 0x08);
	play(4, 0x04);
	play(4, 0x04);
	CHECK(counters.down_received == 3 && counters.down_repeated == 1);
	for (uint32_t t = 1; t < 4; t++)
		CHECK(due(t, 0xff, 0));
	for (uint32_t t = 4; t < 12; t++)
		CHECK(due(t, (uint8_t)t, (uint8_t)t));
	play(8, 0x08);
	CHECK(counters.down_late == 1);
	play(12 + PCM_BUFFER_MS, 0);
	CHECK(counters.down_early == 1);
	play(10, 0x0a); // two ticks of it are late, two are not
	CHECK(counters.down_late == 1);
	underrun = counters.underrun_ms;
	CHECK(due(12, 0x0c, 0x0c) && due(13, 0x0d, 0x0d));
	CHECK(due(14, 0x0d, 0x0d) && due(15, 0xff, 0x0d) && counters.underrun_ms == underrun + 2); // the last once, then silence

	// Upwards: planar and without a gap; the frame for which there is no place is dropped, and the next one says so.
	begin();
	for (uint32_t t = 100; t < 100 + 3 * MS; t++) {
		for (int i = 0; i < (int)sizeof in; i++)
			in[i] = (uint8_t)(i % PCM_SLOTS * 8 + i / PCM_SLOTS);
		signals[1] = (uint8_t)t;
		pcm_up(t, in, signals);
		if (t == 100 + 2 * MS)
			CHECK(up(100, 0) && counters.up_dropped == 1);
	}
	CHECK(up(100 + 2 * MS, 1));
}
