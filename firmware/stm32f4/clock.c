#include "clock.h"

#include "board.h"

uint64_t clock_micros(void)
{
	static uint64_t at;

	at += board_micros() - (uint32_t)at; // called more often than every 71 minutes, at which board_micros wraps
	return at;
}
