package cdr

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// The test binary is its own victim: with this variable it does what the word says in the folder that follows.
const child = "TIPRING_CDR_CHILD"

func TestMain(m *testing.M) {
	job, dir, _ := strings.Cut(os.Getenv(child), " ")
	switch job {
	case "":
		os.Exit(m.Run())
	case "calls":
		placeCalls(dir)
	case "limit":
		signal.Ignore(syscall.SIGXFSZ) // the write then fails with EFBIG
	}
	os.Exit(m.Run())
}

// placeCalls places calls for ever and says after each commit what is in the database: "+3" call 3 is open, "-3" it ended.
// Of every three calls one stays up.
func placeCalls(dir string) {
	s, err := Open(Config{Dir: dir})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	say := func(format string, i int) {
		if err := s.drain(nil); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Printf(format+"\n", i)
	}
	for i := 0; ; i++ {
		r := full(fmt.Sprint(i))
		r.Ended = time.Time{}
		s.Begin(r)
		say("+%d", i)
		if i%3 != 0 {
			r.Ended = t0.Add(time.Minute)
			s.Finish(r)
			say("-%d", i)
		}
	}
}

// A kill -9 loses none: whatever the victim said was written is there, and what was up is closed by recovery.
func TestKill(t *testing.T) {
	for _, after := range []int{1, 2, 7, 40} {
		t.Run(fmt.Sprintf("after=%d", after), func(t *testing.T) {
			dir := t.TempDir()
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), child+"=calls "+dir)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			said := make(map[string]byte) // call: + or -
			read := func() bool {
				if !lines.Scan() {
					return false
				}
				if line := lines.Text(); line[0] == '+' || line[0] == '-' {
					said[line[1:]] = line[0]
				} else {
					t.Errorf("the victim says %q", line)
				}
				return true
			}
			for range after {
				if !read() {
					t.Fatal("the victim ended by itself")
				}
			}
			// While it runs: this process can read, and cannot take the folder over.
			if r, err := OpenReader(dir); err != nil {
				t.Error(err)
			} else {
				if rs, err := r.List(t.Context(), Filter{}); err != nil || len(rs) == 0 {
					t.Errorf("reading beside the gateway: %d records, %v", len(rs), err)
				}
				r.Close()
			}
			if _, err := Open(Config{Dir: dir}); err == nil || !strings.Contains(err.Error(), "in use by another gateway") {
				t.Errorf("a second gateway got %v", err)
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			for read() {
			}
			cmd.Wait()

			got := make(map[string]Record)
			up := 0
			s := open(t, dir)
			for _, r := range list(t, s, Filter{Limit: -1}) {
				got[r.ID] = r
				if r.ReleasedBy == ByRecovery {
					up++
				}
			}
			for id, state := range said {
				r, ok := got[id]
				switch {
				case !ok:
					t.Errorf("call %s is lost", id)
				case r.Open():
					t.Errorf("call %s is still open", id)
				case state == '-' && (r.ReleasedBy != ByCalled || !r.Ended.Equal(t0.Add(time.Minute)) || len(r.Legs) != 2):
					t.Errorf("call %s ended before the kill and is %+v", id, r)
				case state == '+' && r.ReleasedBy == ByRecovery && (r.Cause != RecoveryCause || r.Duration <= 0):
					t.Errorf("call %s was up and is %+v", id, r)
				}
			}
			if up == 0 || s.Status().Recovered != up {
				t.Errorf("%d calls recovered, the status says %d", up, s.Status().Recovered)
			}
		})
	}
}

// fullDisk goes through a disk that takes nothing between fill and free: calls go on, nothing is lost, the state is told.
func fullDisk(t *testing.T, dir string, fill, free func() error) {
	s := open(t, dir)
	s.Finish(full("before"))
	list(t, s, Filter{})
	if err := fill(); err != nil {
		t.Fatal(err)
	}
	const calls = 3000
	for i := range calls {
		r := full(fmt.Sprint(i))
		s.Begin(r)
		s.Finish(r)
	}
	if err := s.drain(nil); err == nil {
		t.Fatal("the disk is not full")
	}
	st := s.Status()
	if st.FailingSince.IsZero() || st.LastError == "" || st.Queued == 0 || st.Dropped != 0 {
		t.Errorf("while the disk is full the status is %+v", st)
	}
	t.Logf("the error is %q", st.LastError)
	if rs, err := s.List(t.Context(), Filter{ID: "before"}); err != nil || len(rs) != 1 {
		t.Errorf("reading from a full disk: %d records, %v", len(rs), err)
	}
	s.Finish(full("during"))
	if err := s.drain(nil); err == nil {
		t.Error("the disk is no longer full")
	}
	if err := free(); err != nil {
		t.Fatal(err)
	}
	if rs := list(t, s, Filter{Limit: -1}); len(rs) != calls+2 {
		t.Errorf("%d records after all, want %d", len(rs), calls+2)
	}
	if st := s.Status(); !st.FailingSince.IsZero() || st.Queued != 0 || st.Written != calls+2 || st.Dropped != 0 {
		t.Errorf("afterwards the status is %+v", st)
	}
}

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tipring", dir, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("no tmpfs of our own: %v; TestFileSizeLimit stands in", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	filler := filepath.Join(dir, "filler")
	fill := func() error {
		f, err := os.Create(filler)
		if err != nil {
			return err
		}
		defer f.Close()
		for block := make([]byte, 4096); err == nil; {
			_, err = f.Write(block)
		}
		return nil
	}
	fullDisk(t, dir, fill, func() error { return os.Remove(filler) })
}

