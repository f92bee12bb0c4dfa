package config

import (
	"net/netip"
	"time"
)

// Kinds of port.
const (
	FXS = "fxs"
	FXO = "fxo"
)

// A Config is what a file says, with defaults filled in. The tags: toml is the key, default its value when it is missing,
// min and max bound numbers and durations, one lists what a text may be, check names a rule of its form (see forms), kind is
// the only kind of port, signalling of a span or mode of a modem that may have it, apply:"restart" marks what a reload cannot
// change, secret what is never shown, note is a sentence about a whole table.
type Config struct {
	File string `toml:"-"` // empty: made by Default

	Country string `toml:"country" default:"us" check:"country" doc:"Country of tones, ringing and caller ID: a zone id such as us, uk, de"`

	Data      Data       `toml:"data"`
	Log       Log        `toml:"log"`
	HTTP      HTTP       `toml:"http"`
	API       API        `toml:"api"`
	SIP       SIP        `toml:"sip"`
	RTP       RTP        `toml:"rtp"`
	Timers    Timers     `toml:"timers"`
	Loss      Loss       `toml:"loss"`
	Emergency Emergency  `toml:"emergency"`
	Cards     []Card     `toml:"card" apply:"restart"`
	Ports     []Port     `toml:"port"`
	Spans     []Span     `toml:"span" apply:"restart" note:"T1, E1 and J1 lines with a D channel, on an emulated card of their own. What this build cannot do of them it refuses."`
	Modems    []Modem    `toml:"modem" apply:"restart" note:"Voice modems: telephone lines behind a serial port, and cellular modules. In routes and hunt groups they stand with the FXO lines."`
	Trunks    []Trunk    `toml:"trunk"`
	Accounts  []Account  `toml:"account"`
	DigitMaps []DigitMap `toml:"digitmap"`
	Hunts     []Hunt     `toml:"hunt"`
	Routes    []Route    `toml:"route"`

	set map[string]bool // paths of the keys that the file has
}

// Data is where the gateway keeps its state.
type Data struct {
	Dir string `toml:"dir" default:"tipring-data" apply:"restart" doc:"Folder for call records and generated passwords; a relative one starts where the gateway was started"`
}

// Log is how it logs.
type Log struct {
	Level  string `toml:"level" default:"info" one:"debug|info|warn|error" doc:"Least important lines to write"`
	Format string `toml:"format" default:"text" one:"text|json" apply:"restart" doc:"Form of a line"`
}

// HTTP is where status, metrics and the control of emulated cards are served.
type HTTP struct {
	Listen netip.AddrPort `toml:"listen" default:"127.0.0.1:8080" apply:"restart" doc:"Address; beyond loopback only with api.token"`
}

// API is who may use HTTP.
type API struct {
	Token string `toml:"token" secret:"true" check:"token" apply:"restart" doc:"Bearer token that every request but /healthz needs; empty: none, on loopback only"`
}

// SIP is the gateway's own SIP side.
type SIP struct {
	UDP       []netip.AddrPort `toml:"udp" default:"127.0.0.1:5060" apply:"restart" doc:"Addresses for UDP"`
	TCP       []netip.AddrPort `toml:"tcp" default:"127.0.0.1:5060" apply:"restart" doc:"Addresses for TCP"`
	Advertise netip.Addr       `toml:"advertise" apply:"restart" doc:"Public address behind a static NAT, for Via, Contact and SDP"`
	Realm     string           `toml:"realm" default:"tipring" check:"line" doc:"Realm of challenges and host of identities"`
	Allow     []netip.Prefix   `toml:"allow" doc:"Sources that get an answer; empty: all that deny does not name"`
	Deny      []netip.Prefix   `toml:"deny" doc:"Sources that get no answer; the longest prefix of allow and deny decides"`
	Codecs    []string         `toml:"codecs" default:"PCMA|PCMU" one:"PCMA|PCMU" doc:"Codecs in order of preference"`
	Pauses    bool             `toml:"suppress_silence" doc:"Sends comfort noise instead of audio in pauses (RFC 3389) to peers that take it"`
	Ptime     time.Duration    `toml:"ptime" default:"20ms" min:"10ms" max:"60ms" doc:"Audio in one packet, a multiple of 10 ms"`

	LockoutFailures int           `toml:"lockout_failures" default:"10" min:"0" max:"1000" doc:"Wrong passwords within lockout_window after which a source is locked out; 0: never"`
	LockoutWindow   time.Duration `toml:"lockout_window" default:"1m" min:"1s" max:"24h" doc:"Time in which they are counted"`
	LockoutTime     time.Duration `toml:"lockout_time" default:"5m" min:"1s" max:"168h" doc:"Time for which a source is locked out"`
	MediaTimeout    time.Duration `toml:"media_timeout" default:"60s" min:"0s" max:"1h" doc:"Call is cleared when no packet came for so long; 0s: never"`
}

