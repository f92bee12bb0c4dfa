#include "usb.h"

#include "lc8.h"
#include "link.h"
#include "usb_descriptors.h"

// OTG_HS (35.12), as a device.
struct endpoint {
	volatile uint32_t ctl, r0, interrupt, r1, size, dma, fifo_space, r2;
};

struct otg {
	volatile uint32_t gotgctl, gotgint, gahbcfg, gusbcfg, grstctl, gintsts, gintmsk, grxstsr, grxstsp, grxfsiz, dieptxf0, r0[3], gccfg,
		cid, r1[49], dieptxf[7];
};

struct otg_device {
	volatile uint32_t dcfg, dctl, dsts, r0, diepmsk, doepmsk, daint, daintmsk;
};

#define OTG ((struct otg *)0x40040000)
#define OTG_DEVICE ((struct otg_device *)0x40040800)
#define EP_IN(n) ((struct endpoint *)(0x40040900 + 0x20 * (n)))
#define EP_OUT(n) ((struct endpoint *)(0x40040b00 + 0x20 * (n)))
#define FIFO(n) ((volatile uint32_t *)(0x40041000 + 0x1000 * (n)))
#define PCGCCTL (*(volatile uint32_t *)0x40040e00)

_Static_assert(offsetof(struct otg, gccfg) == 0x38 && offsetof(struct otg, dieptxf) == 0x104, "35.12.2");

enum {
	GUSBCFG_PHYSEL = 1 << 6,
	GUSBCFG_TRDT = 6 << 10, // turn-around time for a bus clock above 32 MHz (table 209)
	GUSBCFG_FDMOD = 1 << 30,
	GRSTCTL_CSRST = 1 << 0,
	GRSTCTL_RXFFLSH = 1 << 4,
	GRSTCTL_TXFFLSH = 1 << 5,
	GRSTCTL_ALL_TX = 16 << 6,
	GRSTCTL_AHBIDL = 1u << 31,
	GINT_RXFLVL = 1 << 4,
	GINT_USBRST = 1 << 12,
	GINT_ENUMDNE = 1 << 13,
	GCCFG_PWRDWN = 1 << 16,
	GCCFG_NOVBUSSENS = 1 << 21,
	DCFG_FULL_SPEED = 3,
	DCFG_DAD = 4,
	DCTL_SDIS = 1 << 1,
	DCTL_CGINAK = 1 << 8,
	EP_ACTIVE = 1 << 15,
	EP_TYPE = 18,
	EP_STALL = 1 << 21,
	EP_TXFIFO = 22,
	EP_CNAK = 1 << 26,
	EP_SNAK = 1 << 27,
	EP_SD0PID = 1 << 28,
	EP_DISABLE = 1 << 30,
	EP_ENABLE = 1u << 31,
	ALL_INTERRUPTS = 0xff,
	PACKETS = 19, // in a size register
	SETUP_3 = 3 << 29,
	STATUS_OUT = 2, // of GRXSTSP: an OUT packet, a SETUP packet
	STATUS_SETUP = 6,
};

// The FIFO memory, 1024 words (35.13): what is received, then what each IN endpoint sends.
enum { RX_WORDS = 512, TX0_WORDS = 32, NOTIFY_WORDS = 16, CONTROL_WORDS = 128, MEDIA_WORDS = 256 };

enum { RECEIVED = 4096 }; // octets of each port that wait to be read, a power of two

static struct port {
	uint8_t data[RECEIVED];
	uint32_t in, out;
	bool held; // OUT packets are refused until there is room again
} ports[LINK_INTERFACES];

static const uint8_t data_endpoint[LINK_INTERFACES] = {USB_DATA_A, USB_DATA_B};

static struct {
	bool configured;
	uint8_t configuration;
	const uint8_t *answer; // what is still to be sent on endpoint 0
	size_t left;
	bool short_packet; // a packet shorter than the greatest has to end it
	uint8_t line_coding[7];
	bool line_coding_follows;
	uint8_t two[2];
} me;

