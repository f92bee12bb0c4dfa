package cdr

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"tipring/tdm"
)

// AliveEvery is how often the store notes that it is alive while calls are up: a call that a kill cuts off ends then.
const AliveEvery = time.Minute

// DefaultQueue is how many records are kept in memory while they cannot be written (some 1 kB each).
const DefaultQueue = 10000

// Config makes a Store.
type Config struct {
	Dir   string       // data folder, made when it is missing
	Queue int          // 0: DefaultQueue
	Log   *slog.Logger // nil discards
}

// A Store writes records. Its methods are safe from any goroutine.
type Store struct {
	db   *sql.DB // one connection: the writer's
	rd   *Reader
	lock *os.File
	log  *slog.Logger
	max  int

	mu      sync.Mutex
	queue   map[string]Record // what is to be written, by id: a newer state replaces an older one
	waiting int               // open rows in queue
	order   []string          // ids in the order in which they came into the queue
	wake    chan struct{}
	stats   Status
	openIDs map[string]struct{} // calls with an open row and no final one yet
	closed  bool
}

// Status is what metrics and the operator see.
type Status struct {
	Written      uint64    // final records in the database, since the start of the process
	Queued       int       // records that wait in memory
	Dropped      uint64    // final records lost since the queue was full
	Recovered    int       // calls that the last process left open
	FailingSince time.Time // zero: writing works
	LastError    string    // why the last write failed; kept after writing works again
}

// Open opens or makes the database in the data folder, closes what a killed process left open, and starts nothing: records
// are queued until Run is called.
func Open(cfg Config) (*Store, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Queue <= 0 {
		cfg.Queue = DefaultQueue
	}
	s := &Store{log: cfg.Log, max: cfg.Queue, queue: make(map[string]Record), openIDs: make(map[string]struct{}), wake: make(chan struct{}, 1)}
	if err := s.init(cfg.Dir); err != nil {
		s.release()
		return nil, fmt.Errorf("call records in %s: %w", cfg.Dir, err)
	}
	return s, nil
}

func (s *Store) init(dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	// The database itself must not be opened and closed as a file: that would drop SQLite's POSIX locks.
	f, err := os.OpenFile(filepath.Join(dir, "cdr.lock"), os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return err
	}
	s.lock = f
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return errors.New("the data folder is in use by another gateway: stop it, or give this one another folder with --data")
		}
		return err
	}
	name, err := dsn(dir, false)
	if err != nil {
		return err
	}
	if s.db, err = sql.Open("sqlite", name); err != nil {
		return err
	}
	s.db.SetMaxOpenConns(1)
	ctx := context.Background()
	if err := migrate(ctx, s.db); err != nil {
		return err
	}
	if s.stats.Recovered, err = closeOpen(ctx, s.db); err != nil {
		return fmt.Errorf("close the calls that were open: %w", err)
	}
	if s.stats.Recovered > 0 {
		s.log.Warn("calls were up when the gateway stopped; their records are closed", "calls", s.stats.Recovered, "released_by", ByRecovery)
	}
	s.rd, err = OpenReader(dir)
	return err
}

// RecoveryCause is the cause of a call that a kill cut off.
const RecoveryCause = tdm.CauseTemporaryFailure

// closeOpen closes open rows: the end is the last sign of life after the call's last known event.
func closeOpen(ctx context.Context, db *sql.DB) (int, error) {
	res, err := db.ExecContext(ctx, `
		UPDATE call SET
			ended       = MAX(start, COALESCE(answered, start), COALESCE((SELECT at FROM alive), start)),
			duration    = CASE WHEN answered IS NULL THEN 0
			              ELSE MAX(start, answered, COALESCE((SELECT at FROM alive), start)) - answered END,
			cause       = ?,
			released_by = ?
		WHERE ended IS NULL`, RecoveryCause, ByRecovery)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// Begin queues the open row of a call. It never blocks.
func (s *Store) Begin(r Record) { s.put(r, false) }

// Update queues a newer state of a call that is up, such as its answer. It never blocks.
func (s *Store) Update(r Record) { s.put(r, false) }

// Finish queues the final row. A zero Ended becomes now, a zero Duration of an answered call Ended minus Answered. It never
// blocks.
func (s *Store) Finish(r Record) {
	if r.Ended.IsZero() {
		r.Ended = time.Now()
	}
	if r.Duration == 0 && !r.Answered.IsZero() {
		r.Duration = max(0, r.Ended.Sub(r.Answered))
	}
	s.put(r, true)
}

func (s *Store) put(r Record, final bool) {
	if r.ID == "" {
		s.log.Error("a call record without an id is not kept")
		return
	}
	clean(&r)
	// Nothing is logged under the lock: a log that blocks must not hold up the other calls.
	if kept, st := s.enqueue(r, final); !kept {
		s.log.Error("a call record is lost: the queue is full or the store closed", "id", r.ID, "queued", st.Queued, "dropped", st.Dropped)
	}
}

// enqueue says whether the record has a place. An open row that has none is no loss: the final one is still to come.
func (s *Store) enqueue(r Record, final bool) (kept bool, st Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false, s.status()
	}
	if final {
		delete(s.openIDs, r.ID)
	} else {
		r.Ended = time.Time{}
		s.openIDs[r.ID] = struct{}{}
	}
	kept = true
	if old, queued := s.queue[r.ID]; queued {
		if old.Open() || final {
			s.remove(r.ID)
			s.keep(r)
		}
	} else if s.room(final) {
		s.keep(r)
		s.order = append(s.order, r.ID)
	} else {
		kept = !final
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return kept, s.status()
}

// room makes place for one record: an open row gives way to a final one.
func (s *Store) room(final bool) bool {
	if len(s.queue) < s.max {
		return true
	}
	if !final {
		return false // the final record is still to come
	}
	for i := 0; i < len(s.order) && s.waiting > 0; i++ {
		id := s.order[i]
		if r := s.queue[id]; r.Open() {
			s.remove(id)
			s.order = append(s.order[:i], s.order[i+1:]...)
			return true
		}
	}
	s.stats.Dropped++
	return false
}

// keep and remove change the queue but not its order.
func (s *Store) keep(r Record) {
	s.queue[r.ID] = r
	if r.Open() {
		s.waiting++
	}
}

func (s *Store) remove(id string) Record {
	r := s.queue[id]
	delete(s.queue, id)
	if r.Open() {
		s.waiting--
	}
	return r
}

// Status returns the state of writing.
func (s *Store) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status()
}

func (s *Store) status() Status {
	st := s.stats
	st.Queued = len(s.queue)
	return st
}

// List reads records, also while the writer is at work. Records that are still queued are not among them.
func (s *Store) List(ctx context.Context, f Filter) ([]Record, error) { return s.rd.List(ctx, f) }

// Close writes what is queued, if Run has returned, and closes the database. The error says how many records were lost.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	err := s.drain(nil)
	if n := s.Status().Queued; n > 0 {
		err = fmt.Errorf("%d call records could not be written: %w", n, err)
	}
	return errors.Join(err, s.release())
}

func (s *Store) release() error {
	var errs []error
	if s.rd != nil {
		errs = append(errs, s.rd.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}
