package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/g711"
	"tipring/dsp/level"
	"tipring/dsp/wav"
)

// dsp runs a command and returns what it printed, which must be its exit status's.
func dsp(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := execute(env{ctx: t.Context(), stdout: &out, stderr: &errs}, append([]string{"dsp"}, args...)); code != want {
		t.Fatalf("dsp %v: exit status %d, want %d: %s", args, code, want, errs.String())
	}
	if want == 0 {
		if errs.Len() > 0 {
			t.Errorf("dsp %v writes errors: %s", args, errs.String())
		}
		return out.String()
	}
	if out.Len() > 0 || strings.Count(errs.String(), "\n") != 1 {
		t.Errorf("dsp %v: want one line of error and nothing else, have %q and %q", args, errs.String(), out.String())
	}
	return errs.String()
}

// TestDspForms: what the commands print has the documented form to the character.
func TestDspForms(t *testing.T) {
	f := filepath.Join(t.TempDir(), "f.wav")
	for _, tt := range []struct {
		generate, examine []string
		want              string // a regular expression
	}{
		{[]string{"dtmf", "5", "--level=-7"}, []string{"dtmf", f},
			`\{"digit":"5","at":0\.2[45]\d,"dur":0\.0[78]\d,"low_dbm0":-[67]\.\d,"high_dbm0":-[67]\.\d,"twist_db":-?0\.\d\}`},
		{[]string{"callerid", "--number", "5551234", "--name", "Jane Doe", "--time", "12241830"}, []string{"callerid", f},
			`\{"at":0\.6\d\d,"standard":"bell202","type":"call-setup","number":"5551234","name":"Jane Doe","time":"12241830","checksum_ok":true,"raw":"80[0-9a-f]+"\}`},
		{[]string{"callerid", "--number", "0301234", "--standard", "v23"}, []string{"callerid", f, "--standard", "v23"},
			`\{"at":0\.\d\d\d,"standard":"v23","type":"call-setup","number":"0301234","name":"","time":"","checksum_ok":true,"raw":"80[0-9a-f]+"\}`},
		{[]string{"callerid", "--number", "0301234", "--standard", "v23"}, []string{"callerid", f},
			`\{"at":0\.\d\d\d,"standard":"v23","type":"call-setup","number":"0301234".*\}`},
		{[]string{"callerid", "--number", "0301234", "--standard", "dtmf"}, []string{"callerid", f, "--standard", "dtmf"},
			`\{"at":0\.2\d\d,"standard":"dtmf","type":"call-setup","number":"0301234","name":"","time":"","checksum_ok":true,"raw":"[0-9a-f]+"\}`},
		{[]string{"callerid", "--number", "0312345678", "--standard", "jclip"}, []string{"callerid", f},
			`\{"at":0\.\d\d\d,"standard":"jclip","type":"call-setup","number":"0312345678","name":"","time":"","checksum_ok":true,"raw":"9081[0-9a-f]+"\}`},
		{[]string{"callerid", "--waiting", "on", "--messages", "3"}, []string{"callerid", f},
			`\{"at":0\.\d\d\d,"standard":"bell202","type":"message-waiting","number":"","name":"","time":"","checksum_ok":true,"raw":"82060b01ff130103[0-9a-f]{2}"\}`},
		{[]string{"callerid", "--waiting", "off", "--standard", "bell202-sdmf"}, []string{"callerid", f},
			`\{"at":0\.\d\d\d,"standard":"bell202","type":"message-waiting",.*,"raw":"06036f6f6faa"\}`},
		{[]string{"tone", "busy"}, []string{"tones", f, "--zone", "us"}, `\{"tone":"busy","at":0\.2[45]\d,"dur":4\.[45]\d\d\}`},
		{[]string{"tone", "busy", "--zone", "de"}, []string{"tones", f, "--zone", "de"}, `\{"tone":"busy","at":0\.2[45]\d,"dur":[45]\.\d\d\d\}`},
		{[]string{"tone", "dial"}, []string{"tones", f}, `\{"tone":"dial","at":0\.2[45]\d,"dur":[45]\.\d\d\d\}`},
		{[]string{"tone", "busy", "--zone", "de"}, []string{"learn-tone", f},
			`\{"tone":"disconnect","spec":"425/480,0/480","at":0\.2[45]\d,"dur":4\.8\d\d,"cycles":5,"dbm0":-15\.0,"like":\[.*"de busy".*\]\}`},
		{[]string{"tone", "1100/500,0/3000"}, []string{"fax", f}, `\{"tone":"cng","at":0\.2[45]\d,"dur":0\.[45]\d\d\}\n\{"tone":"cng","at":3\.7[45]\d,"dur":0\.[45]\d\d\}`},
		{[]string{"tone", "info"}, []string{"tones", f}, `\{"tone":"info","at":0\.2[45]\d,"dur":(0\.9[89]|1\.00)\d\}`},
		{[]string{"tone", "record", "--for", "20s"}, []string{"tones", f}, `\{"tone":"record","at":0\.2[45]\d,"dur":1[56]\.\d\d\d\}`},
		{[]string{"mf", "K1S"}, []string{"mf", f}, `\{"signal":"K","number":13,"at":0\.2\d\d,"dur":0\.(09|10)\d,"first_dbm0":-10\.\d,"second_dbm0":-(9|10)\.\d\}\n\{"signal":"1".*\}\n\{"signal":"S".*\}`},
		{[]string{"dtmf", ","}, []string{"dtmf", f}, ``},
	} {
		dsp(t, 0, append(append([]string{"generate"}, tt.generate...), "-o", f)...)
		got := dsp(t, 0, tt.examine...)
		if tt.want != "" {
			tt.want += "\n"
		}
		if !regexp.MustCompile(`^` + tt.want + `$`).MatchString(got) {
			t.Errorf("generate %v, %v:\n%swant\n%s", tt.generate, tt.examine, got, tt.want)
		}
	}
}