static void flush(uint32_t what)
{
	OTG->grstctl = what;
	wait_for(&OTG->grstctl, GRSTCTL_RXFFLSH | GRSTCTL_TXFFLSH, 0);
}

void usb_start(void)
{
	uint32_t at = RX_WORDS;

	pin_function('B', 14, AF12);
	pin_function('B', 15, AF12);
	OTG->gusbcfg |= GUSBCFG_PHYSEL;
	wait_for(&OTG->grstctl, GRSTCTL_AHBIDL, GRSTCTL_AHBIDL);
	OTG->grstctl = GRSTCTL_CSRST;
	wait_for(&OTG->grstctl, GRSTCTL_CSRST, 0);
	OTG->gusbcfg = GUSBCFG_PHYSEL | GUSBCFG_FDMOD | GUSBCFG_TRDT;
	OTG->gccfg = GCCFG_PWRDWN | GCCFG_NOVBUSSENS;
	PCGCCTL = 0;
	OTG_DEVICE->dctl |= DCTL_SDIS;
	OTG_DEVICE->dcfg = DCFG_FULL_SPEED;

	OTG->grxfsiz = RX_WORDS;
	OTG->dieptxf0 = at | TX0_WORDS << 16;
	at += TX0_WORDS;
	for (int i = 1; i <= USB_DATA_B; i++) {
		uint32_t words = i == USB_DATA_A ? CONTROL_WORDS : i == USB_DATA_B ? MEDIA_WORDS : NOTIFY_WORDS;

		OTG->dieptxf[i - 1] = at | words << 16;
		at += words;
	}
	flush(GRSTCTL_RXFFLSH);
	flush(GRSTCTL_TXFFLSH | GRSTCTL_ALL_TX);
	OTG->gintsts = 0xffffffff;
	OTG_DEVICE->dctl &= ~(uint32_t)DCTL_SDIS; // a host sees us from here on
}

static void await_setup(void)
{
	EP_OUT(0)->size = SETUP_3 | 1 << PACKETS | USB_CONTROL_PACKET;
	EP_OUT(0)->ctl |= EP_ENABLE | EP_CNAK;
}

static void await_data(int port)
{
	struct endpoint *e = EP_OUT(data_endpoint[port]);

	e->size = 1 << PACKETS | USB_BULK_PACKET;
	e->ctl |= EP_ENABLE | EP_CNAK;
	ports[port].held = false;
}

// send gives a packet to IN endpoint n. The FIFO has room for it.
static void send(int n, const uint8_t *data, size_t length)
{
	EP_IN(n)->size = 1 << PACKETS | (uint32_t)length;
	EP_IN(n)->ctl |= EP_ENABLE | EP_CNAK;
	for (size_t i = 0; i < length; i += 4) {
		uint32_t word = 0;

		for (size_t k = 0; k < 4 && i + k < length; k++)
			word |= (uint32_t)data[i + k] << 8 * k;
		*FIFO(n) = word;
	}
}

// go_on sends the next packet of an answer on endpoint 0.
static void go_on(void)
{
	size_t n = me.left < USB_CONTROL_PACKET ? me.left : USB_CONTROL_PACKET;

	if (EP_IN(0)->ctl & EP_ENABLE || (!me.left && !me.short_packet))
		return;
	send(0, me.answer, n);
	me.answer += n;
	me.left -= n;
	me.short_packet = me.short_packet && n == USB_CONTROL_PACKET;
}

static void answer(const uint8_t *data, size_t n, size_t wanted)
{
	me.answer = data;
	me.left = n < wanted ? n : wanted;
	me.short_packet = n < wanted || !n;
}

static void accept(void) { answer(NULL, 0, 0); }

static void refuse(void)
{
	EP_IN(0)->ctl |= EP_STALL;
	EP_OUT(0)->ctl |= EP_STALL;
}

