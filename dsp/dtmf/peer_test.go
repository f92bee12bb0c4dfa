package dtmf

import (
	"bytes"
	"encoding/binary"
	"flag"
	"os/exec"
	"strings"
	"testing"

	"tipring/cmd/peers"
)

// multimon-ng, an independent receiver, reads all 16 digits of the generator.
func TestMultimonReadsOurDigits(t *testing.T) {
	tools := peers.Need(t, "sox", "multimon-ng")
	s := NewSource(all16+all16, 70, 70, -10)
	pcm := make([]int16, s.Samples()+8000)
	s.Read(pcm[4000:])
	var raw bytes.Buffer
	if err := binary.Write(&raw, binary.LittleEndian, pcm); err != nil {
		t.Fatal(err)
	}
	format := []string{"-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-L"}
	args := append(append([]string{}, format...), "-r", "8000", "-")
	args = append(append(append(args, format...), "-r", "22050"), "-")
	resample := exec.Command(tools[0], args...)
	resample.Stdin = &raw
	wide, err := resample.Output()
	if err != nil {
		t.Fatalf("sox: %v", err)
	}
	decode := exec.Command(tools[1], "-q", "-c", "-a", "DTMF", "-t", "raw", "-")
	decode.Stdin = bytes.NewReader(wide)
	out, err := decode.Output()
	if err != nil {
		t.Fatalf("multimon-ng: %v", err)
	}
	var got strings.Builder
	for line := range strings.Lines(string(out)) {
		if d, ok := strings.CutPrefix(strings.TrimSpace(line), "DTMF: "); ok {
			got.WriteString(d)
		}
	}
	if got.String() != all16+all16 {
		t.Errorf("multimon-ng reads %q, want %q", got.String(), all16+all16)
	}
}

var (
	hour     = flag.Bool("hour", false, "look for digits in an hour of speech")
	hourSeed = flag.Uint64("hour-seed", 9000, "seed of its voices, its formant speech and the order of its sentences")
)

// speak returns a text as a voice of espeak-ng says it, at telephone bandwidth and full level.
func speak(t *testing.T, tools []string, voice, pitch, text string) []int16 {
	t.Helper()
	say := exec.Command(tools[0], "-v", voice, "-p", pitch, "--stdout", text)
	wav, err := say.Output()
	if err != nil {
		t.Fatalf("espeak-ng: %v", err)
	}
	narrow := exec.Command(tools[1], "-t", "wav", "-", "-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1", "-L", "-", "norm", "-3")
	narrow.Stdin = bytes.NewReader(wav)
	raw, err := narrow.Output()
	if err != nil {
		t.Fatalf("sox: %v", err)
	}
	pcm := make([]int16, len(raw)/2)
	if err := binary.Read(bytes.NewReader(raw), binary.LittleEndian, pcm); err != nil {
		t.Fatal(err)
	}
	return pcm
}

const talkText = "The quick brown fox jumps over the lazy dog. Please hold the line while I connect you to extension two hundred and one. " +
	"Our office is open from eight in the morning until half past five. One, two, three, four, five, six, seven, eight, nine, zero. " +
	"How much wood would a woodchuck chuck if a woodchuck could chuck wood? She sells sea shells on the sea shore. "

// Synthesised talk of several voices gives no digit and mutes next to nothing.
func TestEspeakIsNoDigit(t *testing.T) {
	tools := peers.Need(t, "espeak-ng", "sox")
	m := mute{d: NewDetector(Config{})}
	for _, voice := range []string{"en-us", "en-us+f3", "en+m7", "de", "fr", "it+f2", "es", "sv+f5"} {
		for _, pitch := range []string{"30", "50", "80"} {
			m.run(speak(t, tools, voice, pitch, talkText))
		}
	}
	t.Log(&m)
	if m.digits != "" || m.percent() > 0.2 {
		t.Errorf("false digits %q, %.3f %% muted", m.digits, m.percent())
	}
}

// sentences are heard in the hour alone.
var sentences = []string{
	"The birch canoe slid on the smooth planks.", "Four hours of steady work faced us.", "A large size in stockings is hard to sell.",
	"The boy was there when the sun rose.", "A rod is used to catch pink salmon.", "The source of the huge river is the clear spring.",
	"Kick the ball straight and follow through.", "Help the woman get back to her feet.", "A pot of tea helps to pass the evening.",
	"Smoky fires lack flame and heat.", "Wir sehen uns am Freitag um viertel vor sieben.", "Il pleut depuis trois jours sans arrêt.",
	"Quiero dos billetes de ida y vuelta.", "Ho perso le chiavi della macchina.", "Yes, no, seven, eleven, one more, thank you, goodbye!",
}

// TestHourOfSpeech: 50 minutes by voices of 18 languages, who say numbers and what espeak-ng makes of the text in each, and 10 of
// synthetic formant speech.
func TestHourOfSpeech(t *testing.T) {
	if !*hour {
		t.Skip("an hour of speech: give -hour")
	}
	tools := peers.Need(t, "espeak-ng", "sox")
	languages := []string{"en-us", "en-gb", "de", "fr", "it", "es", "pt", "nl", "sv", "da", "nb", "fi", "pl", "cs", "ru", "tr", "el", "hu"}
	variants := []string{"", "+f1", "+f2", "+f3", "+f4", "+f5", "+m1", "+m3", "+m5", "+m7"}
	pitches := []string{"20", "40", "60", "80", "95"}
	const numbers = " 0 1 2 3 4 5 6 7 8 9 10 11 12 20 30 100 1234 201 555 1998 42 17 "
	m := mute{d: NewDetector(Config{})}
	rnd := newRand(*hourSeed)
	for m.total < 50*60*rate {
		voice := languages[rnd.IntN(len(languages))] + variants[rnd.IntN(len(variants))]
		text := talkText + numbers
		for _, i := range rnd.Perm(len(sentences)) {
			text += sentences[i] + " "
		}
		m.run(speak(t, tools, voice, pitches[rnd.IntN(len(pitches))], text))
	}
	for s := *hourSeed; m.total < 60*60*rate; s++ {
		m.run(samples(speech(10*rate, s)))
	}
	t.Log(&m)
	if m.digits != "" {
		t.Errorf("false digits %q", m.digits)
	}
}
