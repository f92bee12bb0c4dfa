// Events for the host, kept until it has acknowledged them (hw/link, EVENT).
#pragma once

#include "core.h"

enum event_kind { EVENT_INTERRUPT = 1, EVENT_HOST_LOST, EVENT_CLOCK_LOST, EVENT_CLOCK_BACK, EVENT_LOG };

enum { EVENT_LOG_MAX = 100, EVENT_LINES_MAX = 16 };

// event_add keeps an event; when there are too many the oldest is lost.
void event_add(enum event_kind kind, uint8_t line, uint32_t tick, const char *log);

// event_next is a link_program's event; event_again makes all events go out again.
size_t event_next(uint8_t *body);
void event_again(void);

// event_acknowledge forgets events up to number.
void event_acknowledge(uint32_t number);

// event_lines makes events of interrupt lines: low has a bit set for each that is low now.
void event_lines(uint16_t low, uint32_t tick);
