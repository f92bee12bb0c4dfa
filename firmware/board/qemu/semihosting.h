// Arm semihosting (Arm IHI 0032, "Semihosting for AArch32 and AArch64", 6): files of the host, by trap. Real hardware without
// a debugger faults on it, so no other board may link it.
#pragma once

#include "core.h"

// file_open returns a handle or -1. file_read and file_write return how many octets were moved; a short read is the end or, on
// a terminal, that there is no more now.
int file_open(const char *name, const char *mode);
void file_close(int handle);
size_t file_read(int handle, void *data, size_t n);
size_t file_write(int handle, const void *data, size_t n);
void file_seek(int handle, uint32_t at);
void file_remove(const char *name);
_Noreturn void host_exit(void);
