// Package link is the host's side of the card link, the protocol between a gateway and a line card over one or two serial
// ports or over SPI.
//
// Dial greets the card and returns a Conn: requests (Transfer, Sense, Drive, Start, Time, Stat, firmware update, crash
// dump), the card's events, and media (Media). One goroutine reads each stream and one writes it; requests may be made from
// any goroutine; media belongs to the one goroutine that pumps the card. Port gives a chip on the card as a periph spi.Port.
// Update carries a firmware image over. Package wire has the messages, linktest a card in this process.
//
// What follows is the protocol, which the card's firmware implements from the same text. testdata has every message in
// octets; both codecs are tested with it.
//
// # Frames
//
// Numbers are little-endian. A message is
//
//	offset  octets  field
//	     0       1  type
//	     1       1  session
//	     2       2  sequence number
//	     4       n  body
//	   4+n       4  CRC-32 of all octets before it (IEEE 802.3, reflected: Go's crc32.ChecksumIEEE)
//
// of at most 1200 octets (body: at most 1192) and at least 8. On the wire it is encoded by COBS (Cheshire and Baker 1999) and
// has a zero before and after it; two zeros in a row are an empty frame, which means nothing. A receiver that meets a
// frame which is too long, is no COBS or has a wrong CRC drops and counts it and goes on at the next zero. A receiver
// ignores octets after the end of a body it knows: a newer minor version may append fields.
//
// Types 01 to 3f are requests, from the host; an answer has the type of its request plus 80. Types 40 to 4f have no answer.
//
// The session is a number from 1 to 255 that the host picks at random, another one than last time, and sends with HELLO.
// Either side drops and counts messages of another session (a HELLO request is taken with any). The card is in no session
// until the first HELLO and after the host has been lost; then it answers nothing but HELLO.
//
// # Requests
//
// Requests carry sequence numbers 1, 2, 3 ... ffff, 0, 1 ... from the HELLO on, which itself is number 0. Every answer
// begins with a status octet. An answer whose status is neither OK nor PENDING ends after the octets listed with it.
//
//	0  OK
//	1  PENDING     begun and not done: ask again, as a new request
//	2  BUSY        not begun, because something else is under way: ask again
//	3  LINES       refused while PCM runs (the force flag overrides it)
//	4  MALFORMED   a field has no such value, or the body is too short
//	5  UNKNOWN     no such request in this version or role
//	6  NO DEVICE   no such chip select, slot or interrupt line
//	7  REFUSED     by the image's check; 1 octet follows: the fault (see FIRMWARE INFO)
//	8  FLASH       the flash memory reports an error
//	9  STATE       not now: PCM is not running, or nothing to confirm
//
// The host has at most W requests without an answer (W from HELLO, 1 to 8), and sends number s only when all up to s-W have
// been answered. It repeats a request with the same number and octets when no answer has come after 60 ms, then after 120,
// 240, 480 and 480 ms more; 480 ms later the link has failed. Timers start when the frame leaves the host.
//
// The card keeps W answers, that to number s in place s mod W. A request whose number is the one kept there is answered with
// the kept octets and not carried out again; one that is newer (difference as a signed 16-bit number positive) is carried
// out; one that is older is dropped and counted. So every request is carried out once, whatever is lost, repeated or
// overtaken, and the host may repeat anything. Requests in flight together may be carried out in any order. A card answers
// within 50 ms; what takes longer is PENDING.
//
// # Priorities
//
// Each side sends by class: media (PCM), then control (everything else). When both wait, they take turns frame by frame, so
// that neither waits longer than for one frame of the other. While PCM runs, a control message has at most 256 octets.
// Within control a card sends answers before events. A card that has no room left for an up frame drops
// that frame and counts; it never drops an answer.
//
// A card with two serial ports (feature TWO STREAMS) has media on the second and all else on the first; each is a stream
// of frames of its own. Before HELLO has said so, everything goes over the first.
//
// # Loss of the other side
//
// The host sends TIME every 250 ms. A card that has received no valid frame of the session for
// 1 s is without a host: it stops PCM, drives every slot to its safe value (DRIVE), leaves the session and waits for HELLO.
// A host that has received none for 2 s gives the link up. It greets again with HELLO every 100 ms until answered.
//
// # Messages
//
// Octets of the body; "n*" repeats. Requests first, then what is added to the status in the answer.
//
//	01 HELLO: begins a session, drops kept answers and stops PCM. Events not acknowledged stay.
//	    0  1  major version, 1
//	    1  1  minor version, 0
//	    2  2  longest message that the host takes, 1200
//	    4  4  nonce: a HELLO with the session and nonce of the current session is one that comes again; it is answered and
//	          begins nothing
//	  answer, also by another major version (which then knows only HELLO, RESET and FIRMWARE requests):
//	    0  1  status
//	    1  1  major version
//	    2  1  minor version
//	    3  1  role: 0 bootloader, 1 application
//	    4  1  running slot: 0 A, 1 B, 255 bootloader
//	    5  1  why the processor started: 0 power, 1 asked, 2 watchdog, 3 crash
//	    6  2  longest message that the card takes, 256 to 1200
//	    8  1  window W
//	    9  1  timeslots of the highway, 0 to 64
//	   10  1  chip selects, numbered from 0
//	   11  1  interrupt lines, numbered from 0
//	   12  1  period of SENSE in ms: how finely signalling is resolved
//	   13  1  downlink buffer in ms: how far ahead PCM DOWN is taken
//	   14  2  hardware revision
//	   16  4  features: bit 0 PCM, 1 TRANSFER, 2 SENSE and DRIVE, 3 FIRMWARE, 4 CRASH, 5 TWO STREAMS
//	   20  4  ms since the processor started
//	   24 12  board, ASCII padded with zeros
//	   36 32  version, ASCII padded with zeros
//	   68 24  serial number, ASCII padded with zeros
//
//	02 TIME: for the offset between the clocks, taken from the exchange with the shortest round trip of the last eight.
//	    0  8  host's time in us
//	  answer:
//	    0  1  status
//	    1  8  host's time as received
//	    9  8  card's time in us since it started
//	   17  4  tick (see PCM)
//
//	03 TRANSFER: operations on the SPI buses, in order and with nothing of the host's in between.
//	    0  1  operations, 1 to 64
//	    then each:
//	    0  1  chip select
//	    1  1  flags: bit 0: the chip select rises after every octet
//	    2  1  octets, 1 to 64
//	    3  n  octets to send
//	  answer:
//	    0  1  status
//	    1  1  operations carried out: all, or those before the first that failed
//	    2  n* octets received, of all operations carried out, one after the other (present with status NO DEVICE too)
//	  MALFORMED carries nothing out. The octets received must fit a message.
//
//	04 SENSE: what the card reads of the chip of one slot, every period, to make the slot's signalling octet.
//	    0  1  slot
//	    1  1  entries, 0 to 4; 0 ends it
//	    then each:
//	    0  1  chip select
//	    1  1  flags as in TRANSFER
//	    2  1  octets, 1 to 4
//	    3  4  octets to send, padded with zeros; what is received with the last one is the value v
//	    7  1  test: 0 bits, 1 magnitude, 2 at least
//	    8  1  mask
//	    9  1  argument
//	  The octet starts as 0; each entry ors into it:
//	    bits       (v & mask) rotated left by argument
//	    magnitude  mask, when the absolute value of v as a signed number is at least argument
//	    at least   mask, when v & 7f is at least argument
//	  answer: status only.
//
//	05 DRIVE: what the card writes to the chip of one slot when the signalling octet received for it changes.
//	    0  1  slot
//	    1  1  chip select
//	    2  1  flags as in TRANSFER
//	    3  1  values, 0 to 8; 0 ends it
//	    4  1  value for when the host is lost
//	    5  1  value that holds already: nothing is written for it
//	    then for each value 0, 1 ...:
//	    0  1  octets, 0 to 8; 0: nothing is written
//	    1  8  octets to send, padded with zeros
//	  The octets of one value are written as transfers of the chip's frame length: with flag bit 0 one octet each,
//	  otherwise in groups of 3. A received octet that is no value is ignored.
//	  answer: status only.
//
//	06 PCM START
//	    0  1  ms a frame, 1 to 8; slots*ms*9+16 must fit the shorter longest message
//	    1  1  slots, the first of the highway
//	    2  1  octet that is silence (ff or d5)
//	  answer:
//	    0  1  status
//	    1  4  tick of the first up frame
//
//	07 PCM STOP: body empty, answer: status only. SENSE and DRIVE stay in force; signalling is not sent.
//
//	08 STATISTICS: body empty.
//	  answer:
//	    0  1  status
//	    1  1  counters
//	    2 4n  counters since the start, each 32 bits and wrapping, in this order:
//	      up frames sent, up frames dropped, down frames received, down frames late (wholly in the past), down frames early
//	      (beyond the buffer), down frames repeated, ms of underrun, ticks missed, frames with a wrong CRC, frames that are no
//	      COBS or too long, messages of another session, requests carried out, requests answered again, requests too old,
//	      events, events lost, events sent again, times the host was lost, SPI errors, periods of SENSE that were not kept
//
//	09 RESET
//	    0  1  bit 0: stay in the bootloader; bit 1: force
//	  answer: status only, LINES while PCM runs; the card resets 50 ms after the answer has been sent.
//
//	10 FIRMWARE INFO: body empty.
//	  answer:
//	    0  1  status
//	    1  1  role, as in HELLO
//	    2  1  running slot: 0, 1 or 255
//	    3  1  slot that the next start takes, or 254
//	    4  1  1: on trial, until CONFIRM
//	    5  1  starts of the trial so far
//	    6  1  slot to go back to when the trial fails, or 254
//	    7  1  why the last trial was given up: 0 none was, 1 not confirmed in time, 2 invalid at start, 3 the host
//	    8  1  why the card is in the bootloader: 0 it is not, 1 no image, 2 asked, 3 the application failed, 4 boot record
//	    9  1  what is under way: 0 nothing, 1 erasing slot 0, 2 erasing slot 1, 3 checking slot 0, 4 checking slot 1
//	   10  4  security floor
//	   14  4  octets of a slot
//	   18  4  smallest unit of writing
//	   22     for slot 0, then for slot 1:
//	       0  1  fault: 0 good, 1 empty, 2 malformed, 3 board, 4 slot, 5 too old, 6 key, 7 signature, 8 digest, 255 not checked
//	       1  3  zero
//	       4  4  length of the image, header included
//	       8  4  security number
//	      12 32  version, ASCII padded with zeros
//
//	11 FIRMWARE ERASE: one slot as a whole.
//	    0  1  slot
//	    1  1  bit 0: force
//	  answer: status only. PENDING while it goes on; OK once the slot is erased, until something is written. STATE for the
//	  running slot. LINES while PCM runs.
//
//	12 FIRMWARE WRITE
//	    0  1  slot
//	    1  3  zero
//	    4  4  offset in the slot, a multiple of the unit
//	    8  n  octets, a multiple of the unit
//	  answer: status only. Flash only loses bits: writing the same octets again is harmless, others need ERASE. STATE for
//	  the running slot, FLASH when what is read back differs.
//
//	13 FIRMWARE SUM: what a slot really holds, to verify a write and to find where one was cut off.
//	    0  1  slot
//	    1  3  zero
//	    4  4  offset
//	    8  4  octets, at most 16384
//	  answer:
//	    0  1  status
//	    1  4  CRC-32 of these octets
//
//	14 FIRMWARE COMMIT: checks the image and makes it the one to try at the next start.
//	    0  1  slot
//	  answer: status only; PENDING while it is checked, REFUSED with the fault.
//
//	15 FIRMWARE CONFIRM: ends the trial of the running slot and raises the security floor to its number. Body empty, answer:
//	  status only; OK also when it has been confirmed before, STATE in the bootloader.
//
//	16 FIRMWARE ROLLBACK: body empty. On trial (running or still to be started) the trial is given up and the next start takes
//	  the slot to go back to; otherwise the other slot's image is checked and made the one to try. answer: status only;
//	  PENDING, REFUSED with the fault, STATE when there is nothing to go back to.
//
//	20 CRASH READ: body empty.
//	  answer:
//	    0  1  status
//	    1  1  kind: 0 none, 1 fault, 2 interrupt that nobody handles, 3 main returned, 4 watchdog
//	    2  2  zero
//	    4 40  pc, lr, psr, sp, cfsr, hfsr, mmfar, bfar, ms since the start, crashes in a row
//
//	21 CRASH CLEAR: body empty, answer: status only.
//
//	40 EVENT (card)
//	    0  4  number, from 1
//	    4  4  oldest number that the card still has
//	    8  4  tick
//	   12  1  kind: 1 interrupt, 2 host lost, 3 clock lost, 4 clock back, 5 log
//	   13  1  line: the interrupt line, or 0
//	   14  n  log: ASCII, at most 100 octets
//	  Kept until acknowledged, 64 of them, and sent again from the oldest on after 200 ms. The host takes them in order and
//	  acknowledges the last one taken; when the oldest is newer than the next it waits for, those between are lost, which it
//	  counts. An interrupt event is made when a line falls, and again while it is low 100 ms after its last one was
//	  acknowledged. A HELLO makes the card send all of them again.
//
//	41 PCM UP (card), 42 PCM DOWN (host): see below.
//
//	43 EVENT ACK (host)
//	    0  4  number: this and all before it have been taken
//
// # PCM
//
// The card is the clock master. A tick is 1 ms, 8 samples, counted by the card from its start in 32 bits, which wrap. Tick t
// has the samples 8t to 8t+7. The sequence number of a PCM message counts up frames, or down frames, and is for statistics.
//
//	0  4  first tick
//	4  1  slots
//	5  1  ms
//	6  1  up: ms buffered for the downlink beyond this frame's last tick, 255 for more. down: 0
//	7  1  flags, up: bit 0: up frames were dropped before this one; bit 1: underrun since the last one. down: 0
//	8  n  signalling: slots*ms octets, slot by slot, one a tick
//	.. n  audio: slots*ms*8 octets, slot by slot, as they are on the highway
//
// The card sends an up frame for every run of ms ticks, without a gap while PCM runs: a gap is a frame that was lost or
// dropped. Each up frame is the host's credit for one down frame of the same length, with which it fills the ticks
// that lie a constant lead ahead: nothing on the host's side counts time. At the start it fills the lead at once.
//
// The card puts a down frame into a buffer by tick; so a frame that is lost leaves a hole where it belongs, one that comes
// twice or out of turn does no harm, and delays do not add up. Ticks in the past and ticks further ahead than the buffer
// are dropped and counted. When a tick is due and not there, the card repeats the last one that was once and then sends
// silence; the signalling octet stays as it was.
//
// A slot's signalling octet upwards is what SENSE makes of its chip, one value per tick, repeated within a period;
// downwards it is the value that DRIVE looks up. So hook, dial pulses and ringing cadences keep their place in the
// samples however late the host wakes.
//
// # SPI with the host as master
//
// Instead of a serial port: mode 0, 8 bits, MSB first. Each direction is the same stream of frames; octets that are not
// part of one are zeros. The host clocks transfers of any length, full duplex; the card has what it wants to send at hand
// and zeros after it, and takes everything that it receives. A frame may go on in the next transfer, with zeros in between
// only before or after it: the card fills up with zeros only behind a whole frame. The host clocks 64 octets when
// ATTENTION, which the card holds low while it has something to send, is low or when it has something to send itself,
// and every millisecond otherwise; more when the last transfer brought more than zeros.
package link
