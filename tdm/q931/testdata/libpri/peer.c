/*
 * A primary rate ISDN end on libpri, for tests: LAPD frames without FCS on a datagram socket (file descriptor 3, and 4 for a
 * second D channel), commands on standard input, events on standard output, a line each.
 *
 *   peer nt|te SWITCHTYPE [auto]
 *
 * "auto" answers every call at once. "load N C" makes N calls, C at a time, each hung up as soon as it is answered, and
 * prints how long that took.
 */
#include <errno.h>
#include <fcntl.h>
#include <libpri.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define MAX_CALLS 4096

static struct pri *pri, *second;
static q931_call *calls[MAX_CALLS];
static int automatic, up[2];
static int load_causes[128]; /* of calls of "load" that were not cleared normally */
static int load_left, load_open, load_done, load_failed, load_limit;
static unsigned int load_channels, load_busy; /* bit n: channel n */
static struct { int id; } owed[MAX_CALLS]; /* invoke identifier of what was asked on a call */
static int channel_of[MAX_CALLS], loaded[MAX_CALLS]; /* loaded: made by "load" */
static struct timeval load_since;

static int from_line(struct pri *p, void *buf, int len)
{
	ssize_t n = recv(pri_fd(p), buf, len - 2, MSG_DONTWAIT);

	if (n <= 0)
		return 0;
	return n + 2; /* libpri counts the FCS */
}

static int to_line(struct pri *p, void *buf, int len)
{
	if (send(pri_fd(p), buf, len - 2, 0) < 0)
		return 0;
	return len;
}

static void no_message(struct pri *p, char *s)
{
	if (getenv("PEER_DEBUG"))
		fputs(s, stderr);
}

static int index_of(q931_call *c)
{
	int i, room = -1;

	for (i = 1; i < MAX_CALLS; i++) {
		if (calls[i] == c)
			return i;
		if (!calls[i] && room < 0)
			room = i;
	}
	if (room < 0) {
		fprintf(stderr, "peer: too many calls\n");
		exit(1);
	}
	calls[room] = c;
	channel_of[room] = loaded[room] = 0;
	return room;
}

static void forget(int i)
{
	if (i > 0 && i < MAX_CALLS) {
		if (channel_of[i])
			load_busy &= ~(1u << channel_of[i]);
		calls[i] = NULL;
	}
}

static double elapsed(void)
{
	struct timeval now;

	gettimeofday(&now, NULL);
	return now.tv_sec - load_since.tv_sec + (now.tv_usec - load_since.tv_usec) / 1e6;
}

/* Words of a command: "called=5551234" and the like. */
static const char *word(char **words, int n, const char *key, const char *none)
{
	size_t len = strlen(key);
	int i;

	for (i = 0; i < n; i++)
		if (!strncmp(words[i], key, len) && words[i][len] == '=')
			return words[i] + len + 1;
	return none;
}

static int number(char **words, int n, const char *key, int none)
{
	const char *s = word(words, n, key, NULL);

	return s ? (int) strtol(s, NULL, 0) : none;
}

static void subaddress(struct pri_party_subaddress *sub, const char *s)
{
	memset(sub, 0, sizeof(*sub));
	sub->valid = 1;
	sub->type = 0; /* NSAP */
	sub->length = snprintf((char *) sub->data, sizeof(sub->data), "%s", s);
}

