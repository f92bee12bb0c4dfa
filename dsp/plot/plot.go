package plot

import (
	"image"
	"image/color"
	"math"
	"strconv"

	"tipring/dsp/fft"
	"tipring/dsp/level"
)

const sampleRate = 8000

// A Mark is something found in the recording.
type Mark struct {
	From, To int    // samples
	Lane     string // what found it; marks of one lane share a row
	Label    string // shown in the mark's bar, cut to its width, or behind it where there is room
}

// The picture, in pixels.
const (
	left, right   = 56, 12
	top, bottom   = 28, 26
	waveHeight    = 180
	laneHeight    = 16
	gap           = 8
	spectroHeight = 256
	leastWidth    = 640
	mostWidth     = 1800
	perSecond     = 160
)

// The range of the spectrogram's colours: level of a sine in dBm0.
const darkest, brightest = -65.0, -5.0

var (
	paper  = color.RGBA{250, 250, 248, 255}
	ink    = color.RGBA{40, 44, 52, 255}
	faint  = color.RGBA{214, 214, 208, 255}
	wave   = color.RGBA{44, 92, 150, 255}
	colors = []color.RGBA{{214, 93, 14, 255}, {20, 130, 92, 255}, {150, 60, 160, 255}, {190, 140, 0, 255}, {180, 40, 60, 255}, {60, 110, 200, 255}}
	// heat are the colours from the darkest level to the brightest, at equal distances.
	heat = []color.RGBA{{8, 8, 28, 255}, {60, 18, 104, 255}, {158, 42, 108, 255}, {232, 98, 52, 255}, {252, 186, 60, 255}, {255, 252, 190, 255}}
)

// Draw returns the picture of a recording of at least one sample. The title stands above it.
func Draw(title string, pcm []int16, marks []Mark) *image.RGBA {
	seconds := float64(len(pcm)) / sampleRate
	across := max(leastWidth, min(mostWidth, int(perSecond*seconds)))
	var lanes []string
	row := map[string]int{}
	for _, m := range marks {
		if _, ok := row[m.Lane]; !ok {
			row[m.Lane] = len(lanes)
			lanes = append(lanes, m.Lane)
		}
	}
	lanesTop := top + waveHeight + gap
	spectroTop := lanesTop + len(lanes)*laneHeight + gap
	img := image.NewRGBA(image.Rect(0, 0, left+across+right, spectroTop+spectroHeight+bottom))
	fillRect(img, 0, 0, img.Bounds().Dx(), img.Bounds().Dy(), paper)
	text(img, left, 8, left+across, title, ink)

	x := func(sample int) int { return left + int(int64(sample)*int64(across)/int64(max(1, len(pcm)))) }
	drawWave(img, pcm, across)
	drawSpectrogram(img, pcm, across, spectroTop)
	drawTime(img, seconds, across, spectroTop)
	for _, m := range marks {
		c := colors[row[m.Lane]%len(colors)]
		from, to := x(max(0, m.From)), x(min(len(pcm), m.To))
		w := max(2, to-from)
		tint(img, from, top, w, waveHeight, c)
		fillRect(img, from, spectroTop, 1, spectroHeight, c)
		fillRect(img, from+w-1, spectroTop, 1, spectroHeight, c)
		y := lanesTop + row[m.Lane]*laneHeight
		fillRect(img, from, y+1, w, laneHeight-2, c)
		switch space := free(marks, m, len(pcm), x) - (from + w); {
		case width(m.Label)+1 <= w:
			text(img, from+2, y+3, from+w, m.Label, paper)
		case width(m.Label)+8 <= space: // behind the bar
			text(img, from+w+4, y+3, from+w+space, m.Label, c)
		default:
			text(img, from+2, y+3, from+w, m.Label, paper)
		}
	}
	for i, lane := range lanes {
		text(img, 4, lanesTop+i*laneHeight+3, left, lane, colors[i%len(colors)])
	}
	return img
}

// free is the column up to which nothing follows m in its lane.
func free(marks []Mark, m Mark, samples int, x func(int) int) int {
	next := samples
	for _, o := range marks {
		if o.Lane == m.Lane && o.From > m.From {
			next = min(next, o.From)
		}
	}
	return x(next)
}

