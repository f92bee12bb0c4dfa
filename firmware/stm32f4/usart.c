#include "usart.h"

#include "cortex_m4.h"
#include "crash.h"
#include "stm32f4.h"

enum { SIZE = 4096 }; // of each ring, a power of two

enum { SR_RXNE = 1 << 5, SR_TXE = 1 << 7, CR1_RE = 1 << 2, CR1_TE = 1 << 3, CR1_RXNEIE = 1 << 5, CR1_UE = 1 << 13 }; // 30.6

struct ring {
	uint8_t data[SIZE];
	volatile uint32_t in, out; // octets ever put and taken
};

static struct ring received, sending;

static bool put(struct ring *r, uint8_t octet)
{
	if (r->in - r->out == SIZE)
		return false;
	r->data[r->in % SIZE] = octet;
	r->in++;
	return true;
}

static size_t take(struct ring *r, uint8_t *data, size_t n)
{
	size_t i = 0;

	for (; i < n && r->out != r->in; i++, r->out++)
		data[i] = r->data[r->out % SIZE];
	return i;
}

void usart_start(void)
{
	USART1->cr1 = CR1_UE | CR1_TE | CR1_RE | CR1_RXNEIE;
	nvic_enable(IRQ_USART1);
}

// An octet that finds the ring full is lost, and with it a frame, which the protocol repairs.
void usart1_handler(void)
{
	if (USART1->sr & SR_RXNE)
		put(&received, (uint8_t)USART1->dr);
}

void usart_poll(void)
{
	uint8_t octet;

	while (USART1->sr & SR_TXE && take(&sending, &octet, 1))
		USART1->dr = octet;
}

size_t usart_read(uint8_t *data, size_t n) { return take(&received, data, n); }

size_t usart_write(const uint8_t *data, size_t n)
{
	size_t i = 0;

	while (i < n && put(&sending, data[i]))
		i++;
	return i;
}