static int start_call(char **w, int n)
{
	struct pri_party_subaddress sub;
	struct pri_sr *sr = pri_sr_new();
	struct pri_party_id caller;
	struct pri_party_redirecting redirecting;
	q931_call *c = pri_new_call(pri);
	const char *s;
	int i;

	if (!c)
		return -1;
	i = index_of(c);
	pri_sr_set_channel(sr, number(w, n, "channel", 1), number(w, n, "exclusive", 1), 0);
	channel_of[i] = number(w, n, "channel", 1) & 0xff;
	pri_sr_set_bearer(sr, PRI_TRANS_CAP_SPEECH, number(w, n, "layer1", PRI_LAYER_1_ALAW));
	pri_sr_set_called(sr, (char *) word(w, n, "called", "5551234"), PRI_NATIONAL_ISDN, number(w, n, "complete", 1));
	memset(&caller, 0, sizeof(caller));
	caller.number.valid = 1;
	caller.number.plan = PRI_NATIONAL_ISDN;
	caller.number.presentation = number(w, n, "pres", PRES_ALLOWED_USER_NUMBER_NOT_SCREENED);
	snprintf(caller.number.str, sizeof(caller.number.str), "%s", word(w, n, "calling", "2125550100"));
	if ((s = word(w, n, "name", NULL))) {
		caller.name.valid = 1;
		caller.name.presentation = PRES_ALLOWED_USER_NUMBER_NOT_SCREENED;
		caller.name.char_set = PRI_CHAR_SET_ISO8859_1;
		snprintf(caller.name.str, sizeof(caller.name.str), "%s", s);
	}
	pri_sr_set_caller_party(sr, &caller);
	if ((s = word(w, n, "keypad", NULL)))
		pri_sr_set_keypad_digits(sr, s);
	if ((s = word(w, n, "useruser", NULL)))
		pri_sr_set_useruser(sr, s);
	if ((s = word(w, n, "callingsub", NULL))) {
		subaddress(&sub, s);
		pri_sr_set_caller_subaddress(sr, &sub);
	}
	if ((s = word(w, n, "calledsub", NULL))) {
		subaddress(&sub, s);
		pri_sr_set_called_subaddress(sr, &sub);
	}
	if ((s = word(w, n, "redirecting", NULL))) {
		memset(&redirecting, 0, sizeof(redirecting));
		redirecting.from.number.valid = 1;
		redirecting.from.number.plan = PRI_NATIONAL_ISDN;
		snprintf(redirecting.from.number.str, sizeof(redirecting.from.number.str), "%s", s);
		redirecting.count = 1;
		redirecting.reason = PRI_REDIR_FORWARD_ON_BUSY;
		pri_sr_set_redirecting_parties(sr, &redirecting);
	}
	if (pri_setup(pri, c, sr)) {
		forget(i);
		i = -1;
	}
	pri_sr_free(sr);
	return i;
}

static void more_load(void)
{
	char channel[16];
	char *w[1] = { channel };
	int n, i;

	while (load_left > 0 && load_open < load_limit) {
		for (n = 1; n < 32; n++)
			if (load_channels >> n & 1 && !(load_busy >> n & 1))
				break;
		if (n == 32)
			return;
		load_busy |= 1u << n;
		snprintf(channel, sizeof(channel), "channel=%d", n);
		load_left--;
		i = start_call(w, 1);
		if (i < 0) {
			load_failed++;
			load_busy &= ~(1u << n);
			continue;
		}
		loaded[i] = 1;
		load_open++;
	}
	if (load_limit && !load_open && !load_left) {
		printf("load calls=%d failed=%d seconds=%.6f causes", load_done, load_failed, elapsed());
		for (i = 0; i < 128; i++)
			if (load_causes[i])
				printf(" %d:%d", i, load_causes[i]);
		printf("\n");
		load_limit = 0;
	}
}

static void ended(int i, int cause)
{
	if (loaded[i]) {
		load_open--;
		load_done++;
		/* RELEASE COMPLETE gives no cause when DISCONNECT did. */
		if (cause != PRI_CAUSE_NORMAL_CLEARING && cause != -1) {
			load_failed++;
			load_causes[cause & 127]++;
		}
	}
	loaded[i] = 0;
	forget(i);
}

