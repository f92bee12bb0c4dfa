#include "link.h"

#include "clock.h"
#include "counters.h"
#include "wire.h"

enum {
	WINDOW = 4,
	MAJOR = 1,
	MINOR = 0,
	HELLO_MIN = 8,
	LONGEST_MIN = 256,
	HOST_LOST_MS = 1000,
	ANSWER = 0x80,
};

struct counters counters;

// A kept answer, that to request number sequence. The message is whole but for its CRC.
struct kept {
	uint16_t sequence;
	size_t length; // 0: there is none
	bool waiting;  // to be sent
	uint8_t message[MESSAGE_MAX];
};

// A stream sends one frame at a time.
struct stream {
	struct frame_reader reader;
	uint8_t frame[FRAME_MAX];
	size_t length, sent;
	bool media_last; // the frame before was media: it is control's turn
};

static struct {
	const struct link_program *program;
	struct stream stream[LINK_INTERFACES];
	struct kept hello, kept[WINDOW];
	uint8_t session; // 0: none
	uint32_t nonce;
	uint8_t major;   // the host's
	size_t longest;
	uint32_t heard; // ms, when the last valid frame came
	uint16_t up_sequence;
	uint8_t media[MESSAGE_MAX];
	size_t media_length; // of the PCM UP that waits, 0: none
} me;

void link_start(const struct link_program *p)
{
	memset(&me, 0, sizeof me);
	me.program = p;
}

bool link_up(void) { return me.session != 0; }
size_t link_longest(void) { return me.longest; }

bool link_quiet(void)
{
	for (int i = 0; i < WINDOW; i++)
		if (me.kept[i].waiting)
			return false;
	return !me.hello.waiting && me.stream[LINK_CONTROL].sent == me.stream[LINK_CONTROL].length;
}

uint8_t *link_media(void) { return me.session && !me.media_length ? me.media + MESSAGE_HEAD : NULL; }
void link_media_send(size_t n) { me.media_length = n; }

static void head(uint8_t *message, uint8_t type, uint16_t sequence)
{
	message[0] = type;
	message[1] = me.session;
	put16(message + 2, sequence);
}

static const struct link_request *find(uint8_t type)
{
	for (int i = 0; i < me.program->count; i++)
		if (me.program->requests[i].type == type)
			return &me.program->requests[i];
	return NULL;
}

// greet begins a session. The answers kept so far are dropped; numbers go on from HELLO's, which is 0.
static enum link_status greet(uint8_t session, const uint8_t *body, struct link_answer *answer)
{
	size_t longest = get16(body + 2);

	if (longest < LONGEST_MIN)
		return LINK_MALFORMED;
	me.session = session;
	me.nonce = get32(body + 4);
	me.major = body[0];
	me.longest = longest < MESSAGE_MAX ? longest : MESSAGE_MAX;
	me.media_length = 0;
	me.up_sequence = 0;
	for (int i = 0; i < WINDOW; i++)
		me.kept[i] = (struct kept){.sequence = (uint16_t)(i ? i - WINDOW : 0)};
	me.program->greeted();
	answer->data[0] = MAJOR;
	answer->data[1] = MINOR;
	put16(answer->data + 5, MESSAGE_MAX);
	answer->data[7] = WINDOW;
	answer->length = 8;
	me.program->hello(answer);
	return LINK_OK;
}

static void carry_out(uint8_t type, uint8_t session, uint16_t sequence, const uint8_t *body, size_t n)
{
	static uint8_t message[MESSAGE_MAX]; // greet clears the places of kept answers
	struct link_answer answer = {message + MESSAGE_HEAD + 1, 0};
	const struct link_request *r = find(type);
	struct kept *k = type == LINK_HELLO ? &me.hello : &me.kept[sequence % WINDOW];
	enum link_status status;

	counters.requests++;
	if (type == LINK_HELLO)
		status = greet(session, body, &answer);
	else if (!r || (me.major != MAJOR && !r->any_major))
		status = LINK_UNKNOWN;
	else if (n < r->min)
		status = LINK_MALFORMED;
	else
		status = r->run(body, n, &answer);
	head(message, type | ANSWER, sequence);
	message[1] = session;
	message[MESSAGE_HEAD] = (uint8_t)status;
	k->sequence = sequence;
	k->length = MESSAGE_HEAD + 1 + answer.length;
	k->waiting = true;
	memcpy(k->message, message, k->length);
}

