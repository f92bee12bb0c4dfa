#include "pcm.h"

#include "counters.h"

enum { HEAD = 8, MS_MAX = 8 };

// A cell is a tick of the downlink.
struct cell {
	uint32_t tick;
	bool filled;
	uint8_t signals[PCM_SLOTS];
	uint8_t audio[PCM_SLOTS][PCM_OCTETS];
};

static struct {
	bool running;
	bool begun; // the host's first frame has come: before it there is nothing to run out of
	uint8_t ms, slots, silence;
	uint32_t down_tick; // that pcm_next comes for next

	struct cell cells[PCM_BUFFER_MS];
	const struct cell *last; // the cell played last
	bool repeated;           // and that in place of one that was not there
	uint8_t signals[PCM_SLOTS];
	bool underrun; // since the last up frame

	uint8_t frame[BODY_MAX]; // the up frame being filled
	uint32_t up_first;
	int filled; // ticks in it
	bool dropped;
} me;

static struct cell *cell(uint32_t tick) { return &me.cells[tick % PCM_BUFFER_MS]; }

static uint32_t now; // the tick after the latest received

enum link_status pcm_start(const uint8_t *body, size_t n, struct link_answer *answer)
{
	uint8_t ms = body[0], slots = body[1];

	(void)n;
	if (ms < 1 || ms > MS_MAX || slots < 1 || slots > PCM_SLOTS || slots * ms * (PCM_OCTETS + 1) + 16u > link_longest())
		return LINK_MALFORMED;
	memset(&me, 0, sizeof me);
	me.running = true;
	me.ms = ms;
	me.slots = slots;
	me.silence = body[2];
	me.down_tick = me.up_first = now;
	put32(answer->data, now);
	answer->length = 4;
	return LINK_OK;
}

enum link_status pcm_stop(const uint8_t *body, size_t n, struct link_answer *answer)
{
	(void)body;
	(void)n;
	(void)answer;
	me.running = false;
	return LINK_OK;
}

bool pcm_running(void) { return me.running; }

void pcm_down(const uint8_t *body, size_t n)
{
	uint32_t first, fresh = 0, late = 0, early = 0;
	uint8_t slots, ms;

	if (!me.running || n < HEAD)
		return;
	first = get32(body);
	slots = body[4];
	ms = body[5];
	if (slots != me.slots || ms != me.ms || n < HEAD + (size_t)slots * ms * (PCM_OCTETS + 1))
		return;
	counters.down_received++;
	me.begun = true;
	for (uint32_t i = 0; i < ms; i++) {
		uint32_t tick = first + i;
		struct cell *c = cell(tick);

		if ((int32_t)(tick - me.down_tick) < 0) {
			late++;
			continue;
		}
		if (tick - me.down_tick >= PCM_BUFFER_MS) {
			early++;
			continue;
		}
		if (c->filled && c->tick == tick)
			continue;
		fresh++;
		c->tick = tick;
		c->filled = true;
		if (me.last == c)
			me.last = NULL;
		for (int s = 0; s < slots; s++) {
			c->signals[s] = body[HEAD + (uint32_t)s * ms + i];
			memcpy(c->audio[s], body + HEAD + (uint32_t)slots * ms + ((uint32_t)s * ms + i) * PCM_OCTETS, PCM_OCTETS);
		}
	}
	if (late == ms)
		counters.down_late++;
	if (early)
		counters.down_early++;
	if (!fresh && !early && late < ms)
		counters.down_repeated++;
}

int pcm_next(uint32_t tick, pcm_quantum out, uint8_t signals[PCM_SLOTS])
{
	const struct cell *c = cell(tick);

	memset(out, 0xff, PCM_SLOTS * PCM_OCTETS);
	if (!me.running)
		return 0;
	me.down_tick = tick + 1;
	if (c->filled && c->tick == tick) {
		me.last = c;
		me.repeated = false;
		memcpy(me.signals, c->signals, sizeof me.signals);
	} else {
		if (me.begun) {
			counters.underrun_ms++;
			me.underrun = true;
		}
		c = me.repeated ? NULL : me.last;
		me.repeated = true;
	}
	for (int s = 0; s < me.slots; s++)
		for (int i = 0; i < PCM_OCTETS; i++)
			out[i * PCM_SLOTS + s] = c ? c->audio[s][i] : me.silence;
	memcpy(signals, me.signals, sizeof me.signals);
	return me.slots;
}

// ahead is how many ms of the downlink are there without a hole from tick on.
static uint8_t ahead(uint32_t tick)
{
	uint8_t n = 0;

	while (n < PCM_BUFFER_MS && cell(tick + n)->filled && cell(tick + n)->tick == tick + n)
		n++;
	return n;
}

static void send_up(void)
{
	size_t length = HEAD + (size_t)me.slots * me.ms * (PCM_OCTETS + 1);
	uint8_t *to = link_media();

	if (!to) { // the frame before this one has not left
		counters.up_dropped++;
		me.dropped = true;
		return;
	}
	put32(me.frame, me.up_first);
	me.frame[4] = me.slots;
	me.frame[5] = me.ms;
	me.frame[6] = ahead(me.up_first + me.ms);
	me.frame[7] = (uint8_t)(me.dropped | me.underrun << 1);
	memcpy(to, me.frame, length);
	link_media_send(length);
	me.dropped = me.underrun = false;
}

void pcm_up(uint32_t tick, const pcm_quantum in, const uint8_t signals[PCM_SLOTS])
{
	now = tick + 1;
	if (!me.running)
		return;
	if (!me.filled)
		me.up_first = tick;
	for (int s = 0; s < me.slots; s++) {
		uint8_t *audio = me.frame + HEAD + me.slots * me.ms + (s * me.ms + me.filled) * PCM_OCTETS;

		me.frame[HEAD + s * me.ms + me.filled] = signals[s];
		for (int i = 0; i < PCM_OCTETS; i++)
			audio[i] = in[i * PCM_SLOTS + s];
	}
	if (++me.filled == me.ms) {
		send_up();
		me.filled = 0;
	}
}
