package cdr

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"
)

// Limits of the writer.
const (
	batch    = 500 // records in one transaction
	retryMin = time.Second
	retryMax = 30 * time.Second
)

// Run writes what is queued until ctx is done, then writes the rest once more and returns nil. Call it once.
func (s *Store) Run(ctx context.Context) error {
	alive := time.NewTicker(AliveEvery)
	defer alive.Stop()
	again := time.NewTimer(retryMax)
	again.Stop()
	defer again.Stop()
	retry, wake := retryMin, s.wake
	for {
		var err error
		select {
		case <-ctx.Done():
			s.drain(nil) // what cannot be written is for Close to tell
			return nil
		case <-again.C:
			wake = s.wake
			err = s.drain(ctx.Done())
		case <-wake:
			err = s.drain(ctx.Done())
		case <-alive.C:
			if wake == nil || !s.anyOpen() {
				continue
			}
			err = s.flush()
		}
		if err == nil {
			retry = retryMin
			continue
		}
		// While the disk refuses, only the timer tries: not every new call.
		wake = nil
		again.Reset(retry)
		retry = min(2*retry, retryMax)
	}
}

// drain writes batches until the queue is empty, one fails or stop is closed.
func (s *Store) drain(stop <-chan struct{}) error {
	for s.Status().Queued > 0 {
		select {
		case <-stop:
			return nil
		default:
		}
		if err := s.flush(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) anyOpen() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.openIDs) > 0
}

// take removes the oldest records from the queue.
func (s *Store) take() []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(len(s.order), batch)
	rs := make([]Record, n)
	for i, id := range s.order[:n] {
		rs[i] = s.remove(id)
	}
	s.order = append(s.order[:0], s.order[n:]...)
	return rs
}

// giveBack puts records that could not be written into the queue again, before the others and without those that have a
// newer state by now.
func (s *Store) giveBack(rs []Record) {
	ids := make([]string, 0, len(rs)+len(s.order))
	for _, r := range rs {
		if _, newer := s.queue[r.ID]; newer {
			continue
		}
		if s.room(!r.Open()) {
			s.keep(r)
			ids = append(ids, r.ID)
		}
	}
	s.order = append(ids, s.order...)
}

// flush writes one batch in one transaction.
func (s *Store) flush() error {
	rs := s.take()
	err := write(context.Background(), s.db, rs, time.Now())
	before, after := s.wrote(rs, err)
	switch {
	case err != nil && before.FailingSince.IsZero():
		s.log.Error("call records cannot be written; calls go on, records wait in memory", "err", err, "queued", after.Queued)
	case err == nil && !before.FailingSince.IsZero():
		s.log.Info("call records are written again", "failed_for", time.Since(before.FailingSince).Round(time.Second), "queued", after.Queued, "dropped", after.Dropped)
	case after.Dropped > before.Dropped:
		s.log.Error("call records are lost: the queue is full", "queued", after.Queued, "dropped", after.Dropped)
	}
	return err
}

// wrote notes how the writing of rs went and returns the status before and after.
func (s *Store) wrote(rs []Record, err error) (before, after Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before = s.status()
	if err != nil {
		s.giveBack(rs)
		s.stats.LastError = err.Error()
		if s.stats.FailingSince.IsZero() {
			s.stats.FailingSince = time.Now()
		}
		return before, s.status()
	}
	for _, r := range rs {
		if !r.Open() {
			s.stats.Written++
		}
	}
	s.stats.FailingSince = time.Time{}
	return before, s.status()
}

const upsert = `
INSERT INTO call (id, start, answered, ended, duration, from_number, from_name, to_number, port, peer, direction, route,
	cause, sip_status, released_by, detector, detector_at, answer_basis, quality, reason, sides, charge)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)
ON CONFLICT (id) DO UPDATE SET start = ?2, answered = ?3, ended = ?4, duration = ?5, from_number = ?6, from_name = ?7,
	to_number = ?8, port = ?9, peer = ?10, direction = ?11, route = ?12, cause = ?13, sip_status = ?14, released_by = ?15,
	detector = ?16, detector_at = ?17, answer_basis = ?18, quality = ?19, reason = ?20, sides = ?21, charge = ?22
WHERE call.ended IS NULL OR ?4 IS NOT NULL`

const insertLeg = `
INSERT OR REPLACE INTO leg (call, seq, port, number, start, answered, ended, cause) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`

// write puts records and the sign of life into the database, all or none.
func write(ctx context.Context, db *sql.DB, rs []Record, now time.Time) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	call, err := tx.PrepareContext(ctx, upsert)
	if err != nil {
		return err
	}
	defer call.Close()
	for i := range rs {
		r := &rs[i]
		quality, err := json.Marshal(append([]Quality{}, r.Quality...))
		if err != nil {
			return err
		}
		sides, err := json.Marshal(r.Sides)
		if err != nil {
			return err
		}
		charge, err := json.Marshal(r.Charge)
		if err != nil {
			return err
		}
		if _, err := call.ExecContext(ctx, r.ID, ms(r.Start), ms(r.Answered), ms(r.Ended), r.Duration.Milliseconds(), r.From, r.FromName,
			r.To, r.Port, r.Peer, r.Direction, r.Route, int(r.Cause), r.SIPStatus, r.ReleasedBy, r.Detector, ms(r.DetectorAt),
			r.AnswerBasis, string(quality), r.Reason, string(sides), string(charge)); err != nil {
			return err
		}
		for k, g := range r.Legs {
			if _, err := tx.ExecContext(ctx, insertLeg, r.ID, k, g.Port, g.Number, ms(g.Start), ms(g.Answered), ms(g.Ended), int(g.Cause)); err != nil {
				return err
			}
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO alive (one, at) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET at = ?1`, now.UnixMilli()); err != nil {
		return err
	}
	return tx.Commit()
}

// ms is milliseconds since 1970, or NULL for the zero time.
func ms(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// maxText bounds what is kept of a string that a caller sent.
const maxText = 256

// clean makes a record fit to be stored whatever callers sent, so that a write never fails because of its content: texts
// are valid UTF-8 without NUL and of bounded length, a start is there.
func clean(r *Record) {
	for _, p := range []*string{&r.ID, &r.From, &r.FromName, &r.To, &r.Port, &r.Peer, &r.Direction, &r.Route, &r.ReleasedBy, &r.Detector, &r.Reason, &r.AnswerBasis} {
		*p = text(*p)
	}
	if r.Start.IsZero() {
		r.Start = time.Now()
	}
	r.Legs = append([]Leg(nil), r.Legs...)
	for i := range r.Legs {
		g := &r.Legs[i]
		g.Port, g.Number = text(g.Port), text(g.Number)
		if g.Start.IsZero() {
			g.Start = r.Start
		}
	}
	r.Quality = append([]Quality(nil), r.Quality...)
}

func text(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}
