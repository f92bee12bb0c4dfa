#include "cobs.h"

size_t cobs_encode(uint8_t *out, const uint8_t *in, size_t n)
{
	size_t at = 0, w = 1;

	for (size_t i = 0; i < n; i++) {
		if (in[i])
			out[w++] = in[i];
		if (!in[i] || w - at == 255) {
			out[at] = (uint8_t)(w - at);
			// A full group stands for no zero; the next begins only if something follows.
			if (in[i] && i + 1 == n)
				return w;
			at = w++;
		}
	}
	out[at] = (uint8_t)(w - at);
	return w;
}

int cobs_decode(uint8_t *data, size_t n)
{
	size_t r = 0, w = 0;

	while (r < n) {
		uint8_t code = data[r++];

		if (!code || r + code - 1 > n)
			return -1;
		for (uint8_t i = 1; i < code; i++, r++) {
			if (!data[r])
				return -1;
			data[w++] = data[r];
		}
		if (code < 255 && r < n)
			data[w++] = 0;
	}
	return (int)w;
}
