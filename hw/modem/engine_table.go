package modem

// An engineState is what passes between the driver and the modem.
type engineState uint8

const (
	engReady        engineState = iota // command mode, nothing asked
	engWaiting                         // a command waits for its final result
	engTransmitting                    // samples go out
	engReceiving                       // samples come in
	engDuplex                          // both
	engEnding                          // data were stopped, by either side: the final result follows
	engRecovering                      // trying to get back to command mode
	engSettling                        // back, but what was said before may still come
	engFailed                          // the modem does not come back
	engineStates
)

func (s engineState) String() string {
	return [...]string{"ready", "waiting", "transmitting", "receiving", "duplex", "ending", "recovering", "settling", "failed"}[s]
}

// An engineEvent is what happens.
type engineEvent uint8

const (
	evCommand engineEvent = iota
	evInfo                // a line of an answer
	evOK                  // OK or VCON
	evFail                // ERROR, NO CARRIER and their like
	evConnect
	evEnds // <DLE><ETX> from the modem
	evStop
	evTimeout
	engineEvents
)

func (e engineEvent) String() string {
	return [...]string{"command", "info", "ok", "fail", "connect", "ends", "stop", "timeout"}[e]
}

type engineRow = row[engineState, engineEvent, *engine]

var (
	dataStates = []engineState{engTransmitting, engReceiving, engDuplex}
	recovery   = []engineState{engRecovering, engSettling}
)

// engineTable is the diagram.
var engineTable = compile(int(engineStates), int(engineEvents), concat(
	[]engineRow{
		{engReady, evCommand, engWaiting, (*engine).write, "V.250 5.2: a command line"},
		{engWaiting, evInfo, engWaiting, (*engine).collect, "V.250 5.7.1: information text precedes the result code"},
		{engWaiting, evOK, engReady, (*engine).answered, "V.250 6.2.7 OK; V.253 10.1 VCON"},
		{engWaiting, evFail, engReady, (*engine).fail, "V.250 6.2.7 ERROR, NO CARRIER, BUSY, NO DIALTONE, NO ANSWER"},
		{engWaiting, evConnect, engWaiting, (*engine).connect, "V.253 10.1: CONNECT begins +VTX, +VRX, +VTR"},
		{engWaiting, evTimeout, engRecovering, (*engine).abandon, "project: a modem that stops answering"},

		{engTransmitting, evOK, engReady, (*engine).succeed, "V.253 10.1: the modem ends transmit by itself (+VIT)"},
		{engTransmitting, evFail, engReady, (*engine).fail, "V.250 6.2.7: NO CARRIER in a call"},
		{engTransmitting, evEnds, engEnding, (*engine).ended, "V.253 9.1"},
		{engReceiving, evEnds, engEnding, (*engine).ended, "V.253 9.1: <DLE><ETX> ends receive"},
		{engDuplex, evEnds, engEnding, (*engine).ended, "V.253 9.1: <DLE><ETX> ends duplex"},
		{engReceiving, evTimeout, engRecovering, (*engine).abandon, "project: samples have stopped"},
		{engDuplex, evTimeout, engRecovering, (*engine).abandon, "project: samples have stopped"},
		{engReceiving, evFail, engReady, (*engine).fail, "V.250 6.2.7: NO CARRIER among the samples"},
		{engDuplex, evFail, engReady, (*engine).fail, "V.250 6.2.7: NO CARRIER among the samples"},

		{engEnding, evOK, engReady, (*engine).succeed, "V.253 10.1: OK or VCON after the data"},
		{engEnding, evFail, engReady, (*engine).fail, "V.250 6.2.7"},
		{engEnding, evTimeout, engRecovering, (*engine).abandon, "project: a stop that is not obeyed"},

		{engRecovering, evOK, engSettling, (*engine).settle, "project: it answers AT"},
		{engRecovering, evTimeout, engRecovering, (*engine).retry, "project: try again, then give up"},
		{engSettling, evTimeout, engReady, (*engine).recovered, "project: quiet after the recovery"},
		{engSettling, evOK, engSettling, (*engine).settle, "project: a late answer"},
		{engSettling, evFail, engSettling, (*engine).settle, "project: a late answer"},
	},
	from(dataStates, evStop, engEnding, (*engine).end, "V.253 9.2: <DLE><ETX>, <DLE>!, <DLE>^"),
	stay[engineState, engineEvent, *engine]([]engineState{engReady, engTransmitting, engEnding}, evInfo, nil, "project: text that nobody asked for"),
	stay[engineState, engineEvent, *engine](recovery, evInfo, nil, "project: what was said before the recovery"),
	stay[engineState, engineEvent, *engine](recovery, evConnect, nil, "project: what was said before the recovery"),
	stay[engineState, engineEvent, *engine]([]engineState{engRecovering}, evFail, nil, "project: ERROR is the answer to the escapes"),
	stay([]engineState{engEnding}, evEnds, (*engine).ended, "V.253 9.1: the modem's end follows our stop"),
	stay[engineState, engineEvent, *engine]([]engineState{engReady}, evOK, nil, "project: a second VCON or OK of a firmware that says both"),
	stay[engineState, engineEvent, *engine]([]engineState{engReady, engEnding, engWaiting, engRecovering, engSettling, engFailed}, evStop, nil, "project: the data have ended already"),
))

func concat[T any](lists ...[]T) (all []T) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}