static void subcommands(int i, struct pri_subcommands *s)
{
	int k;

	if (!s)
		return;
	for (k = 0; k < s->counter_subcmd; k++) {
		struct pri_subcommand *c = &s->subcmd[k];

		switch (c->cmd) {
		case PRI_SUBCMD_CONNECTED_LINE:
			printf("connected %d number=%s name=%s\n", i, c->u.connected_line.id.number.str, c->u.connected_line.id.name.valid ? c->u.connected_line.id.name.str : "");
			break;
		case PRI_SUBCMD_REDIRECTING:
			printf("redirecting %d from=%s reason=%d\n", i, c->u.redirecting.from.number.str, c->u.redirecting.reason);
			break;
		case PRI_SUBCMD_AOC_S:
			printf("aoc %d phase=S items=%d type=%d cost=%ld\n", i, c->u.aoc_s.num_items, c->u.aoc_s.num_items ? c->u.aoc_s.item[0].rate_type : -1,
			       c->u.aoc_s.num_items ? c->u.aoc_s.item[0].rate.duration.amount.cost : -1);
			break;
		case PRI_SUBCMD_AOC_D:
			printf("aoc %d phase=D charge=%d units=%ld\n", i, c->u.aoc_d.charge, c->u.aoc_d.recorded.unit.num_items ? c->u.aoc_d.recorded.unit.item[0].number : -1);
			break;
		case PRI_SUBCMD_AOC_E:
			printf("aoc %d phase=E charge=%d units=%ld\n", i, c->u.aoc_e.charge, c->u.aoc_e.recorded.unit.num_items ? c->u.aoc_e.recorded.unit.item[0].number : -1);
			break;
		case PRI_SUBCMD_TRANSFER_CALL:
			owed[i].id = c->u.transfer.invoke_id;
			printf("transfer %d first=%d second=%d\n", i, index_of(c->u.transfer.call_1), index_of(c->u.transfer.call_2));
			break;
		case PRI_SUBCMD_REROUTING:
			owed[i].id = c->u.rerouting.invoke_id;
			printf("rerouting %d to=%s from=%s reason=%d\n", i, c->u.rerouting.deflection.to.number.str,
			       c->u.rerouting.deflection.from.number.str, c->u.rerouting.deflection.reason);
			break;
		case PRI_SUBCMD_MCID_REQ:
			printf("mcid %d from=%s\n", i, c->u.mcid_req.originator.number.str);
			break;
		case PRI_SUBCMD_MCID_RSP:
			printf("mcidrsp %d status=%d\n", i, c->u.mcid_rsp.status);
			break;
		case PRI_SUBCMD_DISPLAY_TEXT:
			printf("display %d text=%.*s\n", i, c->u.display.length, c->u.display.text);
			break;
		}
	}
}

