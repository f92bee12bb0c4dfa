package cdr

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// WriteTable writes records as a table for people, times in loc. Whatever a terminal would act on is replaced.
func WriteTable(w io.Writer, rs []Record, loc *time.Location) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "START\tFROM\tTO\tPORT\tPEER\tDURATION\tCAUSE\tRELEASED BY\tID")
	for _, r := range rs {
		duration, cause := r.Duration.Round(time.Second).String(), fmt.Sprintf("%d %s", r.Cause, r.Cause)
		switch {
		case r.Open():
			duration, cause = "up", "-"
		case r.Answered.IsZero():
			duration = "-"
		}
		from := r.From
		if r.FromName != "" {
			from += " (" + r.FromName + ")"
		}
		by := r.ReleasedBy
		if r.Detector != "" {
			by += " (" + r.Detector + ")"
		}
		cells := []string{r.Start.In(loc).Format("2006-01-02 15:04:05"), from, r.To, r.Port, r.Peer, duration, cause, by, r.ID}
		for i, c := range cells {
			if cells[i] = printable(c); cells[i] == "" {
				cells[i] = "-"
			}
		}
		fmt.Fprintln(tw, strings.Join(cells, "\t"))
	}
	return tw.Flush()
}

// printable replaces runes that are not printable, tabs and line ends among them.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\ufffd'
	}, s)
}