// RTP is the gateway's media side.
type RTP struct {
	Address   netip.Addr    `toml:"address" apply:"restart" doc:"Local address; missing: that of the first SIP address"`
	PortMin   int           `toml:"port_min" default:"16384" min:"1024" max:"65534" apply:"restart" doc:"First port"`
	PortMax   int           `toml:"port_max" default:"32767" min:"1025" max:"65535" apply:"restart" doc:"Last port; a call takes two"`
	JitterMin time.Duration `toml:"jitter_min" default:"0s" min:"0s" max:"500ms" apply:"restart" doc:"Least depth of the jitter buffer"`
	JitterMax time.Duration `toml:"jitter_max" default:"200ms" min:"20ms" max:"500ms" apply:"restart" doc:"Greatest depth of the jitter buffer"`
}

// Timers are waits that calls have in common.
type Timers struct {
	FirstDigit time.Duration `toml:"first_digit" default:"16s" min:"1s" max:"5m" doc:"Wait for the first digit"`
	InterDigit time.Duration `toml:"inter_digit" default:"4s" min:"500ms" max:"1m" doc:"Wait for each further digit"`
	NoAnswer   time.Duration `toml:"no_answer" default:"60s" min:"1s" max:"10m" doc:"Time that a call may ring"`
	Howler     time.Duration `toml:"howler" default:"30s" min:"0s" max:"10m" doc:"Tone to a phone left off hook until the howler; 0s: no howler"`
	Lockout    time.Duration `toml:"lockout" default:"60s" min:"1s" max:"1h" doc:"Howler until the line is locked out"`
	Drain      time.Duration `toml:"drain" default:"30s" min:"0s" max:"24h" doc:"Time that calls have to end after SIGTERM"`
}

// Loss is the loss plan: dB of loss from a kind of port (row) to a kind of port.
type Loss struct {
	FXS LossTo `toml:"fxs"`
	FXO LossTo `toml:"fxo"`
	IP  LossTo `toml:"ip"`
}

// LossTo is a row of the loss plan.
type LossTo struct {
	FXS float64 `toml:"fxs" min:"-12" max:"24" doc:"dB of loss towards phones"`
	FXO float64 `toml:"fxo" min:"-12" max:"24" doc:"dB of loss towards lines"`
	IP  float64 `toml:"ip" min:"-12" max:"24" doc:"dB of loss towards SIP"`
}

// DB returns the loss from one kind of port to another; every kind but fxs and fxo is ip.
func (l Loss) DB(from, to string) float64 {
	row := l.IP
	switch from {
	case FXS:
		row = l.FXS
	case FXO:
		row = l.FXO
	}
	switch to {
	case FXS:
		return row.FXS
	case FXO:
		return row.FXO
	}
	return row.IP
}

// Emergency is the reserved path.
type Emergency struct {
	Numbers []string `toml:"numbers" doc:"Emergency numbers, dialled at once and routed before any rule; missing: 112 and 911 (ITU-T E.161.1) when there are FXO ports"`
	From    []string `toml:"from" doc:"Names and kinds of callers; missing: phones and accounts"`
	To      []string `toml:"to" doc:"FXO ports, trunks and hunt groups of these, in order; missing: all FXO ports"`
}