static void event(struct pri *p, pri_event *e)
{
	int i;

	switch (e->e) {
	case PRI_EVENT_DCHAN_UP:
		if (!up[p == second])
			printf("up %d\n", p == second);
		up[p == second] = 1;
		break;
	case PRI_EVENT_DCHAN_DOWN:
		if (up[p == second])
			printf("down %d\n", p == second);
		up[p == second] = 0;
		break;
	case PRI_EVENT_RING:
		i = index_of(e->ring.call);
		channel_of[i] = 0;
		if (automatic) {
			pri_proceeding(p, e->ring.call, e->ring.channel, 0);
			pri_acknowledge(p, e->ring.call, e->ring.channel, 0);
			pri_answer(p, e->ring.call, e->ring.channel, 0);
			break;
		}
		printf("ring %d channel=%d called=%s calling=%s pres=%d complete=%d redirecting=%s reason=%d name=%s\n", i, e->ring.channel & 0xff,
		       e->ring.callednum, e->ring.callingnum, e->ring.callingpres, e->ring.complete, e->ring.redirectingnum, e->ring.redirectingreason, e->ring.callingname);
		printf("more %d keypad=%s useruser=%s callingsub=%s calledsub=%.*s\n", i, e->ring.keypad_digits, e->ring.useruserinfo,
		       e->ring.callingsubaddr, e->ring.called_subaddress.length, e->ring.called_subaddress.data);
		subcommands(i, e->ring.subcmds);
		break;
	case PRI_EVENT_SETUP_ACK:
		printf("setupack %d\n", index_of(e->setup_ack.call));
		break;
	case PRI_EVENT_PROCEEDING:
		if (!load_limit)
			printf("proceeding %d channel=%d\n", index_of(e->proceeding.call), e->proceeding.channel & 0xff);
		break;
	case PRI_EVENT_PROGRESS:
		printf("progress %d mask=%d\n", index_of(e->proceeding.call), e->proceeding.progressmask);
		break;
	case PRI_EVENT_RINGING:
		if (!load_limit)
			printf("alerting %d\n", index_of(e->ringing.call));
		break;
	case PRI_EVENT_ANSWER:
		i = index_of(e->answer.call);
		if (load_limit) {
			pri_hangup(p, e->answer.call, PRI_CAUSE_NORMAL_CLEARING);
			break;
		}
		printf("answer %d useruser=%s\n", i, e->answer.useruserinfo);
		subcommands(i, e->answer.subcmds);
		break;
	case PRI_EVENT_CONNECT_ACK:
		if (!automatic && !load_limit)
			printf("connectack\n");
		break;
	case PRI_EVENT_INFO_RECEIVED:
		printf("info %d digits=%s complete=%d\n", index_of(e->ring.call), e->ring.callednum, e->ring.complete);
		break;
	case PRI_EVENT_KEYPAD_DIGIT:
		printf("keypad %d digits=%s\n", index_of(e->digit.call), e->digit.digits);
		break;
	case PRI_EVENT_HANGUP_REQ:
		i = index_of(e->hangup.call);
		subcommands(i, e->hangup.subcmds);
		if (automatic || load_limit) {
			pri_hangup(p, e->hangup.call, e->hangup.cause);
			break;
		}
		printf("disconnect %d cause=%d\n", i, e->hangup.cause);
		break;
	case PRI_EVENT_HANGUP:
		i = index_of(e->hangup.call);
		subcommands(i, e->hangup.subcmds);
		if (!automatic && !load_limit)
			printf("hangup %d cause=%d\n", i, e->hangup.cause);
		pri_hangup(p, e->hangup.call, e->hangup.cause);
		ended(i, e->hangup.cause);
		break;
	case PRI_EVENT_HANGUP_ACK:
		i = index_of(e->hangup.call);
		if (!automatic && !load_limit)
			printf("hangupack %d cause=%d\n", i, e->hangup.cause);
		ended(i, e->hangup.cause);
		break;
	case PRI_EVENT_FACILITY:
		i = index_of(e->facility.call);
		if (e->facility.callingname[0])
			printf("name %d name=%s\n", i, e->facility.callingname);
		subcommands(i, e->facility.subcmds);
		break;
	case PRI_EVENT_NOTIFY:
		i = index_of(e->notify.call);
		printf("notify %d info=%d\n", i, e->notify.info);
		subcommands(i, e->notify.subcmds);
		break;
	case PRI_EVENT_HOLD:
		printf("hold %d\n", index_of(e->hold.call));
		break;
	case PRI_EVENT_HOLD_ACK:
		printf("holdack %d\n", index_of(e->hold_ack.call));
		break;
	case PRI_EVENT_HOLD_REJ:
		printf("holdrej %d\n", index_of(e->hold_rej.call));
		break;
	case PRI_EVENT_RETRIEVE:
		printf("retrieve %d channel=%d\n", index_of(e->retrieve.call), e->retrieve.channel & 0xff);
		break;
	case PRI_EVENT_RETRIEVE_ACK:
		printf("retrieveack %d channel=%d\n", index_of(e->retrieve_ack.call), e->retrieve_ack.channel & 0xff);
		break;
	case PRI_EVENT_RETRIEVE_REJ:
		printf("retrieverej %d\n", index_of(e->retrieve_rej.call));
		break;
	case PRI_EVENT_RESTART:
		printf("restart channel=%d\n", e->restart.channel);
		break;
	case PRI_EVENT_RESTART_ACK:
		printf("restartack channel=%d\n", e->restartack.channel & 0xff);
		break;
	case PRI_EVENT_SERVICE:
		printf("service channel=%d status=%d\n", e->service.channel & 0xff, e->service.changestatus);
		break;
	case PRI_EVENT_SERVICE_ACK:
		printf("serviceack channel=%d status=%d\n", e->service_ack.channel & 0xff, e->service_ack.changestatus);
		break;
	default:
		printf("event %s\n", pri_event2str(e->e));
	}
}

