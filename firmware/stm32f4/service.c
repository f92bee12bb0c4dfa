#include "service.h"

#include "board.h"
#include "clock.h"
#include "counters.h"
#include "crash.h"
#include "describe.h"

enum { RESET_DELAY_MS = 50, RESET_STAY = 1, RESET_FORCE = 2 };

static const struct service_card *card;

static struct {
	bool asked, stay, answered;
	uint32_t at; // ms, when its answer had left
} reset;

void service_start(const struct service_card *c) { card = c; }

static uint8_t *text(uint8_t *to, const char *from, size_t n)
{
	for (size_t i = 0; i < n && *from; i++)
		to[i] = (uint8_t)*from++;
	return to + n;
}

void service_hello(struct link_answer *answer)
{
	uint8_t *to = answer->data, *names = to + 23;
	char serial[24] = {0};

	memset(names, 0, 68);
	to[2] = card->application;
	to[3] = describe.slot;
	to[4] = (uint8_t)survivor.cause;
	to[8] = card->slots;
	to[9] = card->positions;
	to[10] = card->lines;
	to[11] = card->sense_ms;
	to[12] = card->downlink_ms;
	put16(to + 13, board_revision());
	put32(to + 15, card->features);
	put32(to + 19, clock_millis());
	board_serial(serial);
	text(text(text(names, describe.board, sizeof describe.board), describe.version, sizeof describe.version), serial, sizeof serial);
	answer->length = 91;
}

void service_poll(void)
{
	if (!reset.asked || !link_quiet())
		return;
	if (!reset.answered) {
		reset.answered = true;
		reset.at = clock_millis();
	}
	if (clock_millis() - reset.at >= RESET_DELAY_MS)
		restart(RESET_ASKED, reset.stay);
}

enum link_status service_time(const uint8_t *body, size_t n, struct link_answer *answer)
{
	(void)n;
	memcpy(answer->data, body, 8);
	put64(answer->data + 8, clock_micros());
	put32(answer->data + 16, card->tick());
	answer->length = 20;
	return LINK_OK;
}

enum link_status service_statistics(const uint8_t *body, size_t n, struct link_answer *answer)
{
	enum { COUNT = sizeof counters / 4 };
	uint32_t all[COUNT];

	(void)body;
	(void)n;
	memcpy(all, &counters, sizeof all);
	answer->data[0] = COUNT;
	for (int i = 0; i < COUNT; i++)
		put32(answer->data + 1 + 4 * i, all[i]);
	answer->length = 1 + 4 * COUNT;
	return LINK_OK;
}

enum link_status service_reset(const uint8_t *body, size_t n, struct link_answer *answer)
{
	(void)n;
	(void)answer;
	if (body[0] & ~(RESET_STAY | RESET_FORCE))
		return LINK_MALFORMED;
	if (card->in_use() && !(body[0] & RESET_FORCE))
		return LINK_LINES;
	reset.asked = true;
	reset.stay = body[0] & RESET_STAY;
	return LINK_OK;
}

enum link_status service_crash_read(const uint8_t *body, size_t n, struct link_answer *answer)
{
	const struct crash_dump *d = &survivor.dump;
	const uint32_t words[] = {d->pc, d->lr, d->psr, d->sp, d->cfsr, d->hfsr, d->mmfar, d->bfar, d->millis, survivor.crashes};

	(void)body;
	(void)n;
	answer->data[0] = (uint8_t)d->kind;
	answer->data[1] = answer->data[2] = 0;
	for (int i = 0; i < 10; i++)
		put32(answer->data + 3 + 4 * i, words[i]);
	answer->length = 43;
	return LINK_OK;
}

enum link_status service_crash_clear(const uint8_t *body, size_t n, struct link_answer *answer)
{
	(void)body;
	(void)n;
	(void)answer;
	memset(&survivor.dump, 0, sizeof survivor.dump);
	survivor_seal();
	return LINK_OK;
}
