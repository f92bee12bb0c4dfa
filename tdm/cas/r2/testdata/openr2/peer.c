/* One R2 channel of libopenr2 whose card is a pair of pipes and whose clock is the number of blocks that came through them.
 *
 * peer VARIANT ANI DNIS. A block is 20 ms. In: bits, command, argument, 160 octets of A-law; commands: m (make the call; the
 * argument is the category, the calling number is 4689 and the called one 5551234), a accept, n answer, d disconnect with a
 * cause of openr2. Out: bits, event, argument, 160 octets, 64 octets of text; events: o offered (text: ANI|DNIS|category),
 * a accepted, n answered, d disconnected (argument: cause), e ended, x protocol error (argument: which), b billing pulse. */
#include <stddef.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <openr2.h>

enum { FD = 1000, N = 160 };

/* requests of DAHDI: a group letter and a number */
#define REQUEST(r) ((r) & 0xffff)
enum { PARAMETERS = 0xda05, IOMUX = 0xda09, GETEVENT = 0xda08, BITS = 0xda2b };
enum { CAN_READ = 1, CAN_WRITE = 2, HAS_EVENT = 8, BITS_CHANGED = 13, SIGNALLING = 3, CAS = 0x8000 };

static long long ms;
static int rxbits = 9, txbits = 9, changed = 1, unread, written;
static unsigned char rx[N], tx[N];

static struct { char kind; unsigned char arg; char text[64]; } queue[16];
static unsigned head, tail;

static void say(char kind, int arg, const char *text)
{
	if (tail - head == 16)
		exit(3);
	queue[tail % 16].kind = kind;
	queue[tail % 16].arg = (unsigned char)arg;
	snprintf(queue[tail % 16].text, 64, "%s", text);
	tail++;
}

/* These take the place of the C library's for libopenr2. */

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	va_start(ap, request);
	int *p = va_arg(ap, int *);
	va_end(ap);
	if (fd != FD)
		return -1;
	switch (REQUEST(request)) {
	case IOMUX: {
		int want = *p, got = 0;
		if ((want & HAS_EVENT) && changed)
			got |= HAS_EVENT;
		if ((want & CAN_READ) && unread)
			got |= CAN_READ;
		if ((want & CAN_WRITE) && !written)
			got |= CAN_WRITE;
		*p = got;
		return 0;
	}
	case PARAMETERS:
		p[SIGNALLING] = CAS;
		return 0;
	case GETEVENT:
		*p = changed ? BITS_CHANGED : 0;
		changed = 0;
		return 0;
	case BITS:
		if (request >> 30 == 2)
			*p = rxbits;
		else
			txbits = *p;
		return 0;
	}
	return 0;
}

ssize_t read(int fd, void *buf, size_t n)
{
	if (fd != FD)
		return syscall(SYS_read, fd, buf, n);
	if (n > N || !unread)
		n = unread ? N : 0;
	memcpy(buf, rx, n);
	unread = 0;
	return (ssize_t)n;
}

ssize_t write(int fd, const void *buf, size_t n)
{
	if (fd != FD)
		return syscall(SYS_write, fd, buf, n);
	if (n > N)
		n = N;
	memcpy(tx, buf, n);
	written = 1;
	return (ssize_t)n;
}

int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	(void)tz;
	tv->tv_sec = 1000 + ms / 1000;
	tv->tv_usec = ms % 1000 * 1000;
	return 0;
}