static void command(char *line)
{
	char *w[32], *s;
	int n = 0, i, done = 0;
	q931_call *c;

	for (s = strtok(line, " \n"); s && n < 32; s = strtok(NULL, " \n"))
		w[n++] = s;
	if (!n)
		return;
	if (!strcmp(w[0], "call")) {
		i = start_call(w + 1, n - 1);
		printf("new %d\n", i);
		return;
	}
	if (!strcmp(w[0], "load")) {
		gettimeofday(&load_since, NULL);
		load_left = atoi(w[1]);
		load_limit = atoi(w[2]);
		load_channels = strtoul(w[3], NULL, 16);
		load_open = load_done = load_failed = 0;
		more_load();
		return;
	}
	if (!strcmp(w[0], "calls")) {
		int open = 0;

		for (i = 1; i < MAX_CALLS; i++)
			open += calls[i] != NULL;
		printf("calls open=%d\n", open);
		return;
	}
	if (!strcmp(w[0], "timer")) {
		i = pri_timer2idx(w[1]);
		if (i >= 0) {
			pri_set_timer(pri, i, atoi(w[2]));
			if (second)
				pri_set_timer(second, i, atoi(w[2]));
		}
		return;
	}
	if (!strcmp(w[0], "quit"))
		exit(0);
	if (!strcmp(w[0], "reset")) {
		pri_reset(pri, atoi(w[1]));
		return;
	}
	if (!strcmp(w[0], "service")) {
		pri_maintenance_service(pri, 0, atoi(w[1]), atoi(w[2]));
		return;
	}
	i = n > 1 ? atoi(w[1]) : 0;
	if (i < 1 || i >= MAX_CALLS || !calls[i]) {
		printf("error no call %d for %s\n", i, w[0]);
		return;
	}
	c = calls[i];
	done = n > 2 ? (int) strtol(w[2], NULL, 0) : 0; /* the argument of most commands */
	if (!strcmp(w[0], "setupack"))
		pri_setup_ack(pri, c, done, 0, 0);
	else if (!strcmp(w[0], "proceeding"))
		pri_proceeding(pri, c, done, 0);
	else if (!strcmp(w[0], "alerting"))
		pri_acknowledge(pri, c, done, 0);
	else if (!strcmp(w[0], "progress"))
		pri_progress(pri, c, done, 1);
	else if (!strcmp(w[0], "answer"))
		pri_answer(pri, c, done, 0);
	else if (!strcmp(w[0], "info"))
		pri_information(pri, c, w[2][0]);
	else if (!strcmp(w[0], "keypad"))
		pri_keypad_facility(pri, c, w[2]);
	else if (!strcmp(w[0], "hangup")) {
		pri_hangup(pri, c, done);
		if (n > 3)
			forget(i);
	} else if (!strcmp(w[0], "notify"))
		pri_notify(pri, c, 0, done);
	else if (!strcmp(w[0], "hold"))
		printf("hold %s\n", pri_hold(pri, c) ? "refused" : "sent");
	else if (!strcmp(w[0], "holdack"))
		pri_hold_ack(pri, c);
	else if (!strcmp(w[0], "holdrej"))
		pri_hold_rej(pri, c, done);
	else if (!strcmp(w[0], "retrieve"))
		pri_retrieve(pri, c, done);
	else if (!strcmp(w[0], "retrieveack"))
		pri_retrieve_ack(pri, c, done);
	else if (!strcmp(w[0], "name")) {
		struct pri_party_connected_line line;

		memset(&line, 0, sizeof(line));
		line.id.name.valid = 1;
		line.id.name.char_set = PRI_CHAR_SET_ISO8859_1;
		snprintf(line.id.name.str, sizeof(line.id.name.str), "%s", w[2]);
		line.id.number.valid = 1;
		line.id.number.plan = PRI_NATIONAL_ISDN;
		snprintf(line.id.number.str, sizeof(line.id.number.str), "%s", n > 3 ? w[3] : "");
		pri_connected_line_update(pri, c, &line);
	} else if (!strcmp(w[0], "transfer")) {
		printf("transfer %s\n", done > 0 && calls[done] && !pri_channel_bridge(c, calls[done]) ? "sent" : "refused");
	} else if (!strcmp(w[0], "transferred")) {
		pri_transfer_rsp(pri, c, owed[i].id, done);
	} else if (!strcmp(w[0], "deflect")) {
		struct pri_party_redirecting to;

		memset(&to, 0, sizeof(to));
		to.to.number.valid = to.from.number.valid = 1;
		to.to.number.plan = to.from.number.plan = PRI_NATIONAL_ISDN;
		snprintf(to.to.number.str, sizeof(to.to.number.str), "%s", w[2]);
		snprintf(to.from.number.str, sizeof(to.from.number.str), "%s", "5551234");
		to.count = 1;
		to.reason = PRI_REDIR_FORWARD_ON_BUSY;
		printf("deflect %s\n", pri_reroute_call(pri, c, NULL, &to, 0) ? "refused" : "sent");
	} else if (!strcmp(w[0], "deflected")) {
		pri_rerouting_rsp(pri, c, owed[i].id, done ? PRI_REROUTING_RSP_OK_RETAIN : PRI_REROUTING_RSP_NOT_ALLOWED);
	} else if (!strcmp(w[0], "mcid")) {
		printf("mcid %s\n", pri_mcid_req_send(pri, c) ? "refused" : "sent");
	} else if (!strcmp(w[0], "useruser")) {
		pri_call_set_useruser(c, w[2]);
	} else if (!strcmp(w[0], "aocs")) {
		struct pri_subcmd_aoc_s a;

		memset(&a, 0, sizeof(a));
		a.num_items = 1;
		a.item[0].chargeable = PRI_AOC_CHARGED_ITEM_BASIC_COMMUNICATION;
		a.item[0].rate_type = PRI_AOC_RATE_TYPE_DURATION;
		a.item[0].rate.duration.amount.cost = done;
		a.item[0].rate.duration.amount.multiplier = PRI_AOC_MULTIPLIER_HUNDREDTH;
		a.item[0].rate.duration.time.length = 1;
		a.item[0].rate.duration.time.scale = PRI_AOC_TIME_SCALE_MINUTE;
		a.item[0].rate.duration.charging_type = 1;
		snprintf(a.item[0].rate.duration.currency, sizeof(a.item[0].rate.duration.currency), "EUR");
		pri_aoc_s_send(pri, c, &a);
	} else if (!strcmp(w[0], "aocd")) {
		struct pri_subcmd_aoc_d a;

		memset(&a, 0, sizeof(a));
		a.charge = PRI_AOC_DE_CHARGE_UNITS;
		a.recorded.unit.num_items = 1;
		a.recorded.unit.item[0].number = done;
		a.recorded.unit.item[0].type = -1;
		pri_aoc_d_send(pri, c, &a);
	} else if (!strcmp(w[0], "aoce")) {
		struct pri_subcmd_aoc_e a;

		memset(&a, 0, sizeof(a));
		a.charge = PRI_AOC_DE_CHARGE_UNITS;
		a.recorded.unit.num_items = 1;
		a.recorded.unit.item[0].number = done;
		a.recorded.unit.item[0].type = -1;
		pri_aoc_e_send(pri, c, &a);
	} else
		printf("error no command %s\n", w[0]);
}

