// Package framing is the digital line at bit level: the frame structures of E1, T1 and J1, their alignment, alarms and data
// links, and the line codes.
//
// # What is here
//
//   - Sender and Receiver: one direction of a line each. A Sender asks a function for the timeslots of each frame and
//     gives octets of the line, first bit highest, in any number; a Receiver takes such octets, finds the frames and hands
//     them to a function. E1 doubleframe and CRC-4 multiframe with the interworking of ITU-T G.706 Annex B; T1 superframe
//     and extended superframe with CRC-6 and data link (ANSI T1.403); J1.
//   - Coder and Decoder: HDB3, B8ZS and AMI between bits and pulses, with the code violations.
//   - Store: the elastic store of two frames between a line's clock and the card's, which repeats or deletes a frame.
//   - Framer: all of that as one end of a line, with the defects and their integration into failures, the remote alarm
//     that answers them, loopbacks with their codes, a bit error rate test, and the counters of tdm.SpanStatus.
//
// A frame is a slice with timeslot k in element k: 32 octets at 2,048 kbit/s, 25 at 1,544 kbit/s, whose element 0 is not
// used.
//
// # How
//
// While aligned a Receiver works octet by octet: the offset of the frame in the line's octets is a shift. Only a search
// looks at single bits, at 2,048 kbit/s as G.706 4.1.2 describes it, at 1,544 kbit/s at all places of the framing bit at once.
//
// Everything counts frames and bits, reads no clock, allocates nothing after construction, and has one owner.
//
// # What it does not do
//
// Sa bits are sent as ones and not interpreted. T1 with alternate mark inversion has no zero suppression beyond the user's
// own. The J1 details (CRC-6 over the F bits as sent, sixteen ones on the data link as remote alarm) are from general
// knowledge of TTC JT-G704 and JT-G706 and were not compared with foreign equipment.
package framing