static void nothing(openr2_chan_t *c) { (void)c; }
static void offered(openr2_chan_t *c, const char *ani, const char *dnis, openr2_calling_party_category_t cat)
{
	char text[64];
	(void)c;
	snprintf(text, sizeof text, "%s|%s|%d", ani ? ani : "", dnis ? dnis : "", (int)cat);
	say('o', 0, text);
}
static void accepted(openr2_chan_t *c, openr2_call_mode_t mode) { (void)c; say('a', (int)mode, ""); }
static void answered(openr2_chan_t *c) { (void)c; say('n', 0, ""); }
static void disconnected(openr2_chan_t *c, openr2_call_disconnect_cause_t cause)
{
	say('d', (int)cause, "");
	openr2_chan_disconnect_call(c, OR2_CAUSE_NORMAL_CLEARING);
}
static void ended(openr2_chan_t *c) { (void)c; say('e', 0, ""); }
static void got(openr2_chan_t *c, const unsigned char *b, int n) { (void)c; (void)b; (void)n; }
static void number(openr2_chan_t *c, int n) { (void)c; (void)n; }
static void error(openr2_chan_t *c, openr2_protocol_error_t e) { (void)c; say('x', (int)e, openr2_proto_get_error(e)); }
static void pulse(openr2_chan_t *c) { (void)c; say('b', 0, ""); }
static int more(openr2_chan_t *c, char d) { (void)c; (void)d; return 1; }
static void digit(openr2_chan_t *c, char d) { (void)c; (void)d; }
static void context_log(openr2_context_t *c, openr2_log_level_t l, const char *f, va_list ap) { (void)c; (void)l; (void)f; (void)ap; }
static void chan_log(openr2_chan_t *c, openr2_log_level_t l, const char *f, va_list ap)
{
	(void)c;
	(void)l;
	if (getenv("R2_LOG")) {
		fprintf(stderr, "%lld ", ms);
		vfprintf(stderr, f, ap);
	}
}

static int whole(unsigned char *b, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t k = read(0, b + at, n - at);
		if (k <= 0)
			return 0;
		at += (size_t)k;
	}
	return 1;
}

int main(int argc, char **argv)
{
	static openr2_event_interface_t events;
	if (argc != 4)
		return 2;
	events.on_call_init = nothing;
	events.on_call_offered = offered;
	events.on_call_accepted = accepted;
	events.on_call_answered = answered;
	events.on_call_disconnect = disconnected;
	events.on_call_end = ended;
	events.on_call_read = got;
	events.on_hardware_alarm = number;
	events.on_os_error = number;
	events.on_protocol_error = error;
	events.on_line_blocked = nothing;
	events.on_line_idle = nothing;
	events.on_context_log = context_log;
	events.on_dnis_digit_received = more;
	events.on_ani_digit_received = digit;
	events.on_billing_pulse_received = pulse;
	openr2_context_t *context = openr2_context_new(NULL, &events, NULL, openr2_proto_get_variant(argv[1]), atoi(argv[2]), atoi(argv[3]));
	openr2_chan_t *c = context ? openr2_chan_new_from_fd(context, FD, NULL, NULL) : NULL;
	if (!c)
		return 4;
	openr2_chan_set_logging_func(c, chan_log);
	openr2_chan_set_log_level(c, getenv("R2_LOG") ? OR2_LOG_ALL : OR2_LOG_NOTHING);
	openr2_chan_set_idle(c);
	openr2_chan_enable_read(c);
	for (unsigned char in[3 + N], out[3 + N + 64]; whole(in, sizeof in);) {
		ms += 20;
		if (in[0] != rxbits)
			changed = 1;
		rxbits = in[0];
		memcpy(rx, in + 3, N);
		unread = 1;
		written = 0;
		memset(tx, 0xd5, N);
		switch (in[1]) {
		case 'm':
			openr2_chan_make_call(c, in[2] & 0x80 ? "" : "4689", "5551234", (openr2_calling_party_category_t)(in[2] & 0x7f));
			break;
		case 'a':
			openr2_chan_accept_call(c, OR2_CALL_WITH_CHARGE);
			break;
		case 'n':
			openr2_chan_answer_call(c);
			break;
		case 'd':
			openr2_chan_disconnect_call(c, (openr2_call_disconnect_cause_t)in[2]);
			break;
		}
		openr2_chan_process_event(c);
		memset(out, 0, sizeof out);
		out[0] = (unsigned char)txbits;
		if (head != tail) {
			out[1] = (unsigned char)queue[head % 16].kind;
			out[2] = queue[head % 16].arg;
			memcpy(out + 3 + N, queue[head % 16].text, 64);
			head++;
		}
		memcpy(out + 3, tx, N);
		if (write(1, out, sizeof out) != (ssize_t)sizeof out)
			return 5;
	}
	return 0;
}