static void events(struct pri *p)
{
	pri_event *e = pri_check_event(p);

	if (e)
		event(p, e);
	while ((e = pri_schedule_run(p)))
		event(p, e);
}

static int milliseconds(struct pri *p, int most)
{
	struct timeval now, *next = pri_schedule_next(p);
	long ms;

	if (!next)
		return most;
	gettimeofday(&now, NULL);
	ms = (next->tv_sec - now.tv_sec) * 1000 + (next->tv_usec - now.tv_usec) / 1000 + 1;
	if (ms < 0)
		ms = 0;
	return ms < most ? ms : most;
}

static struct pri *end(int fd, int node, int type)
{
	struct pri *p;

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	p = pri_new_cb(fd, node, type, from_line, to_line, NULL);
	if (!p) {
		fprintf(stderr, "peer: no such switch type\n");
		exit(1);
	}
	if (getenv("PEER_DEBUG"))
		pri_set_debug(p, PRI_DEBUG_Q931_DUMP | PRI_DEBUG_Q931_ANOMALY | PRI_DEBUG_APDU | PRI_DEBUG_Q921_STATE);
	pri_facility_enable(p);
	pri_hangup_fix_enable(p, 1);
	pri_hold_enable(p, 1);
	pri_aoc_events_enable(p, 1);
	pri_transfer_enable(p, 1);
	pri_reroute_enable(p, 1);
	pri_mcid_enable(p, 1);
	pri_set_overlapdial(p, 1);
	pri_set_service_message_support(p, 1);
	return p;
}

