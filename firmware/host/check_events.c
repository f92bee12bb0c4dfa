#include "check.h"
#include "clock.h"
#include "counters.h"
#include "events.h"
#include "host.h"
#include "link.h"

static uint8_t body[BODY_MAX];

// next reports whether the next event to be sent has number and the oldest kept is oldest.
static bool next(uint32_t number, uint32_t oldest)
{
	return event_next(body) && get32(body) == number && get32(body + 4) == oldest;
}

void check_events(void)
{
	uint32_t again = counters.events_again;

	CHECK(!event_next(body));
	event_add(EVENT_LOG, 0, 7, "hello");
	event_add(EVENT_HOST_LOST, 0, 8, NULL);
	CHECK(next(1, 1) && get32(body + 8) == 7 && body[12] == EVENT_LOG && memcmp(body + 14, "hello", 5) == 0);
	CHECK(next(2, 1) && !event_next(body));

	// Not acknowledged: all again after 200 ms.
	host_micros += 199000;
	CHECK(!event_next(body));
	host_micros += 1000;
	CHECK(next(1, 1) && next(2, 1) && !event_next(body) && counters.events_again == again + 2);
	event_acknowledge(1);
	event_acknowledge(1);
	event_acknowledge(40);
	host_micros += 200000;
	CHECK(next(2, 2) && !event_next(body));
	event_acknowledge(2);
	host_micros += 200000;
	CHECK(!event_next(body));

	// A line that falls; low for long; and again once it was acknowledged.
	event_lines(1 << 3, 9);
	event_lines(1 << 3, 10);
	CHECK(next(3, 3) && body[12] == EVENT_INTERRUPT && body[13] == 3 && !event_next(body));
	event_acknowledge(3);
	host_micros += 99000;
	event_lines(1 << 3, 11);
	CHECK(!event_next(body));
	host_micros += 1000;
	event_lines(1 << 3, 12);
	CHECK(next(4, 4) && get32(body + 8) == 12);
	event_acknowledge(4);
	event_lines(0, 13);
	event_lines(1 << 3, 14);
	CHECK(next(5, 5));
	event_acknowledge(5);

	// More than are kept: the oldest are lost, and the host can see it.
	for (int i = 0; i < 70; i++)
		event_add(EVENT_LOG, 0, 0, NULL);
	CHECK(counters.events_lost == 6 && next(12, 12));
	event_again();
	CHECK(next(12, 12));
	event_acknowledge(75);
	CHECK(!event_next(body));
}