// TestDspRefuses: one clear line, exit status 2.
func TestDspRefuses(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, b []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, b, 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	var good bytes.Buffer
	if err := wav.Write(&good, dsptest.Speech(1, -15, 24000)); err != nil {
		t.Fatal(err)
	}
	wide := bytes.Clone(good.Bytes())
	wide[24], wide[25] = 0x80, 0x3e // 16,000 samples a second
	stereo := bytes.Clone(good.Bytes())
	stereo[22] = 2
	var none bytes.Buffer
	if err := wav.Write(&none, nil); err != nil {
		t.Fatal(err)
	}
	speech := file("good.wav", good.Bytes())
	bad := map[string]string{
		file("empty.wav", nil):                              "the file is empty",
		file("text.wav", []byte("hello, this is no sound")): "not a WAV file",
		file("wide.wav", wide):                              "16000 samples a second, want 8000",
		file("stereo.wav", stereo):                          "2 channels",
		file("none.wav", none.Bytes()):                      "no audio",
		file("cut.wav", good.Bytes()[:1000]):                "cut short",
		filepath.Join(dir, "missing.wav"):                   "no such file",
	}
	for name, want := range bad {
		for _, command := range [][]string{{"dtmf", name}, {"callerid", name}, {"tones", name}, {"fax", name}, {"mf", name}, {"learn-tone", name},
			{"echo", "--far", name, "--near", speech, "-o", filepath.Join(dir, "o.wav")}, {"echo", "--far", speech, "--near", name, "-o", filepath.Join(dir, "o.wav")},
			{"plot", name, "-o", filepath.Join(dir, "o.png")}} {
			if got := dsp(t, 2, command...); !strings.Contains(got, want) || !strings.Contains(got, name) {
				t.Errorf("dsp %v: %q, want the file's name and %q", command, got, want)
			}
		}
	}
	for want, command := range map[string][]string{
		"zone \"xx\"":       {"tones", speech, "--zone", "xx"},
		"no cadence twice":  {"learn-tone", speech},
		"8ms to 128ms":      {"echo", "--far", speech, "--near", speech, "--tail", "1s", "-o", filepath.Join(dir, "o.wav")},
		"0 to 1s":           {"echo", "--far", speech, "--near", speech, "--bulk", "1001ms", "-o", filepath.Join(dir, "o.wav")},
		"would overwrite":   {"echo", "--far", speech, "--near", speech, "-o", speech},
		"would overwrite w": {"plot", speech, "-o", speech},
		"recording has 3.0": {"echo", "--far", speech, "--near", speech, "--freeze-at=3s", "-o", filepath.Join(dir, "o.wav")},
		"no digits":         {"generate", "dtmf", "", "-o", filepath.Join(dir, "o.wav")},
		"--number \"abc\"":  {"generate", "callerid", "--number", "abc", "-o", filepath.Join(dir, "o.wav")},
		"--name \"Ada\"":    {"generate", "callerid", "--number", "5551234", "--name", "Ada", "--standard", "dtmf", "-o", filepath.Join(dir, "o.wav")},
		"--time \"12":       {"generate", "callerid", "--number", "5551234", "--time", "12241830", "--standard", "jclip", "-o", filepath.Join(dir, "o.wav")},
		"no word for":       {"generate", "callerid", "--standard", "dtmf-d", "-o", filepath.Join(dir, "o.wav")},
		"a time in the rec": {"echo", "--far", speech, "--near", speech, "--freeze-at=-1s", "-o", filepath.Join(dir, "o.wav")},
		"no DTMF digit":     {"generate", "dtmf", "12x", "-o", filepath.Join(dir, "o.wav")},
		"-70 to 3":          {"generate", "dtmf", "12", "--level", "20", "-o", filepath.Join(dir, "o.wav")},
		"want 1ms to":       {"generate", "tone", "busy", "--for", "0s", "-o", filepath.Join(dir, "o.wav")},
		"the tones of zone": {"generate", "tone", "buzzy", "-o", filepath.Join(dir, "o.wav")},
		"want MMDDHHMM":     {"generate", "callerid", "--time", "noon", "-o", filepath.Join(dir, "o.wav")},
		"no message for it": {"generate", "callerid", "--standard", "dtmf", "--waiting", "on", "-o", filepath.Join(dir, "o.wav")},
		"only with --wait":  {"generate", "callerid", "--messages", "3", "-o", filepath.Join(dir, "o.wav")},
		"is not known":      {"generate", "callerid", "--standard", "x", "-o", filepath.Join(dir, "o.wav")},
		"the signals are":   {"generate", "mf", "1x", "-o", filepath.Join(dir, "o.wav")},
	} {
		if got := dsp(t, 2, command...); !strings.Contains(got, want) {
			t.Errorf("dsp %v: %q, want %q", command, got, want)
		}
	}
	for _, name := range []string{"o.wav", "o.png"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("a refused command leaves %s behind", name)
		}
	}
}