// A Card is a line card.
type Card struct {
	Name    string        `toml:"name" required:"true" check:"name" doc:"Stable name"`
	Driver  string        `toml:"driver" required:"true" check:"name" doc:"emu: emulated, with phones and an exchange; its slots have no gaps. link: a line card on a serial port or an SPI bus, with a chip a line in the position of the line's slot. pseudowire: one span in UDP packets"`
	Country string        `toml:"country" kind:"emu" check:"country" doc:"Country of the emulated exchange; missing: country"`
	Block   time.Duration `toml:"block" default:"10ms" min:"1ms" max:"20ms" doc:"Audio processed at once, a multiple of 1 ms"`
	Echo    time.Duration `toml:"echo_tail" default:"64ms" min:"8ms" max:"128ms" doc:"Longest echo that a canceller models"`
	Seed    int           `toml:"seed" kind:"emu" default:"1" doc:"Seed of the emulated lines' noise"`

	Device    string        `toml:"device" kind:"link" check:"path" doc:"Serial device of the card, by a name that stays, as /dev/serial/by-id/..."`
	Media     string        `toml:"media" kind:"link" check:"path" doc:"Serial device of the audio, for a card that has a second one"`
	Baud      int           `toml:"baud" kind:"link" default:"3000000" min:"9600" max:"12000000" doc:"Rate of the serial port; a USB card has none"`
	SPI       string        `toml:"spi" kind:"link" check:"line" doc:"In the place of device: SPI port, as SPI0.0"`
	Attention string        `toml:"attention" kind:"link" check:"line" doc:"With spi: pin by which the card says that it has something to send, as GPIO25; missing: it is asked every millisecond"`
	Law       string        `toml:"law" kind:"link" default:"pcmu" one:"pcmu|pcma" doc:"Law of the card's highway"`
	Lead      time.Duration `toml:"lead" kind:"link" default:"20ms" min:"5ms" max:"60ms" doc:"How far ahead audio is sent to the card: what the host may be late"`

	Local        netip.AddrPort `toml:"local" kind:"pseudowire" doc:"UDP address that the far end's packets come to"`
	Remote       netip.AddrPort `toml:"remote" kind:"pseudowire" doc:"UDP address of the far end; packets from elsewhere are dropped"`
	Mode         string         `toml:"mode" kind:"pseudowire" default:"cesopsn" one:"cesopsn|satop" doc:"cesopsn: timeslots (RFC 5086), those of the span's channels and its signalling; satop: the line bit for bit (RFC 4553)"`
	Packet       time.Duration  `toml:"packet" kind:"pseudowire" default:"1ms" min:"1ms" max:"5ms" doc:"With cesopsn: time in a packet; with signalling bits 1 or 2 ms on E1, 1 or 3 ms on T1"`
	PacketOctets int            `toml:"packet_octets" kind:"pseudowire" min:"0" max:"1400" doc:"With satop: octets of payload; missing: 256 on E1, 192 on T1"`
	RTP          bool           `toml:"rtp" kind:"pseudowire" doc:"An RTP header in each packet; both ends agree"`
	Jitter       time.Duration  `toml:"jitter" kind:"pseudowire" default:"10ms" min:"1ms" max:"500ms" doc:"Jitter buffer; it takes twice as much at most"`
}

// Drivers of a card.
const (
	DriverEmu        = "emu"
	DriverLink       = "link"
	DriverPseudowire = "pseudowire"
)