// drawWave draws each column's least and greatest sample.
func drawWave(img *image.RGBA, pcm []int16, across int) {
	middle := top + waveHeight/2
	fillRect(img, left, top, across, waveHeight, color.RGBA{255, 255, 255, 255})
	fillRect(img, left, middle, across, 1, faint)
	peak := 1
	for _, s := range pcm {
		peak = max(peak, int(s), -int(s))
	}
	y := func(s int) int { return middle - s*(waveHeight/2-4)/peak }
	for i := range across {
		a, b := i*len(pcm)/across, max((i+1)*len(pcm)/across, i*len(pcm)/across+1)
		lo, hi := 32767, -32768
		for _, s := range pcm[a:min(b, len(pcm))] {
			lo, hi = min(lo, int(s)), max(hi, int(s))
		}
		if lo <= hi {
			fillRect(img, left+i, y(hi), 1, y(lo)-y(hi)+1, wave)
		}
	}
	label := strconv.FormatFloat(float64(level.OfSine(float64(peak))), 'f', 1, 64)
	text(img, left-4-width(label), top, left, label, ink)
	text(img, left-4-width("dBm0"), top+14, left, "dBm0", ink)
}

const (
	window = 256
	bins   = window/2 + 1
	inset  = spectroHeight / (window / 2) // pixels a bin
)

// drawSpectrogram draws the greatest level of each bin in each column.
func drawSpectrogram(img *image.RGBA, pcm []int16, across, y0 int) {
	plan := fft.New(window)
	in, re, im := make([]float32, window), make([]float32, bins), make([]float32, bins)
	var hann [window]float32
	for i := range hann {
		hann[i] = float32(0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/window))
	}
	column := make([]float64, bins)
	for i := range across {
		clear(column)
		a, b := i*len(pcm)/across, (i+1)*len(pcm)/across
		for at := a; at == a || at < b; at += window / 2 {
			for k := range in {
				in[k] = 0
				if s := at + k - window/2; s >= 0 && s < len(pcm) {
					in[k] = float32(pcm[s]) * hann[k]
				}
			}
			plan.Forward(re, im, in)
			for k := range column {
				column[k] = max(column[k], math.Hypot(float64(re[k]), float64(im[k])))
			}
		}
		for k := 1; k < bins; k++ {
			d := float64(level.OfSine(column[k] * 4 / window))
			c := shade((d - darkest) / (brightest - darkest))
			fillRect(img, left+i, y0+spectroHeight-k*inset, 1, inset, c)
		}
	}
	for khz := range 5 {
		y := y0 + spectroHeight - khz*spectroHeight/4
		fillRect(img, left-5, y, 5, 1, ink)
		label := strconv.Itoa(khz)
		if khz == 4 {
			label = "4 kHz"
		}
		text(img, left-8-width(label), min(y-4, y0+spectroHeight-charHeight), left, label, ink)
	}
}

// shade returns the colour of 0 to 1.
func shade(v float64) color.RGBA {
	v = max(0, min(1, v)) * float64(len(heat)-1)
	i := min(int(v), len(heat)-2)
	f := v - float64(i)
	mix := func(a, b uint8) uint8 { return uint8(float64(a) + f*(float64(b)-float64(a))) }
	a, b := heat[i], heat[i+1]
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// drawTime draws the axis below: a step of 1, 2 or 5 times a power of ten that leaves room for the numbers.
func drawTime(img *image.RGBA, seconds float64, across, y0 int) {
	step := 0.001
	for i := 0; seconds/step*60 > float64(across); i++ {
		step *= [3]float64{2, 2.5, 2}[i%3]
	}
	y := y0 + spectroHeight
	for k := 0; float64(k)*step <= seconds; k++ {
		x := left + int(float64(k)*step/seconds*float64(across))
		fillRect(img, x, y, 1, 5, ink)
		label := strconv.FormatFloat(float64(k)*step, 'g', 6, 64)
		if k == 0 {
			label = "0 s"
		}
		text(img, x-width(label)/2, y+9, left+across+right, label, ink)
	}
}
