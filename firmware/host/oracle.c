// Lets other programs' tests ask this code what it makes of their octets: a request on standard input is an operation, a
// 32-bit length and as many octets; the answer on standard output a 32-bit length and as many octets.
//
//	'V' key, signature, message  -> 1 when the signature is good, else 0
//	'H' message                  -> its SHA-512
//	'I' image, behind slot, hardware revision (16), floor (32), board (12) and a key: what a card that has only that
//	    key makes of it in that slot -> fault
//	'F' a stream of octets       -> the messages in it, each with a 16-bit length before it; behind them a 16-bit ffff and
//	    the counts (32) of wrong CRCs and of other bad frames
//	'E' message without CRC      -> its frame
//	'R' a body behind its type   -> the status that a card without chips gives: TRANSFER, SENSE or DRIVE
#include <stdio.h>
#include <stdlib.h>

#include "drive.h"
#include "ed25519.h"
#include "frame.h"
#include "host.h"
#include "image.h"
#include "sense.h"
#include "sha512.h"
#include "transfer.h"

static uint8_t *out;
static size_t out_length, out_room;

static void put(const void *data, size_t n)
{
	if (out_length + n > out_room) {
		out_room = 2 * (out_length + n);
		out = realloc(out, out_room);
		if (!out)
			abort();
	}
	if (n)
		memcpy(out + out_length, data, n);
	out_length += n;
}

static void put_octet(uint8_t octet) { put(&octet, 1); }

static void verify(const uint8_t *in, size_t n)
{
	if (n >= ED25519_KEY_SIZE + ED25519_SIGNATURE_SIZE)
		put_octet(ed25519_verify(in, in + ED25519_KEY_SIZE + ED25519_SIGNATURE_SIZE, n - ED25519_KEY_SIZE - ED25519_SIGNATURE_SIZE,
			in + ED25519_KEY_SIZE));
}

static void hash(const uint8_t *in, size_t n)
{
	uint8_t digest[SHA512_SIZE];
	struct sha512 s;

	sha512_init(&s);
	sha512_add(&s, in, n / 3); // in two pieces, neither of them whole blocks
	sha512_add(&s, in + n / 3, n - n / 3);
	sha512_end(&s, digest);
	put(digest, sizeof digest);
}

static void image(const uint8_t *in, size_t n)
{
	enum { HEAD = 1 + 2 + 4 + 12 + KEY_SIZE };
	uint8_t keys[KEYS][KEY_SIZE] = {{0}};
	char board[13] = {0};
	struct image_check c;
	struct image_rules rules = {.board = board, .keys = (const uint8_t(*)[KEY_SIZE])keys};

	if (n < HEAD || n - HEAD > FLASH_SLOT_SIZE || in[0] > 1)
		return;
	rules.hardware = get16(in + 1);
	rules.floor = get32(in + 3);
	memcpy(board, in + 7, 12);
	memcpy(keys[1], in + 19, KEY_SIZE);
	host_flash_new();
	memcpy(host_flash + (flash_slot(in[0]) - FLASH_BOOT), in + HEAD, n - HEAD);
	put_octet((uint8_t)image_verdict(&c, in[0], &rules));
}

static void frames(const uint8_t *in, size_t n)
{
	struct frame_reader *reader = calloc(1, sizeof *reader);
	uint32_t crc = 0, bad = 0;
	uint8_t number[4];

	if (!reader)
		abort();
	for (size_t i = 0; i < n; i++) {
		switch (frame_feed(reader, in[i])) {
		case FRAME_NOTHING:
			break;
		case FRAME_MESSAGE:
			put16(number, (uint16_t)reader->length);
			put(number, 2);
			put(reader->data, reader->length);
			break;
		case FRAME_BAD_CRC:
			crc++;
			break;
		case FRAME_BAD:
			bad++;
			break;
		}
	}
	put("\xff\xff", 2);
	put32(number, crc);
	put(number, 4);
	put32(number, bad);
	put(number, 4);
	free(reader);
}

static void encode(const uint8_t *in, size_t n)
{
	uint8_t message[MESSAGE_MAX], frame[FRAME_MAX];

	if (n > sizeof message - 4)
		return;
	memcpy(message, in, n);
	put(frame, frame_encode(frame, message, n));
}

static void request(const uint8_t *in, size_t n)
{
	static uint8_t data[BODY_MAX];
	struct link_answer answer = {data, 0};

	if (!n)
		return;
	switch (in[0]) {
	case LINK_TRANSFER:
		put_octet(n < 2 ? LINK_MALFORMED : (uint8_t)transfer_request(in + 1, n - 1, &answer));
		break;
	case LINK_SENSE:
		put_octet(n < 3 ? LINK_MALFORMED : (uint8_t)sense_request(in + 1, n - 1, &answer));
		break;
	case LINK_DRIVE:
		put_octet(n < 7 ? LINK_MALFORMED : (uint8_t)drive_request(in + 1, n - 1, &answer));
		break;
	}
}

int main(void)
{
	static const struct {
		char operation;
		void (*run)(const uint8_t *in, size_t n);
	} operations[] = {{'V', verify}, {'H', hash}, {'I', image}, {'F', frames}, {'E', encode}, {'R', request}};
	uint8_t head[5], length[4];

	while (fread(head, 1, sizeof head, stdin) == sizeof head) {
		size_t n = get32(head + 1);
		uint8_t *in = malloc(n ? n : 1); // of this size, so that a read behind the end is seen

		if (!in || fread(in, 1, n, stdin) != n)
			return 1;
		out_length = 0;
		for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
			if (operations[i].operation == (char)head[0])
				operations[i].run(in, n);
		free(in);
		put32(length, (uint32_t)out_length);
		fwrite(length, 1, sizeof length, stdout);
		fwrite(out, 1, out_length, stdout);
		fflush(stdout);
	}
	return 0;
}
