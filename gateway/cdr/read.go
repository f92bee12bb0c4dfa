package cdr

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tipring/tdm"
)

// A Filter says which records to read. Its zero value means the newest DefaultLimit ones.
type Filter struct {
	Since time.Time // started at or after
	Until time.Time // started before
	Port  string    // caller's or called port; empty: all
	ID    string    // one call; empty: all
	Open  bool      // only calls that are up
	Limit int       // the newest so many; 0: DefaultLimit, negative: no limit
}

// DefaultLimit bounds a List without a Limit.
const DefaultLimit = 1000

// A Reader reads the records of a gateway, also while it runs in another process.
type Reader struct {
	db *sql.DB
}

// OpenReader opens the database in the data folder for reading.
func OpenReader(dir string) (*Reader, error) {
	r, err := openReader(dir)
	if err != nil {
		return nil, fmt.Errorf("call records in %s: %w", dir, err)
	}
	return r, nil
}

func openReader(dir string) (*Reader, error) {
	if _, err := os.Stat(filepath.Join(dir, File)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s: has a gateway run with this data folder (--data)?", File)
	} else if err != nil {
		return nil, err
	}
	name, err := dsn(dir, true)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(2)
	version, err := userVersion(context.Background(), db)
	if err == nil && version < len(migrations) {
		err = fmt.Errorf("the database has schema version %d, this program reads %d: start the gateway once, it brings the database up to date", version, len(migrations))
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	return &Reader{db}, nil
}

// Close closes the database.
func (r *Reader) Close() error { return r.db.Close() }

// List returns records in the order of their start.
func (r *Reader) List(ctx context.Context, f Filter) ([]Record, error) {
	var rs []Record
	err := r.Each(ctx, f, func(rec Record) error {
		rs = append(rs, rec)
		return nil
	})
	return rs, err
}

const columns = `c.rowid AS n, id, start, answered, ended, duration, from_number, from_name, to_number, port, peer, direction, route, cause,
	sip_status, released_by, detector, detector_at, answer_basis, quality, reason, sides, charge,
	(SELECT json_group_array(json_array(l.port, l.number, l.start, l.answered, l.ended, l.cause) ORDER BY l.seq) FROM leg l WHERE l.call = c.id) AS legs`

// Each calls do for each record in the order of their start, without keeping them in memory, until do gives an error. All
// of them are of one moment.
func (r *Reader) Each(ctx context.Context, f Filter, do func(Record) error) error {
	where, args := []string{"1"}, []any{}
	and := func(clause string, values ...any) {
		where, args = append(where, clause), append(args, values...)
	}
	if !f.Since.IsZero() {
		and("start >= ?", ms(f.Since))
	}
	if !f.Until.IsZero() {
		and("start < ?", ms(f.Until))
	}
	if f.Port != "" {
		and("(port = ? OR peer = ?)", f.Port, f.Port)
	}
	if f.ID != "" {
		and("id = ?", f.ID)
	}
	if f.Open {
		and("ended IS NULL")
	}
	query := "SELECT " + columns + " FROM call c WHERE " + strings.Join(where, " AND ") + " ORDER BY start"
	if f.Limit < 0 {
		query += ", n"
	} else {
		limit := f.Limit
		if limit == 0 {
			limit = DefaultLimit
		}
		query = "SELECT * FROM (" + query + " DESC, n DESC LIMIT ?) ORDER BY start, n"
		args = append(args, limit)
	}
	rows, err := r.db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		rec, err := scan(rows)
		if err != nil {
			return err
		}
		if err := do(rec); err != nil {
			return err
		}
	}
	return rows.Err()
}

func scan(rows *sql.Rows) (Record, error) {
	var (
		r                           Record
		start, duration             int64
		answered, ended, detectorAt sql.NullInt64
		n, cause                    int
		quality, sides, charge      string
		legs                        string
	)
	if err := rows.Scan(&n, &r.ID, &start, &answered, &ended, &duration, &r.From, &r.FromName, &r.To, &r.Port, &r.Peer, &r.Direction,
		&r.Route, &cause, &r.SIPStatus, &r.ReleasedBy, &r.Detector, &detectorAt, &r.AnswerBasis, &quality, &r.Reason, &sides, &charge, &legs); err != nil {
		return r, err
	}
	r.Start, r.Answered, r.Ended, r.DetectorAt = time.UnixMilli(start).UTC(), at(answered), at(ended), at(detectorAt)
	r.Duration, r.Cause = time.Duration(duration)*time.Millisecond, tdm.Cause(cause)
	if err := json.Unmarshal([]byte(quality), &r.Quality); err != nil {
		return r, fmt.Errorf("call %q: quality: %w", r.ID, err)
	}
	if err := errors.Join(json.Unmarshal([]byte(sides), &r.Sides), json.Unmarshal([]byte(charge), &r.Charge)); err != nil {
		return r, fmt.Errorf("call %q: sides and charge: %w", r.ID, err)
	}
	var gs []json.RawMessage
	if err := json.Unmarshal([]byte(legs), &gs); err != nil {
		return r, fmt.Errorf("call %q: legs: %w", r.ID, err)
	}
	for _, raw := range gs {
		var (
			g               Leg
			start           int64
			answered, ended *int64
		)
		if err := json.Unmarshal(raw, &[]any{&g.Port, &g.Number, &start, &answered, &ended, &g.Cause}); err != nil {
			return r, fmt.Errorf("call %q: legs: %w", r.ID, err)
		}
		g.Start = time.UnixMilli(start).UTC()
		if answered != nil {
			g.Answered = time.UnixMilli(*answered).UTC()
		}
		if ended != nil {
			g.Ended = time.UnixMilli(*ended).UTC()
		}
		r.Legs = append(r.Legs, g)
	}
	return r, nil
}

func at(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMilli(n.Int64).UTC()
}
