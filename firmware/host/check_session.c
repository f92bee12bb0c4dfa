#include "check.h"
#include "clock.h"
#include "counters.h"
#include "host.h"
#include "link.h"

static int runs, greetings, losses;

static enum link_status echo(const uint8_t *body, size_t n, struct link_answer *answer)
{
	memcpy(answer->data, body, n);
	answer->length = n;
	runs++;
	return LINK_OK;
}

static void hello(struct link_answer *answer) { answer->data[answer->length++] = 0x77; }
static void greeted(void) { greetings++; }
static void lost(void) { losses++; }
static size_t no_event(uint8_t *body) { return (void)body, 0; }
static void no_message(uint8_t type, const uint8_t *body, size_t n) { (void)type, (void)body, (void)n; }

static const struct link_request requests[] = {{LINK_TRANSFER, 2, false, echo}, {LINK_RESET, 1, true, echo}};
static const struct link_program program = {
	.requests = requests,
	.count = 2,
	.hello = hello,
	.greeted = greeted,
	.lost = lost,
	.event = no_event,
	.message = no_message,
};

static void say(uint8_t type, uint8_t session, uint16_t sequence, const void *body, size_t n)
{
	uint8_t message[MESSAGE_MAX], frame[FRAME_MAX];
	size_t length;

	message[0] = type;
	message[1] = session;
	put16(message + 2, sequence);
	memcpy(message + MESSAGE_HEAD, body, n);
	length = frame_encode(frame, message, MESSAGE_HEAD + n);
	memcpy(host_in.data + host_in.length, frame, length);
	host_in.length += length;
}

static struct frame_reader reader;

// hear takes the next message from the card and returns its length without CRC, or 0.
static size_t hear(void)
{
	do
		link_poll();
	while (host_in.taken < host_in.length);
	while (host_out.taken < host_out.length)
		if (frame_feed(&reader, host_out.data[host_out.taken++]) == FRAME_MESSAGE)
			return reader.length;
	host_in.length = host_in.taken = host_out.length = host_out.taken = 0;
	return 0;
}

static void greet(uint8_t session, uint32_t nonce, uint8_t major)
{
	uint8_t body[8] = {major, 0, MESSAGE_MAX & 0xff, MESSAGE_MAX >> 8};

	put32(body + 4, nonce);
	say(LINK_HELLO, session, 0, body, sizeof body);
}

// answered reports whether the card's next message answers request sequence of session with status.
static bool answered(uint8_t session, uint16_t sequence, enum link_status status)
{
	return hear() && reader.data[0] & 0x80 && reader.data[1] == session && get16(reader.data + 2) == sequence && reader.data[4] == status;
}

void check_session(void)
{
	link_start(&program);

	// Without a session nothing but HELLO.
	say(LINK_TRANSFER, 9, 1, "ab", 2);
	CHECK(!hear() && counters.wrong_session == 1);
	greet(9, 1, 1);
	CHECK(answered(9, 0, LINK_OK) && reader.data[13] == 0x77 && greetings == 1);

	// The same HELLO again begins nothing, also in the middle of things; another nonce does.
	say(LINK_TRANSFER, 9, 1, "ab", 2);
	CHECK(answered(9, 1, LINK_OK) && runs == 1);
	greet(9, 1, 1);
	CHECK(answered(9, 0, LINK_OK) && greetings == 1);

	// Requests are carried out once: again, late, in another order.
	say(LINK_TRANSFER, 9, 1, "ab", 2);
	CHECK(answered(9, 1, LINK_OK) && runs == 1 && counters.answered_again == 1);
	say(LINK_TRANSFER, 9, 3, "cd", 2);
	say(LINK_TRANSFER, 9, 2, "ef", 2);
	CHECK(answered(9, 2, LINK_OK) && reader.data[5] == 'e' && answered(9, 3, LINK_OK) && runs == 3);
	for (uint16_t s = 4; s != 2; s++) { // to the wrap and past it
		say(LINK_TRANSFER, 9, s, &s, 2);
		CHECK(answered(9, s, LINK_OK) && get16(reader.data + 5) == s);
		CHECK(!hear());
		host_micros += 10;
	}
	say(LINK_TRANSFER, 9, 0xfffa, "ab", 2);
	CHECK(!hear() && counters.too_old == 1);

	// Too short, unknown, of another session.
	say(LINK_TRANSFER, 9, 2, "a", 1);
	CHECK(answered(9, 2, LINK_MALFORMED));
	say(0x3f, 9, 3, "", 0);
	CHECK(answered(9, 3, LINK_UNKNOWN));
	say(LINK_TRANSFER, 8, 4, "ab", 2);
	CHECK(!hear() && counters.wrong_session == 2);

	// Another major version: HELLO, RESET and firmware alone.
	greet(10, 2, 2);
	CHECK(answered(10, 0, LINK_OK));
	say(LINK_TRANSFER, 10, 1, "ab", 2);
	CHECK(answered(10, 1, LINK_UNKNOWN));
	say(LINK_RESET, 10, 2, "a", 1);
	CHECK(answered(10, 2, LINK_OK));

	// The host is lost after a second, and not before.
	host_micros += 1000000;
	CHECK(!hear() && link_up());
	host_micros += 1000;
	CHECK(!hear() && !link_up() && losses == 1 && counters.hosts_lost == 1);
	say(LINK_RESET, 10, 3, "a", 1);
	CHECK(!hear());

	// Broken octets are counted and what follows is read.
	greet(11, 3, 1);
	host_in.data[7] ^= 1;
	greet(11, 3, 1);
	CHECK(answered(11, 0, LINK_OK) && counters.bad_crc == 1);
	memset(host_in.data, 0xaa, 3000);
	host_in.length = 3000;
	greet(11, 4, 1);
	CHECK(answered(11, 0, LINK_OK));
	CHECK(counters.bad_frame == 1 && greetings == 4);

	// A message of the greatest length.
	static uint8_t body[BODY_MAX - 1];

	memset(body, 0x55, sizeof body);
	say(LINK_TRANSFER, 11, 1, body, sizeof body);
	CHECK(hear());
	CHECK(reader.length == MESSAGE_HEAD + 1 + sizeof body && get16(reader.data + 2) == 1);
}
