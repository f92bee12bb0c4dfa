// What bootloader and application tell the host in the same way: HELLO, TIME, STATISTICS, RESET and the crash dump.
#pragma once

#include "link.h"

enum service_feature {
	FEATURE_PCM = 1 << 0,
	FEATURE_TRANSFER = 1 << 1,
	FEATURE_SENSE = 1 << 2,
	FEATURE_FIRMWARE = 1 << 3,
	FEATURE_CRASH = 1 << 4,
	FEATURE_TWO_STREAMS = 1 << 5,
};

// What of HELLO is the program's own.
struct service_card {
	bool application;
	uint8_t slots, positions, lines, sense_ms, downlink_ms;
	uint32_t features;
	uint32_t (*tick)(void);
	bool (*in_use)(void); // whether a reset would be heard
};

void service_start(const struct service_card *card);

// service_hello is a link_program's hello.
void service_hello(struct link_answer *answer);

// service_poll resets the processor when it is time for a reset that the host has asked for.
void service_poll(void);

enum link_status service_time(const uint8_t *body, size_t n, struct link_answer *answer);
enum link_status service_statistics(const uint8_t *body, size_t n, struct link_answer *answer);
enum link_status service_reset(const uint8_t *body, size_t n, struct link_answer *answer);
enum link_status service_crash_read(const uint8_t *body, size_t n, struct link_answer *answer);
enum link_status service_crash_clear(const uint8_t *body, size_t n, struct link_answer *answer);

// The rows of a program's table of requests for these.
#define SERVICE_REQUESTS \
	{LINK_TIME, 8, false, service_time}, {LINK_STATISTICS, 0, false, service_statistics}, {LINK_RESET, 1, true, service_reset}, \
		{LINK_CRASH_READ, 0, false, service_crash_read}, {LINK_CRASH_CLEAR, 0, false, service_crash_clear}