static void configure(uint8_t value)
{
	me.configuration = value;
	me.configured = value;
	for (int i = 1; i <= USB_DATA_B; i++) {
		bool data = i == USB_DATA_A || i == USB_DATA_B;

		if (!value) {
			EP_IN(i)->ctl &= ~(uint32_t)EP_ACTIVE;
			EP_OUT(i)->ctl &= ~(uint32_t)EP_ACTIVE;
			continue;
		}
		EP_IN(i)->ctl = EP_ACTIVE | EP_SD0PID | EP_SNAK | (data ? 2 : 3) << EP_TYPE | (uint32_t)i << EP_TXFIFO |
			(data ? USB_BULK_PACKET : USB_NOTIFY_PACKET);
		if (data)
			EP_OUT(i)->ctl = EP_ACTIVE | EP_SD0PID | 2 << EP_TYPE | USB_BULK_PACKET;
	}
	for (int p = 0; value && p < LINK_INTERFACES; p++) {
		ports[p].in = ports[p].out = 0;
		await_data(p);
	}
}

// setup follows a request (USB 2.0, 9.4; CDC PSTN 1.2, 6.3).
static void setup(const uint8_t *s)
{
	enum {
		GET_STATUS = 0x8000,
		CLEAR_FEATURE = 0x0201,
		SET_ADDRESS = 0x0005,
		GET_DESCRIPTOR = 0x8006,
		GET_CONFIGURATION = 0x8008,
		SET_CONFIGURATION = 0x0009,
		SET_INTERFACE = 0x010b,
		GET_INTERFACE = 0x810a,
		SET_LINE_CODING = 0x2120,
		GET_LINE_CODING = 0xa121,
		SET_CONTROL_LINE_STATE = 0x2122,
	};
	size_t wanted = get16(s + 6), n = 0;
	const uint8_t *descriptor;
	struct endpoint *e;

	me.left = 0;
	me.short_packet = me.line_coding_follows = false;
	switch (s[0] << 8 | s[1]) {
	case GET_STATUS:
	case GET_STATUS | 0x0100:
	case GET_STATUS | 0x0200:
		me.two[0] = s[0] == 0x80; // self-powered
		me.two[1] = 0;
		answer(me.two, 2, wanted);
		return;
	case GET_DESCRIPTOR:
		descriptor = usb_descriptor(s[3], s[2], &n);
		if (descriptor)
			answer(descriptor, n, wanted);
		else
			refuse();
		return;
	case GET_CONFIGURATION:
		answer(&me.configuration, 1, wanted);
		return;
	case GET_INTERFACE:
		me.two[0] = 0;
		answer(me.two, 1, wanted);
		return;
	case GET_LINE_CODING:
		answer(me.line_coding, sizeof me.line_coding, wanted);
		return;
	case SET_ADDRESS: // takes effect behind the status stage by itself (35.16.6)
		OTG_DEVICE->dcfg = (OTG_DEVICE->dcfg & ~(uint32_t)(0x7f << DCFG_DAD)) | (uint32_t)s[2] << DCFG_DAD;
		accept();
		return;
	case SET_CONFIGURATION:
		if (s[2] > 1) {
			refuse();
			return;
		}
		configure(s[2]);
		accept();
		return;
	case CLEAR_FEATURE: // ENDPOINT_HALT
		e = s[4] & 0x80 ? EP_IN(s[4] & 7) : EP_OUT(s[4] & 7);
		e->ctl = (e->ctl & ~(uint32_t)(EP_STALL | EP_ENABLE | EP_DISABLE)) | EP_SD0PID;
		accept();
		return;
	case SET_LINE_CODING:
		me.line_coding_follows = true;
		return;
	case SET_INTERFACE:
	case SET_CONTROL_LINE_STATE:
		accept();
		return;
	}
	refuse();
}

