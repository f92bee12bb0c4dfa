// USB as two serial ports: OTG_HS with its full-speed transceiver, a composite device of two CDC-ACM functions, control and
// media, in the order of enum link_interface. OTG_HS has six IN endpoints besides endpoint 0, of which this takes four; OTG_FS
// has three. There are no interrupts: usb_poll does all that is to be done.
#pragma once

#include "core.h"

void usb_start(void);
void usb_poll(void);
size_t usb_read(int port, uint8_t *data, size_t n);
size_t usb_write(int port, const uint8_t *data, size_t n);
