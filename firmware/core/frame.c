#include "frame.h"

#include "crc32.h"

size_t frame_encode(uint8_t frame[FRAME_MAX], uint8_t *message, size_t n)
{
	size_t length;

	put32(message + n, crc32(0, message, n));
	frame[0] = 0;
	length = cobs_encode(frame + 1, message, n + 4);
	frame[1 + length] = 0;
	return length + 2;
}

static enum frame_event end(struct frame_reader *r)
{
	int n;

	if (!r->length)
		return FRAME_NOTHING;
	if (r->overlong)
		return FRAME_BAD;
	n = cobs_decode(r->data, r->length);
	if (n < MESSAGE_MIN || n > MESSAGE_MAX)
		return FRAME_BAD;
	r->length = (size_t)n - 4;
	return get32(r->data + r->length) == crc32(0, r->data, r->length) ? FRAME_MESSAGE : FRAME_BAD_CRC;
}

enum frame_event frame_feed(struct frame_reader *r, uint8_t octet)
{
	if (r->ended) {
		r->length = 0;
		r->overlong = r->ended = false;
	}
	if (!octet) {
		r->ended = true;
		return end(r);
	}
	if (r->length == sizeof r->data)
		r->overlong = true;
	else
		r->data[r->length++] = octet;
	return FRAME_NOTHING;
}