// The same with a limit on the size of files, in a process of its own.
func TestFileSizeLimit(t *testing.T) {
	if os.Getenv(child) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFileSizeLimit$", "-test.v")
		cmd.Env = append(os.Environ(), child+"=limit")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestFileSizeLimit") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	fullDisk(t, t.TempDir(), func() error {
		return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 256 << 10, Max: old.Max})
	}, func() error { return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old) })
}

// While writing fails only the timer tries again, after 1, 2, 4 ... at most 30 seconds.
func TestRetryBacksOff(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		refuse(t, s, true)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		start := time.Now()
		for i := range 100 { // a call a second, while the table does not take it
			s.Finish(full(fmt.Sprint(i)))
			time.Sleep(time.Second)
		}
		synctest.Wait()
		st := s.Status()
		if st.Queued != 100 || !st.FailingSince.Equal(start) || !strings.Contains(st.LastError, "no room") {
			t.Errorf("status %+v", st)
		}
		// Tried at 0, 1, 3, 7, 15, 31, 61, 91; the next time is 121.
		refuse(t, s, false)
		time.Sleep(120*time.Second - time.Since(start))
		synctest.Wait()
		if got := s.Status().Queued; got != 100 {
			t.Errorf("after 120 s %d are queued: it was tried too early", got)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if st := s.Status(); st.Queued != 0 || st.Written != 100 || !st.FailingSince.IsZero() {
			t.Errorf("after 122 s the status is %+v", st)
		}
		cancel()
		<-done
	})
}

// refuse makes every insert fail, or no longer.
func refuse(t *testing.T, s *Store, on bool) {
	t.Helper()
	q := "DROP TRIGGER no_room"
	if on {
		q = "CREATE TRIGGER no_room BEFORE INSERT ON call BEGIN SELECT RAISE(ABORT, 'no room'); END"
	}
	if _, err := s.db.Exec(q); err != nil {
		t.Fatal(err)
	}
}

func TestCloseSaysWhatIsLost(t *testing.T) {
	s := open(t, t.TempDir())
	refuse(t, s, true)
	s.Finish(full("1"))
	s.Finish(full("2"))
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "2 call records could not be written") {
		t.Errorf("got %v", err)
	}
}

func TestOpenFaults(t *testing.T) {
	t.Run("newer schema", func(t *testing.T) {
		dir := t.TempDir()
		s := open(t, dir)
		if _, err := s.db.Exec("PRAGMA user_version = 99"); err != nil {
			t.Fatal(err)
		}
		s.Close()
		for _, open := range []func() error{
			func() error { _, err := Open(Config{Dir: dir}); return err },
			func() error { _, err := OpenReader(dir); return err },
		} {
			if err := open(); err == nil || !strings.Contains(err.Error(), "schema version 99") {
				t.Errorf("got %v", err)
			}
		}
	})
	t.Run("not a database", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, File), []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(Config{Dir: dir}); err == nil || !strings.Contains(err.Error(), "not a database") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("older schema", func(t *testing.T) {
		dir := t.TempDir()
		name, err := dsn(dir, false)
		if err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec("PRAGMA user_version = 0"); err != nil {
			t.Fatal(err)
		}
		db.Close()
		if _, err := OpenReader(dir); err == nil || !strings.Contains(err.Error(), "start the gateway once") {
			t.Errorf("a reader got %v", err)
		}
		if got := list(t, open(t, dir), Filter{}); len(got) != 0 {
			t.Errorf("got %v", got)
		}
	})
	t.Run("nothing there", func(t *testing.T) {
		if _, err := OpenReader(t.TempDir()); err == nil || !strings.Contains(err.Error(), "there is no cdr.db") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("folder is a file", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(Config{Dir: file}); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("strange folder name", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "a b?mode=ro&#%41'")
		s := open(t, dir)
		s.Finish(full("1"))
		if got := list(t, s, Filter{}); len(got) != 1 {
			t.Errorf("got %v", got)
		}
		if _, err := os.Stat(filepath.Join(dir, File)); err != nil {
			t.Error(err)
		}
	})
}

// The database that a power cut may meet: every commit is on the disk (synchronous=FULL) and readers do not wait (WAL).
func TestPragmas(t *testing.T) {
	s := open(t, t.TempDir())
	for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "5000"} {
		var got string
		if err := s.db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, %v", pragma, got, err)
		}
	}
}
