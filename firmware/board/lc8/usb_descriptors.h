// What the device says about itself on endpoint 0.
#pragma once

#include "core.h"

enum {
	USB_CONTROL_PACKET = 64,
	USB_BULK_PACKET = 64,
	USB_NOTIFY_PACKET = 8,
	USB_NOTIFY_A = 1, // IN endpoints that say nothing: CDC wants them
	USB_DATA_A = 2,   // IN and OUT
	USB_NOTIFY_B = 3,
	USB_DATA_B = 4,
};

// usb_descriptor returns a descriptor and its length for the high (type) and low (index) octet of wValue, or NULL.
const uint8_t *usb_descriptor(uint8_t type, uint8_t index, size_t *length);
