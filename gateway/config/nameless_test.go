package config

import (
	"strings"
	"testing"
)

// A card that nobody has named is told of once, as missing, and not in the messages of what it might hold.
func TestFaultsDoNotSpeakOfACardWithoutAName(t *testing.T) {
	const held = "[[port]]\nname = \"fxs1\"\nkind = \"fxs\"\nnumber = \"201\"\n[[span]]\nname = \"span1\"\nkind = \"e1\"\nsignalling = \"none\"\n"
	for _, c := range []struct{ name, cards, want string }{
		{"no card", "", "there is no card for it"},
		{"two cards", "[[card]]\nname = \"a\"\ndriver = \"emu\"\n[[card]]\nname = \"b\"\ndriver = \"emu\"\n", "more than one card"},
		{"a card without a name", "[[card]]\ndriver = \"emu\"\n", "card[1].name: is missing"},
		{"a pseudowire without a name", "[[card]]\ndriver = \"pseudowire\"\n", "card[1].name: is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("x.toml", c.cards+held)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "card  has") {
				t.Errorf("faults:\n%v\nwant one with %q", err, c.want)
			}
		})
	}
}