static void request(uint8_t type, uint8_t session, uint16_t sequence, const uint8_t *body, size_t n)
{
	struct kept *k = &me.kept[sequence % WINDOW];
	int16_t newer;

	if (type == LINK_HELLO) {
		if (n < HELLO_MIN || !session)
			return;
		if (session != me.session || get32(body + 4) != me.nonce)
			carry_out(type, session, sequence, body, n);
		me.hello.waiting = true;
		return;
	}
	newer = (int16_t)(sequence - k->sequence);
	if (newer > 0) {
		carry_out(type, session, sequence, body, n);
	} else if (newer == 0 && k->length) {
		counters.answered_again++;
		k->waiting = true;
	} else {
		counters.too_old++;
	}
}

static void receive(const uint8_t *message, size_t n)
{
	uint8_t type = message[0], session = message[1];

	if (type != LINK_HELLO && (session != me.session || !me.session)) {
		counters.wrong_session++;
		return;
	}
	if (type >= LINK_HELLO && type < LINK_EVENT)
		request(type, session, get16(message + 2), message + MESSAGE_HEAD, n - MESSAGE_HEAD);
	else
		me.program->message(type, message + MESSAGE_HEAD, n - MESSAGE_HEAD);
	if (session == me.session)
		me.heard = clock_millis();
}

static void take(struct stream *s, int interface)
{
	uint8_t octets[512];
	size_t n = wire_read(interface, octets, sizeof octets);

	for (size_t i = 0; i < n; i++) {
		switch (frame_feed(&s->reader, octets[i])) {
		case FRAME_NOTHING:
			break;
		case FRAME_MESSAGE:
			receive(s->reader.data, s->reader.length);
			break;
		case FRAME_BAD_CRC:
			counters.bad_crc++;
			break;
		case FRAME_BAD:
			counters.bad_frame++;
			break;
		}
	}
}

static bool next_media(struct stream *s)
{
	if (!me.media_length)
		return false;
	head(me.media, LINK_PCM_UP, me.up_sequence++);
	s->length = frame_encode(s->frame, me.media, MESSAGE_HEAD + me.media_length);
	me.media_length = 0;
	counters.up_sent++;
	return true;
}

static bool next_control(struct stream *s)
{
	static uint8_t message[MESSAGE_MAX];
	struct kept *oldest = me.hello.waiting ? &me.hello : NULL;
	size_t n;

	for (int i = 0; i < WINDOW && oldest != &me.hello; i++) {
		struct kept *k = &me.kept[i];

		if (k->waiting && (!oldest || (int16_t)(k->sequence - oldest->sequence) < 0))
			oldest = k;
	}
	if (oldest) {
		oldest->waiting = false;
		s->length = frame_encode(s->frame, oldest->message, oldest->length);
		return true;
	}
	n = me.session ? me.program->event(message + MESSAGE_HEAD) : 0;
	if (!n)
		return false;
	head(message, LINK_EVENT, 0);
	s->length = frame_encode(s->frame, message, MESSAGE_HEAD + n);
	return true;
}

// next begins the frame that is to go over interface next.
static bool next(struct stream *s, int interface)
{
	bool media_first;

	s->length = s->sent = 0;
	if (me.program->two_streams)
		return interface == LINK_MEDIA ? next_media(s) : next_control(s);
	if (interface == LINK_MEDIA)
		return false;
	media_first = !s->media_last;
	for (int turn = 0; turn < 2; turn++, media_first = !media_first) {
		if (media_first ? next_media(s) : next_control(s)) {
			s->media_last = media_first;
			return true;
		}
	}
	return false;
}

static void give(struct stream *s, int interface)
{
	for (;;) {
		if (s->sent == s->length && !next(s, interface))
			return;
		s->sent += wire_write(interface, s->frame + s->sent, s->length - s->sent);
		if (s->sent < s->length)
			return;
	}
}

void link_poll(void)
{
	wire_poll();
	for (int i = 0; i < LINK_INTERFACES; i++) {
		take(&me.stream[i], i);
		give(&me.stream[i], i);
	}
	wire_poll();
	if (me.session && clock_millis() - me.heard > HOST_LOST_MS) {
		counters.hosts_lost++;
		me.session = 0;
		me.media_length = 0;
		for (int i = 0; i < WINDOW; i++)
			me.kept[i].length = 0;
		me.program->lost();
	}
}
