// A check that does not hold says where and ends the program.
#pragma once

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			exit(1); \
		} \
	} while (0)

void check_record(void);
void check_trial(void);
void check_session(void);
void check_events(void);
void check_pcm(void);
void check_chips(void);
