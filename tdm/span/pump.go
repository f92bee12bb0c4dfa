package span

// A Pump drives one card.
type Pump struct{}