int main(int argc, char **argv)
{
	char line[4096];
	size_t have = 0;
	int node, type, i, have_second;
	struct pollfd fds[3] = { { .fd = 0, .events = POLLIN }, { .fd = 3, .events = POLLIN }, { .fd = 4, .events = POLLIN } };

	if (argc < 3) {
		fprintf(stderr, "usage: peer nt|te SWITCHTYPE [auto] [two]\n");
		return 2;
	}
	node = strcmp(argv[1], "nt") ? PRI_CPE : PRI_NETWORK;
	type = atoi(argv[2]);
	have_second = 0;
	for (i = 3; i < argc; i++) {
		if (!strcmp(argv[i], "auto"))
			automatic = 1;
		if (!strcmp(argv[i], "two"))
			have_second = 1;
	}
	pri_set_message(no_message);
	pri_set_error(no_message);
	pri = end(3, node, type);
	if (have_second) {
		second = end(4, node, type);
		pri_enslave(pri, second);
	}
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	for (;;) {
		int wait = milliseconds(pri, 1000);

		if (second)
			wait = milliseconds(second, wait);
		fflush(stdout);
		if (poll(fds, have_second ? 3 : 2, wait) < 0 && errno != EINTR)
			return 1;
		if (fds[0].revents) {
			ssize_t n = read(0, line + have, sizeof(line) - 1 - have);
			char *nl;

			if (n <= 0)
				return 0;
			have += n;
			line[have] = 0;
			while ((nl = strchr(line, '\n'))) {
				*nl = 0;
				command(line);
				have -= nl + 1 - line;
				memmove(line, nl + 1, have + 1);
			}
		}
		/* One frame, one event: several frames may wait. */
		for (i = 0; i < 64; i++) {
			struct pollfd p = { .fd = 3, .events = POLLIN };

			if (poll(&p, 1, 0) <= 0)
				break;
			events(pri);
		}
		events(pri);
		for (i = 0; second && i < 64; i++) {
			struct pollfd p = { .fd = 4, .events = POLLIN };

			if (poll(&p, 1, 0) <= 0)
				break;
			events(second);
		}
		if (second)
			events(second);
		more_load();
	}
}
