// USART1 as a stream of octets, 8N1. Received octets are put into a ring by the interrupt; sent ones leave by usart_poll, since
// QEMU 7.2 has no transmit interrupt.
#pragma once

#include "core.h"

void usart_start(void);
void usart_poll(void);
size_t usart_read(uint8_t *data, size_t n);
size_t usart_write(const uint8_t *data, size_t n);