// receive takes one entry of the receive FIFO.
static void receive(void)
{
	uint32_t status = OTG->grxstsp, endpoint = status & 15, n = status >> 4 & 0x7ff, kind = status >> 17 & 15;
	uint8_t packet[USB_CONTROL_PACKET];

	if (kind != STATUS_OUT && kind != STATUS_SETUP)
		return;
	for (uint32_t i = 0; i < n; i += 4) {
		uint32_t word = *FIFO(0);

		for (uint32_t k = 0; k < 4 && i + k < n && i + k < sizeof packet; k++)
			packet[i + k] = (uint8_t)(word >> 8 * k);
	}
	if (kind == STATUS_SETUP) {
		setup(packet);
		await_setup();
		return;
	}
	if (!endpoint) {
		if (me.line_coding_follows && n >= sizeof me.line_coding) {
			memcpy(me.line_coding, packet, sizeof me.line_coding);
			me.line_coding_follows = false;
			accept();
		}
		await_setup();
		return;
	}
	for (int p = 0; p < LINK_INTERFACES; p++) {
		struct port *port = &ports[p];

		if (data_endpoint[p] != endpoint)
			continue;
		for (uint32_t i = 0; i < n; i++)
			port->data[port->in++ % RECEIVED] = packet[i]; // held before it could overrun
		port->held = true;
	}
}

static void bus_reset(void)
{
	flush(GRSTCTL_TXFFLSH | GRSTCTL_ALL_TX);
	configure(0);
	OTG_DEVICE->dcfg &= ~(uint32_t)(0x7f << DCFG_DAD);
	me.left = 0;
	me.short_packet = false;
	for (int i = 0; i <= USB_DATA_B; i++) {
		EP_IN(i)->interrupt = EP_OUT(i)->interrupt = ALL_INTERRUPTS;
		EP_OUT(i)->ctl |= EP_SNAK;
	}
	await_setup();
}

void usb_poll(void)
{
	uint32_t pending = OTG->gintsts & (GINT_USBRST | GINT_ENUMDNE);

	OTG->gintsts = pending;
	if (pending & GINT_USBRST)
		bus_reset();
	if (pending & GINT_ENUMDNE)
		OTG_DEVICE->dctl |= DCTL_CGINAK; // endpoint 0's packets are 64 octets: 0 in its control register
	while (OTG->gintsts & GINT_RXFLVL)
		receive();
	for (int p = 0; p < LINK_INTERFACES; p++)
		if (me.configured && ports[p].held && RECEIVED - (ports[p].in - ports[p].out) >= USB_BULK_PACKET)
			await_data(p);
	go_on();
}

size_t usb_read(int port, uint8_t *data, size_t n)
{
	struct port *p = &ports[port];
	size_t i = 0;

	for (; i < n && p->out != p->in; i++)
		data[i] = p->data[p->out++ % RECEIVED];
	return i;
}

size_t usb_write(int port, const uint8_t *data, size_t n)
{
	int endpoint = data_endpoint[port];
	struct endpoint *e = EP_IN(endpoint);

	if (!me.configured || e->ctl & EP_ENABLE) // the packet before is still on its way
		return 0;
	if (n > 4 * (e->fifo_space & 0xffff))
		n = 4 * (e->fifo_space & 0xffff);
	if (n && n % USB_BULK_PACKET == 0)
		n--; // a short packet ends it, or the host's driver would wait for more
	if (!n)
		return 0;
	e->size = (uint32_t)((n + USB_BULK_PACKET - 1) / USB_BULK_PACKET) << PACKETS | (uint32_t)n;
	e->ctl |= EP_ENABLE | EP_CNAK;
	for (size_t i = 0; i < n; i += 4) {
		uint32_t word = 0;

		for (size_t k = 0; k < 4 && i + k < n; k++)
			word |= (uint32_t)data[i + k] << 8 * k;
		*FIFO(endpoint) = word;
	}
	return n;
}