// A Port is one line, or count lines that differ in name, slot and number alone.
type Port struct {
	Name       string `toml:"name" required:"true" check:"name" apply:"restart" doc:"Stable name of the line; with count the part before the number: fxs makes fxs1, fxs2 ..."`
	Count      int    `toml:"count" min:"1" max:"480" apply:"restart" doc:"Makes so many lines, with following slots and numbers"`
	First      int    `toml:"first" default:"1" min:"0" max:"9999" apply:"restart" doc:"With count: the number in the first name"`
	Card       string `toml:"card" check:"name" apply:"restart" doc:"Name of its card; may be missing when there is one card"`
	Slot       int    `toml:"slot" default:"-1" min:"-1" max:"479" apply:"restart" doc:"Slot on the card, from 0; missing: the next one"`
	Kind       string `toml:"kind" required:"true" one:"fxs|fxo" apply:"restart" doc:"fxs: a phone is on it, fxo: an exchange"`
	Number     string `toml:"number" check:"number" doc:"Extension of the phone, or directory number of the line"`
	CallerName string `toml:"caller_name" check:"line" kind:"fxs" doc:"Name that goes with the number of the phone's calls"`
	Country    string `toml:"country" check:"country" doc:"Country of this line; missing: country"`
	Allowed    string `toml:"allowed" check:"pattern" doc:"Pattern of numbers that the line may call; missing: all that routes let it"`

	DigitMap     string        `toml:"digitmap" kind:"fxs" doc:"Name of its digit map; missing: made from the routes that it may use"`
	Hotline      string        `toml:"hotline" check:"number" kind:"fxs" doc:"Number that is called at off-hook"`
	HotlineAfter time.Duration `toml:"hotline_after" min:"0s" max:"1m" kind:"fxs" doc:"Calls the hotline only when no digit came for so long"`

	RxGain      float64 `toml:"rx_gain_db" min:"-24" max:"12" doc:"Gain on what comes from the line"`
	TxGain      float64 `toml:"tx_gain_db" min:"-24" max:"12" doc:"Gain on what goes to the line"`
	Echo        bool    `toml:"echo" default:"true" doc:"Echo canceller on in calls"`
	CallerID    string  `toml:"caller_id" check:"callerid" doc:"Caller-ID standard (bell202, etsi-dtas, dtmf, jclip ...) or none; missing: the country's"`
	CallWaiting bool    `toml:"call_waiting" doc:"Tells of a second call in a call, with its number where caller ID is by FSK; fxs: to the phone, for which it rings when the first ends; fxo: the exchange does, and we read it"`
	PulseDigits string  `toml:"pulse_digits" one:"se|nz" doc:"Country whose dial counts otherwise: se (n+1 pulses) or nz (10-n)"`

	RingCadence     []int         `toml:"ring_cadence_ms" kind:"fxs" min:"1" max:"20000" doc:"Ring, pause, ring, pause ... in ms; missing: the country's"`
	FlashMin        time.Duration `toml:"flash_min" kind:"fxs" min:"0s" max:"2s" doc:"Shortest hook flash; 0s: the country's"`
	FlashMax        time.Duration `toml:"flash_max" kind:"fxs" min:"0s" max:"2s" doc:"Longest hook flash; 0s: the country's"`
	OpenFeed        time.Duration `toml:"open_feed" kind:"fxs" min:"0s" max:"5s" doc:"Battery off for so long when the far end clears; 0s: not"`
	ReverseOnAnswer bool          `toml:"reverse_on_answer" kind:"fxs" doc:"Reverses the polarity while a call that the phone made is answered"`
	ClearTone       string        `toml:"clear_tone" kind:"fxs" one:"busy|congestion|dial|none" doc:"Tone after the far end has cleared; missing: the country's"`

	Dial         string        `toml:"dial" kind:"fxo" default:"tone" one:"tone|pulse" doc:"How digits are sent"`
	DialTone     time.Duration `toml:"dial_tone" kind:"fxo" default:"5s" min:"0s" max:"1m" doc:"Wait for dial tone; 0s: dial without"`
	DialBlind    bool          `toml:"dial_blind" kind:"fxo" doc:"Dials also when no dial tone came"`
	DigitOn      time.Duration `toml:"digit_on" kind:"fxo" default:"100ms" min:"40ms" max:"1s" doc:"Length of a DTMF digit"`
	DigitOff     time.Duration `toml:"digit_off" kind:"fxo" default:"100ms" min:"40ms" max:"1s" doc:"Pause between DTMF digits"`
	Guard        time.Duration `toml:"guard" kind:"fxo" default:"800ms" min:"100ms" max:"10s" doc:"Rest on hook between two calls"`
	AnswerOn     []string      `toml:"answer_on" kind:"fxo" default:"polarity|voice" one:"polarity|voice|time" doc:"What counts as answer"`
	AnswerAfter  time.Duration `toml:"answer_after" kind:"fxo" default:"10s" min:"1s" max:"5m" doc:"With time in answer_on: so long after the last digit"`
	DisconnectOn []string      `toml:"disconnect_on" kind:"fxo" default:"current|polarity|tone|silence" one:"current|polarity|tone|silence" doc:"What counts as the far end's hang-up"`
	CurrentLoss  time.Duration `toml:"current_loss" kind:"fxo" default:"250ms" min:"50ms" max:"5s" doc:"Loop current gone for so long is a hang-up"`
	Silence      time.Duration `toml:"silence" kind:"fxo" default:"60s" min:"5s" max:"1h" doc:"Silence both ways for so long is a hang-up"`
}

