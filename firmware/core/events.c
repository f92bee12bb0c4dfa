#include "events.h"

#include "clock.h"
#include "counters.h"

enum {
	KEPT = 64, // a power of two
	AGAIN_MS = 200,
	STILL_LOW_MS = 100,
	HEAD = 14,
};

struct event {
	uint32_t tick;
	uint8_t kind, line, log_length;
	char log[EVENT_LOG_MAX];
};

static struct event kept[KEPT];   // that of number n in place n mod KEPT
static uint32_t first = 1, count; // the oldest number kept, and how many are
static uint32_t sent;             // events of these that have been sent since the last time all were due
static uint32_t sent_at;          // ms

// An interrupt line: low as last seen, the number of its latest event, 0 once that is acknowledged, and when it was.
static struct line {
	bool low;
	uint32_t number, acknowledged_at;
} lines[EVENT_LINES_MAX];

void event_add(enum event_kind kind, uint8_t line, uint32_t tick, const char *log)
{
	struct event *e;

	if (count == KEPT) {
		counters.events_lost++;
		first++;
		count--;
		if (sent)
			sent--;
	}
	e = &kept[(first + count++) % KEPT];
	*e = (struct event){.tick = tick, .kind = (uint8_t)kind, .line = line};
	while (log && e->log_length < EVENT_LOG_MAX && log[e->log_length]) {
		e->log[e->log_length] = log[e->log_length];
		e->log_length++;
	}
	counters.events++;
}

void event_again(void) { sent = 0; }

size_t event_next(uint8_t *body)
{
	const struct event *e;

	if (count && sent == count && clock_millis() - sent_at >= AGAIN_MS) {
		counters.events_again += count;
		sent = 0;
	}
	if (sent == count)
		return 0;
	e = &kept[(first + sent) % KEPT];
	put32(body, first + sent);
	put32(body + 4, first);
	put32(body + 8, e->tick);
	body[12] = e->kind;
	body[13] = e->line;
	memcpy(body + HEAD, e->log, e->log_length);
	sent++;
	sent_at = clock_millis();
	return (size_t)HEAD + e->log_length;
}

void event_acknowledge(uint32_t number)
{
	uint32_t taken = number + 1 - first;

	if (taken > count) // one that was never sent, or has been acknowledged before
		return;
	first += taken;
	count -= taken;
	sent -= taken < sent ? taken : sent;
	for (int i = 0; i < EVENT_LINES_MAX; i++) {
		struct line *l = &lines[i];

		if (l->number && (int32_t)(number - l->number) >= 0) {
			l->number = 0;
			l->acknowledged_at = clock_millis();
		}
	}
}

void event_lines(uint16_t low, uint32_t tick)
{
	for (uint8_t i = 0; i < EVENT_LINES_MAX; i++) {
		struct line *l = &lines[i];
		bool is_low = low >> i & 1, fell = is_low && !l->low;

		l->low = is_low;
		if (l->number || !is_low)
			continue;
		if (fell || clock_millis() - l->acknowledged_at >= STILL_LOW_MS) {
			l->number = first + count; // event_add may move first, but then count goes down
			event_add(EVENT_INTERRUPT, i, tick, NULL);
		}
	}
}