// TestDspG711: files in both laws are read.
func TestDspG711(t *testing.T) {
	f := filepath.Join(t.TempDir(), "f.wav")
	dsp(t, 0, "generate", "dtmf", "159D", "-o", f)
	pcm, err := readWAV(f)
	if err != nil {
		t.Fatal(err)
	}
	for law, tag := range map[g711.Law]byte{g711.ALaw: 6, g711.MuLaw: 7} {
		octets := make([]byte, len(pcm))
		law.Encode(octets, pcm)
		n := len(octets)
		b := append([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00"), tag, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, 1, 0, 8, 0)
		b = append(append(b, "data"...), byte(n), byte(n>>8), byte(n>>16), 0)
		if err := os.WriteFile(f, append(b, octets...), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(dsp(t, 0, "dtmf", f), "digit"); got != 4 {
			t.Errorf("%v: %d digits of 4", law, got)
		}
	}
}

// TestDspEcho: an echo 10 dB down goes, its figures are printed, and a frozen model goes on working; also behind a delay of
// half a second. The response that it was taken for has its peak where the echo is.
func TestDspEcho(t *testing.T) {
	dir := t.TempDir()
	far := dsptest.White(1, -15, 64000)
	name := func(n string) string { return filepath.Join(dir, n) }
	for _, tt := range []struct {
		delay int // samples
		args  []string
	}{
		{40, nil},
		{40, []string{"--freeze-at", "5s"}},
		{4040, []string{"--bulk", "500ms"}},
		{4040, []string{"--bulk", "500ms", "--freeze-at", "5s"}},
	} {
		near := make([]int16, len(far))
		for i := tt.delay; i < len(near); i++ {
			near[i] = int16(math.Round(0.3 * float64(far[i-tt.delay])))
		}
		for n, pcm := range map[string][]int16{"far.wav": far, "near.wav": near} {
			if err := writeWAV(name(n), pcm); err != nil {
				t.Fatal(err)
			}
		}
		out := dsp(t, 0, append([]string{"echo", "--far", name("far.wav"), "--near", name("near.wav"), "--tail", "16ms", "--nlp=off",
			"--response", name("taps.txt"), "-o", name("out.wav")}, tt.args...)...)
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if len(lines) != 8 {
			t.Fatalf("%d lines for 8 s: %s", len(lines), out)
		}
		var last struct {
			At, Erl_db, Erle_db, Delay_ms, Bulk_ms float64
			State                                  string
		}
		if err := json.Unmarshal([]byte(lines[7]), &last); err != nil {
			t.Fatal(err)
		}
		ms, frozen, bulk := float64(tt.delay)/8, slices.Contains(tt.args, "--freeze-at"), slices.Contains(tt.args, "--bulk")
		if last.At != 8 || math.Abs(last.Erl_db-10.5) > 1 || last.Erle_db < 20 || math.Abs(last.Delay_ms-ms) > 0.5 ||
			(last.State == "frozen") != frozen || (last.Bulk_ms > 0) != bulk {
			t.Errorf("%v: %s", tt.args, lines[7])
		}
		left, err := readWAV(name("out.wav"))
		if err != nil {
			t.Fatal(err)
		}
		if d := level.Of(left[56000:]); d > -50 || len(left) != len(near) {
			t.Errorf("%v: %.1f dBm0 of an echo of %.1f is left, %d samples of %d", tt.args, d, level.Of(near[56000:]), len(left), len(near))
		}
		text, err := os.ReadFile(name("taps.txt"))
		if err != nil {
			t.Fatal(err)
		}
		var at, peak float64
		taps := strings.Split(strings.TrimSpace(string(text)), "\n")
		for _, l := range taps {
			var ms, v float64
			if _, err := fmt.Sscan(l, &ms, &v); err != nil {
				t.Fatalf("%v: %q: %v", tt.args, l, err)
			}
			if v > peak {
				at, peak = ms, v
			}
		}
		if len(taps) != 128 || at != ms || math.Abs(peak-0.3) > 0.01 {
			t.Errorf("%v: %d taps, the largest is %v at %v ms, want 0.3 at %v", tt.args, len(taps), peak, at, ms)
		}
	}
}

// TestDspPlot: the picture is a PNG in which a tone leaves its mark.
func TestDspPlot(t *testing.T) {
	f, p := filepath.Join(t.TempDir(), "f.wav"), filepath.Join(t.TempDir(), "f.png")
	size := func(args ...string) int {
		dsp(t, 0, append([]string{"generate", "tone"}, append(args, "-o", f)...)...)
		dsp(t, 0, "plot", f, "-o", p)
		file, err := os.Open(p)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		img, err := png.Decode(file)
		if err != nil {
			t.Fatal(err)
		}
		return img.Bounds().Dy()
	}
	if busy, nothing := size("busy"), size("1234/5000"); busy <= nothing {
		t.Errorf("a picture with a tone is %d high, one without %d", busy, nothing)
	}
}