// A Trunk is a SIP provider, a PBX or another gateway.
type Trunk struct {
	Name            string         `toml:"name" required:"true" check:"name" doc:"Stable name"`
	Host            string         `toml:"host" required:"true" check:"host" doc:"Host name or address that requests go to"`
	Port            int            `toml:"port" default:"5060" min:"1" max:"65535" doc:"Port"`
	Transport       string         `toml:"transport" default:"udp" one:"udp|tcp" doc:"Transport"`
	OutboundProxy   string         `toml:"outbound_proxy" check:"hostport" doc:"Host or host:port that requests are sent through"`
	FromDomain      string         `toml:"from_domain" check:"host" doc:"Host of identities; missing: host"`
	Username        string         `toml:"username" check:"line" doc:"User for registration and challenges"`
	Password        string         `toml:"password" secret:"true" check:"line" doc:"Its password"`
	Realm           string         `toml:"realm" check:"line" doc:"Only realm whose challenges are answered; missing: host or from_domain"`
	Register        bool           `toml:"register" doc:"Registers with the trunk"`
	Expires         time.Duration  `toml:"expires" default:"10m" min:"30s" max:"24h" doc:"Registration time asked for"`
	OptionsInterval time.Duration  `toml:"options_interval" default:"30s" min:"0s" max:"1h" doc:"OPTIONS keep-alive; 0s: none"`
	Sources         []netip.Prefix `toml:"sources" doc:"Further addresses that its calls come from"`
	AnyPort         bool           `toml:"any_port" doc:"Takes its calls from every port of its addresses"`
	Challenge       bool           `toml:"challenge" doc:"Asks its calls for username and password"`
	Trusted         bool           `toml:"trusted" doc:"Believes its P-Asserted-Identity and sends ours (RFC 3325)"`
	Allowed         string         `toml:"allowed" check:"pattern" doc:"Pattern of numbers that it may call; missing: all that routes let it"`
	MaxCalls        int            `toml:"max_calls" min:"0" max:"10000" doc:"Calls at a time, both ways; 0: no limit"`
	Codecs          []string       `toml:"codecs" one:"PCMA|PCMU" doc:"Codecs in order of preference; missing: those of [sip]"`
}

// An Account is a SIP phone that registers here.
type Account struct {
	Name        string `toml:"name" required:"true" check:"name" doc:"Stable name, and user name unless number says otherwise"`
	Number      string `toml:"number" check:"number" doc:"Extension and SIP user; missing: name"`
	DisplayName string `toml:"display_name" check:"line" doc:"Name that goes with the number of its calls"`
	Password    string `toml:"password" secret:"true" check:"line" doc:"Password; missing: generated and kept in the data folder"`
	Allowed     string `toml:"allowed" check:"pattern" doc:"Pattern of numbers that it may call; missing: all that routes let it"`
}

// A DigitMap says when a number dialled on a phone is complete.
type DigitMap struct {
	Name string `toml:"name" required:"true" check:"name" doc:"Name that ports refer to; default is that of ports which name none"`
	Map  string `toml:"map" required:"true" check:"digitmap" doc:"Digit map, for example 2xx|9x.T"`
}

// A Hunt is a hunt group.
type Hunt struct {
	Name    string   `toml:"name" required:"true" check:"name" doc:"Name that routes refer to"`
	Order   string   `toml:"order" default:"ascending" one:"ascending|round-robin|least-recent|all" doc:"How members are tried"`
	Members []string `toml:"members" required:"true" doc:"Names of ports, accounts and trunks"`
}

// A Route is one rule of the dial plan.
type Route struct {
	Name           string        `toml:"name" required:"true" check:"name" doc:"Name in call records and logs"`
	From           []string      `toml:"from" required:"true" doc:"Callers: names, or the kinds fxs, fxo, account, trunk, any"`
	Called         string        `toml:"called" check:"pattern" doc:"Pattern of the called number; missing: all"`
	Calling        string        `toml:"calling" check:"calling" doc:"Pattern of the calling number, or none for a withheld one; missing: all"`
	Strip          int           `toml:"strip" min:"0" max:"64" doc:"Takes so many digits from the front"`
	Prefix         string        `toml:"prefix" check:"number" doc:"Then puts these digits in front"`
	Rewrite        string        `toml:"rewrite" check:"digitmap" doc:"Then applies a digit map with <from:to>"`
	RewriteCalling string        `toml:"rewrite_calling" check:"digitmap" doc:"Applies a digit map to the calling number"`
	To             []string      `toml:"to" required:"true" doc:"Ports, accounts, trunks, hunt groups, or phone, account, echo, deny; one after another, & rings at once"`
	Failover       []int         `toml:"failover" min:"1" max:"127" doc:"Q.850 causes after which the next target is tried; missing: those of failed ways"`
	Ring           time.Duration `toml:"ring" min:"0s" max:"10m" doc:"Time that each target may ring; 0s: timers.no_answer"`
	Cause          int           `toml:"cause" min:"0" max:"127" doc:"With deny: the Q.850 cause; 0: 21, call rejected"`
}
