package plot_test

import (
	"image"
	"image/color"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/plot"
)

// column returns how many different colours there are between two rows of a column.
func colours(img *image.RGBA, x, y0, y1 int) map[color.RGBA]int {
	seen := map[color.RGBA]int{}
	for y := y0; y < y1; y++ {
		seen[img.RGBAAt(x, y)]++
	}
	return seen
}

// TestDraw: the spectrogram is brightest where the tone is, and a mark is in the columns that it says.
func TestDraw(t *testing.T) {
	pcm := append(make([]int16, 8000), dsptest.Sine(1000, -10, 8000)...)
	bare := plot.Draw("tone", pcm, nil)
	img := plot.Draw("tone", pcm, []plot.Mark{{From: 8000, To: 16000, Lane: "tones", Label: "busy"}})
	b := img.Bounds()
	if b.Dx() < 640 || b.Dy() != bare.Bounds().Dy()+16 {
		t.Fatalf("%v, without a lane %v", b, bare.Bounds())
	}
	const left, right = 56, 12
	middle := func(share float64) int { return left + int(share*float64(b.Dx()-left-right)) }
	// The spectrogram's 256 rows end 26 above the bottom; 1 kHz lies a quarter up.
	y := b.Dy() - 26 - 64
	luma := func(x, y int) int { c := img.RGBAAt(x, y); return int(c.R) + int(c.G) + int(c.B) }
	if on, off, beside := luma(middle(0.75), y), luma(middle(0.25), y), luma(middle(0.75), y-64); on < off+200 || on < beside+200 {
		t.Errorf("1 kHz has brightness %d, silence %d, 2 kHz %d", on, off, beside)
	}
	lane := 28 + 180 + 8 + 2
	if img.RGBAAt(middle(0.75), lane) == img.RGBAAt(middle(0.25), lane) {
		t.Error("the mark is not where it says")
	}
	if len(colours(img, middle(0.25), 28, 208)) > 3 || colours(img, middle(0.75), 28, 208)[img.RGBAAt(middle(0.25), 40)] > 10 {
		t.Error("the waveform under the mark has no tint")
	}
}

// TestAnyLength: nothing is too short, too long, or outside.
func TestAnyLength(t *testing.T) {
	for _, n := range []int{1, 7, 255, 8000, 900_000} {
		img := plot.Draw("\x00 Länge ?", dsptest.White(1, -10, n), []plot.Mark{{From: -100, To: 3, Lane: "a", Label: "x"}, {From: n - 1, To: n + 9000, Lane: "b", Label: "long label that does not fit"}})
		if img.Bounds().Dx() > 2000 {
			t.Errorf("%d samples are drawn %d pixels wide", n, img.Bounds().Dx())
		}
	}
}
