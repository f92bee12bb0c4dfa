// Tests of core and chip on the host, under the address and undefined-behaviour sanitizers.
#include "check.h"

int main(void)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} checks[] = {
		{"record", check_record},
		{"trial", check_trial},
		{"session", check_session},
		{"events", check_events},
		{"pcm", check_pcm},
		{"chips", check_chips},
	};

	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
		checks[i].run();
		printf("%s ok\n", checks[i].name);
	}
}
