// Compiled once a program: SLOT, BOARD, VERSION, SECURITY and ORIGIN_ come from the Makefile.
#include "describe.h"

__attribute__((section(".descriptor"), used)) const struct descriptor describe = {
	.magic = DESCRIPTOR_MAGIC,
	.address = ORIGIN_,
	.security = SECURITY,
	.hardware_min = 1,
	.hardware_max = 1,
	.slot = SLOT,
	.board = BOARD,
	.version = VERSION,
};

_Static_assert(sizeof BOARD <= sizeof describe.board, "the board's name is too long");
_Static_assert(sizeof VERSION <= sizeof describe.version, "the version is too long");
