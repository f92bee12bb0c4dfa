package cdr

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// File is the database's name in the data folder.
const File = "cdr.db"

// migrations[i] brings a database from user_version i to i+1. One that was released is never changed.
// Times are milliseconds since 1970 UTC.
var migrations = []string{`
CREATE TABLE call (
	id           TEXT    NOT NULL PRIMARY KEY,
	start        INTEGER NOT NULL,
	answered     INTEGER,
	ended        INTEGER,
	duration     INTEGER NOT NULL DEFAULT 0,
	from_number  TEXT    NOT NULL DEFAULT '',
	from_name    TEXT    NOT NULL DEFAULT '',
	to_number    TEXT    NOT NULL DEFAULT '',
	port         TEXT    NOT NULL DEFAULT '',
	peer         TEXT    NOT NULL DEFAULT '',
	direction    TEXT    NOT NULL DEFAULT '',
	route        TEXT    NOT NULL DEFAULT '',
	cause        INTEGER NOT NULL DEFAULT 0,
	sip_status   INTEGER NOT NULL DEFAULT 0,
	released_by  TEXT    NOT NULL DEFAULT '',
	detector     TEXT    NOT NULL DEFAULT '',
	detector_at  INTEGER,
	answer_basis TEXT    NOT NULL DEFAULT '',
	quality      TEXT    NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX call_start ON call (start);
CREATE INDEX call_port  ON call (port, start);
CREATE INDEX call_peer  ON call (peer, start);
CREATE INDEX call_open  ON call (start) WHERE ended IS NULL;
CREATE TABLE leg (
	call     TEXT    NOT NULL REFERENCES call (id) ON DELETE CASCADE,
	seq      INTEGER NOT NULL,
	port     TEXT    NOT NULL,
	number   TEXT    NOT NULL,
	start    INTEGER NOT NULL,
	answered INTEGER,
	ended    INTEGER,
	cause    INTEGER NOT NULL,
	PRIMARY KEY (call, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE alive (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	at  INTEGER NOT NULL
) STRICT;
`,
	`ALTER TABLE call ADD COLUMN reason TEXT NOT NULL DEFAULT ''`,
	`ALTER TABLE call ADD COLUMN sides TEXT NOT NULL DEFAULT 'null'; ALTER TABLE call ADD COLUMN charge TEXT NOT NULL DEFAULT 'null'`,
}

// dsn is the driver's name of the database in dir.
func dsn(dir string, readOnly bool) (string, error) {
	path, err := filepath.Abs(filepath.Join(dir, File))
	if err != nil {
		return "", err
	}
	q := url.Values{}
	q.Add("_pragma", "busy_timeout(5000)")
	q.Add("_pragma", "foreign_keys(1)")
	if readOnly {
		q.Set("mode", "ro")
	} else {
		q.Add("_pragma", "journal_mode(WAL)")
		q.Add("_pragma", "synchronous(FULL)")
		q.Set("_txlock", "immediate")
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String(), nil
}

// migrate brings the schema up to date.
func migrate(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	version, err := userVersion(ctx, tx)
	if err != nil {
		return err
	}
	for ; version < len(migrations); version++ {
		if _, err := tx.ExecContext(ctx, migrations[version]); err != nil {
			return fmt.Errorf("schema version %d: %w", version+1, err)
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version+1)); err != nil {
			return err
		}
	}
	return tx.Commit()
}

type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// userVersion reads the schema's version and refuses one that this program does not know.
func userVersion(ctx context.Context, q queryer) (int, error) {
	var version int
	if err := q.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, err
	}
	if version > len(migrations) {
		return 0, fmt.Errorf("the database has schema version %d, this program knows %d: use a newer tipring, or move %s away", version, len(migrations), File)
	}
	return version, nil
}
