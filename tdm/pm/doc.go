// Package pm keeps the performance counters of a line: errored, severely errored and unavailable seconds and their
// neighbours, of the near end and of the far end, for the quarter hour at hand, the last 96, and the last seven days (ITU-T
// G.826, G.784; ANSI T1.231).
//
// A Monitor takes one tdm.SpanReport a second and counts seconds, not time: the caller says at which second of the day it
// begins, so that quarter hours begin where the clock's do, and may say it again (Align). It has one owner.
//
// # Unavailable time
//
// It begins with the first of ten severely errored seconds in succession and ends with the first of ten that are not (G.826
// Annex A). Both are known nine seconds late. So the counts of the last ten seconds are taken back, out of the interval each
// belongs to, a quarter hour or day that is over included. While a line is unavailable, violations, errored seconds, severely
// errored seconds and background block errors do not count; severely errored framing and slips do.
//
// # Thresholds
//
// A second is severely errored with a defect (LOS, AIS, LOF), or with 300 of 1,000 CRC-4 blocks errored (G.826 6.1, 30 %),
// 320 CRC-6 errors (T1.231 6.5.2.3), without CRC 8 wrong framing bits of a T1, or 28 wrong alignment words of an E1 (ITU-T
// M.2100). A severely errored second of the line itself has 1,544 code violations, at 2,048 kbit/s 2,048.
//
// The far end is known by E bits and the remote alarm at 2,048 kbit/s, by performance report messages and the remote alarm with
// an extended superframe, and by the remote alarm alone otherwise. Seconds in which the near end has no frames tell nothing
// of the far end and are not counted there.
package pm
