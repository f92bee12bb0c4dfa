package si3210

import "tipring/hw/register"

// Bits that the driver and the model use by name; a test holds them to the table.
const (
	bitSPIDC    = 0x80 // SPI mode
	bitSPIM     = 0x40
	bitPNI2     = 0x80 // PCM mode
	bitPCME     = 0x20
	bitPCMT     = 0x04
	maskPCMF    = 0x18
	bitDLM      = 0x02 // loopback
	bitALM1     = 0x01
	bitALM2     = 0x04
	bitTXM      = 0x20 // audio gain
	bitRXM      = 0x10
	bitTISE     = 0x08 // impedance
	bitDCOF     = 0x10 // power-down 1
	bitPMON     = 0x20
	bitBIASOF   = 0x02
	bitSLICOF   = 0x01
	bitRGI      = 0x20 // interrupt 1
	bitRGA      = 0x10
	bitPMI      = 0x80
	bitPMA      = 0x40
	maskQA      = 0xfc // interrupt 2
	bitQ1A      = 0x04
	bitQ3A      = 0x10
	bitQ5A      = 0x40
	bitLCI      = 0x02
	bitRTI      = 0x01
	bitCMC      = 0x04 // interrupt 3
	bitIND      = 0x02
	bitIAS      = 0x01 // indirect status
	bitRSS      = 0x80 // ringing oscillator
	bitRTAE     = 0x10
	bitRTIE     = 0x08
	bitROE      = 0x04
	bitRVO      = 0x02
	bitTSWS     = 0x01
	bitPSTAT    = 0x80 // metering oscillator
	bitMeterOn  = 0x10 // PMAE
	bitMeterOff = 0x08 // PMIE
	bitPMOE     = 0x04
	maskLF      = 0x07 // linefeed
	maskLFS     = 0x70
	bitTRACK    = 0x01 // battery feed
	bitAORD     = 0x04 // automatic
	bitAOLD     = 0x02
	bitAOPN     = 0x01
	bitDBIRAW   = 0x04 // hook status
	bitRTP      = 0x02
	bitLCR      = 0x01
	bitDCCAL    = 0x80 // DC-DC delay
	bitCAL      = 0x40 // calibrate 1
	bitCALCM    = 0x01 // calibrate 2
	bitHYSTEN   = 0x01 // enhance
)

// Linefeed states, register 64.
const (
	lfOpen = iota
	lfForward
	lfForwardOnHook
	lfTipOpen
	lfRinging
	lfReverse
	lfReverseOnHook
	lfRingOpen
)

// Indirect registers by their address in the Si3210.
const (
	indOSC1  = 13
	indROFF  = 19
	indRCO   = 20
	indRNGX  = 21
	indRNGY  = 22
	indPLSD  = 23
	indPLSX  = 24
	indPLSCO = 25
	indDACG  = 26
	indADCG  = 27
	indLCRT  = 28
	indRPTP  = 29
	indPPT12 = 32
	indPPT56 = 34
	indNCLR  = 35
	indNRTP  = 36
	indNQ12  = 37
	indNQ34  = 38
	indNQ56  = 39
	indLCRTL = 43
)

// indirect returns the row of the indirect register that has addr in the Si3210.
func indirect(addr uint8) *Indirect {
	for i := range Indirects {
		if Indirects[i].Addr == addr {
			return &Indirects[i]
		}
	}
	return nil
}

// at returns the address of the row in this variant, and whether it is there.
func (r *Indirect) at(small bool) (uint8, bool) {
	if !small {
		return r.Addr, true
	}
	return uint8(r.Addr15), r.Addr15 >= 0
}

// table returns the direct registers of a variant.
func table(small bool) register.Table {
	if small {
		return Registers.Smaller()
	}
	return Registers
}

// Scales of the measuring registers (data sheet table 33).
const (
	senseVolts   = 0.376   // 80 to 83, below ground
	loopVolts    = 1.5     // 72 to 75, 78
	loopAmps     = 1.25e-3 // 79
	detectAmps   = 1.27e-3 // a step of LCRT and RPTP, which sit in bits 14 to 9
	outerAmps    = 0.319e-3
	innerAmps    = 37.6e-6
	outputAmps   = 0.316e-3
	outerWatts   = 30.4e-3
	innerWatts   = 3.62e-3
	debounceHalf = 20 // halves of a frame in 1.25 ms, the step of the debounce intervals and of the monitor ADC
)
