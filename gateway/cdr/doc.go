// Package cdr keeps call records in an SQLite database.
//
// # A record's life
//
// [Store.Begin] queues an open row when a call starts, [Store.Update] renews it (when the call is answered) and
// [Store.Finish] queues the final row. None of them blocks, whatever the disk does: they put the record into a bounded
// queue in memory, in which a newer state of a call replaces the older one. One goroutine, [Store.Run], writes what is
// queued, many records to a transaction, in WAL mode with synchronous=FULL: a committed row survives a power cut.
//
// A process that is killed leaves open rows. The next [Open] closes them: released_by is "recovery", the cause 41, and the
// end is when the store last noted that it was alive, at most [AliveEvery] before the end of the process. What a kill can
// lose is the row of a call that began in the milliseconds before it.
//
// # A full disk
//
// When a write fails the records stay queued and are tried again, after one second at first and at most every 30. Calls do
// not notice. [Store.Status] says since when, why, and how much is queued. When the queue is full, open rows give way to
// final ones, and only when there are no open ones left is a final record dropped, counted and logged.
//
// # Reading
//
// [Store.List] and, in a second process, [OpenReader] read at any time; WAL readers and the writer do not wait for each
// other. What callers sent is kept as valid UTF-8; [Record.MarshalJSON] escapes and [WriteTable] replaces everything that a
// terminal would act on.
//
// The database belongs to one gateway at a time: a lock file next to it makes a second Open fail.
package cdr
