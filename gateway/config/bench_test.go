package config

import "testing"

func BenchmarkParse(b *testing.B) {
	big, err := Default("fxs=240,fxo=240")
	if err != nil {
		b.Fatal(err)
	}
	for name, doc := range map[string]string{"example": Example, "480 lines": big.TOML()} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Parse("f", doc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
