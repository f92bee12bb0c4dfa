package plot

import (
	"image"
	"image/color"
)

// A glyph is five rows of three dots, an octal digit each.
var glyphs = map[rune]string{
	'0': "75557", '1': "26227", '2': "71747", '3': "71717", '4': "55711", '5': "74717", '6': "74757", '7': "71122", '8': "75757", '9': "75717",
	'A': "25755", 'B': "65656", 'C': "34443", 'D': "65556", 'E': "74647", 'F': "74644", 'G': "34553", 'H': "55755", 'I': "72227", 'J': "11152",
	'K': "55655", 'L': "44447", 'M': "57755", 'N': "65555", 'O': "25552", 'P': "65644", 'Q': "25563", 'R': "65655", 'S': "34216", 'T': "72222",
	'U': "55557", 'V': "55552", 'W': "55775", 'X': "55255", 'Y': "55222", 'Z': "71247",
	'.': "00002", ',': "00024", ':': "02020", '-': "00700", '+': "02720", '*': "05250", '#': "57575", '/': "11244", '(': "12221", ')': "42224",
	'%': "51245", '_': "00007", '=': "07070", '?': "61202", '\'': "22000", ' ': "00000",
}

const (
	dot        = 2 // pixels
	charWidth  = 4 * dot
	charHeight = 5 * dot
)

// text draws s with its upper left corner at x, y, as far as it fits before the column limit; small letters are drawn as
// capitals and what has no glyph as a question mark.
func text(img *image.RGBA, x, y, limit int, s string, c color.RGBA) {
	for _, r := range s {
		if x+charWidth-dot > limit {
			return
		}
		if r >= 'a' && r <= 'z' {
			r += 'A' - 'a'
		}
		g, ok := glyphs[r]
		if !ok {
			g = glyphs['?']
		}
		for row := range 5 {
			for col := range 3 {
				if (g[row]-'0')>>(2-col)&1 == 1 {
					fillRect(img, x+col*dot, y+row*dot, dot, dot, c)
				}
			}
		}
		x += charWidth
	}
}

func width(s string) int { return charWidth*len([]rune(s)) - dot }

func fillRect(img *image.RGBA, x, y, w, h int, c color.RGBA) {
	r := image.Rect(x, y, x+w, y+h).Intersect(img.Bounds())
	for j := r.Min.Y; j < r.Max.Y; j++ {
		for i := r.Min.X; i < r.Max.X; i++ {
			img.SetRGBA(i, j, c)
		}
	}
}

// tint mixes a third of c into a rectangle.
func tint(img *image.RGBA, x, y, w, h int, c color.RGBA) {
	r := image.Rect(x, y, x+w, y+h).Intersect(img.Bounds())
	for j := r.Min.Y; j < r.Max.Y; j++ {
		for i := r.Min.X; i < r.Max.X; i++ {
			p := img.RGBAAt(i, j)
			p.R = uint8((2*int(p.R) + int(c.R)) / 3)
			p.G = uint8((2*int(p.G) + int(c.G)) / 3)
			p.B = uint8((2*int(p.B) + int(c.B)) / 3)
			img.SetRGBA(i, j, p)
		}
	}
}
