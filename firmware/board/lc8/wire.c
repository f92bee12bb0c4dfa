// The wire of the board lc8 is USB, an interface for control and one for media.
#include "wire.h"

#include "usb.h"

void wire_start(void) { usb_start(); }
void wire_poll(void) { usb_poll(); }
size_t wire_read(int interface, uint8_t *data, size_t n) { return usb_read(interface, data, n); }
size_t wire_write(int interface, const uint8_t *data, size_t n) { return usb_write(interface, data, n); }
