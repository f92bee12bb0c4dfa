package si3210

import (
	"strings"
	"testing"
)

// The bits that code uses by name are those of the table.
func TestBitsAreTheTables(t *testing.T) {
	for _, b := range []struct {
		reg   uint8
		field string
		mask  uint8
	}{
		{regSPIMode, "SPIDC", bitSPIDC}, {regSPIMode, "SPIM", bitSPIM}, {regPCMMode, "PNI2", bitPNI2}, {regPCMMode, "PCME", bitPCME}, {regPCMMode, "PCMT", bitPCMT}, {regPCMMode, "PCMF", maskPCMF},
		{regLoopback, "DLM", bitDLM}, {regLoopback, "ALM1", bitALM1}, {regLoopback, "ALM2", bitALM2}, {regAudioGain, "TXM", bitTXM}, {regAudioGain, "RXM", bitRXM},
		{regImpedance, "TISE", bitTISE}, {regPowerdown1, "DCOF", bitDCOF}, {regPowerdown1, "PMON", bitPMON}, {regPowerdown1, "BIASOF", bitBIASOF}, {regPowerdown1, "SLICOF", bitSLICOF},
		{regIntStatus1, "RGIP", bitRGI}, {regIntStatus1, "RGAP", bitRGA}, {regIntStatus1, "PMAP", bitPMA},
		{regIntStatus2, "Q1AP", bitQ1A}, {regIntStatus2, "LCIP", bitLCI}, {regIntStatus2, "RTIP", bitRTI},
		{regIntStatus3, "CMCP", bitCMC}, {regIntStatus3, "INDP", bitIND}, {regIndirectStatus, "IAS", bitIAS},
		{regRingOsc, "RSS", bitRSS}, {regRingOsc, "RTAE", bitRTAE}, {regRingOsc, "RTIE", bitRTIE}, {regRingOsc, "ROE", bitROE}, {regRingOsc, "RVO", bitRVO}, {regRingOsc, "TSWS", bitTSWS},
		{regMeterOsc, "PSTAT", bitPSTAT}, {regMeterOsc, "PMAE", bitMeterOn}, {regMeterOsc, "PMOE", bitPMOE},
		{regLinefeed, "LF", maskLF}, {regLinefeed, "LFS", maskLFS}, {regBatteryFeed, "TRACK", bitTRACK},
		{regAutomatic, "AORD", bitAORD}, {regAutomatic, "AOLD", bitAOLD}, {regAutomatic, "AOPN", bitAOPN},
		{regHookStatus, "DBIRAW", bitDBIRAW}, {regHookStatus, "RTP", bitRTP}, {regHookStatus, "LCR", bitLCR},
		{regDCDelay, "DCCAL", bitDCCAL}, {regCalibrate1, "CAL", bitCAL}, {regCalibrate2, "CALCM", bitCALCM}, {regEnhance, "HYSTEN", bitHYSTEN},
	} {
		found := false
		for _, f := range Registers.Lookup(b.reg).Fields {
			if f.Name == b.field {
				found = true
				if f.Mask() != b.mask {
					t.Errorf("register %d %s is %#02x in the table and %#02x in the code", b.reg, b.field, f.Mask(), b.mask)
				}
			}
		}
		if !found {
			t.Errorf("register %d has no field %s", b.reg, b.field)
		}
	}
	for addr, name := range map[uint8]string{
		indROFF: "ROFF", indRCO: "RCO", indRNGX: "RNGX", indRNGY: "RNGY", indPLSD: "PLSD", indPLSX: "PLSX", indPLSCO: "PLSCO", indDACG: "DACG", indADCG: "ADCG",
		indLCRT: "LCRT", indRPTP: "RPTP", indPPT12: "PPT12", indNCLR: "NCLR", indNRTP: "NRTP", indNQ12: "NQ12", indNQ34: "NQ34", indNQ56: "NQ56", indLCRTL: "LCRTL",
	} {
		if r := indirect(addr); r == nil || r.Name != name {
			t.Errorf("indirect register %d is not %s", addr, name)
		}
	}
}

func TestTables(t *testing.T) {
	if err := Registers.Check(); err != nil {
		t.Error(err)
	}
	small := Registers.Smaller()
	if err := small.Check(); err != nil {
		t.Error(err)
	}
	if len(Registers) != 88 || len(Indirects) != 50 {
		t.Errorf("%d direct and %d indirect registers, the data sheets have 88 and 50", len(Registers), len(Indirects))
	}
	// What the Si3215 lacks: DTMF, metering, and the common-mode calibration.
	for _, addr := range []uint8{regDTMFStatus, regMeterOsc, regMeterOnLow, regMeterOffHigh, regCalBalance} {
		if small.Lookup(addr) != nil {
			t.Errorf("the Si3215 has register %d", addr)
		}
	}
	seen := map[uint8]string{}
	for i, r := range Indirects {
		if i > 0 && r.Addr <= Indirects[i-1].Addr {
			t.Errorf("indirect register %d is out of order", r.Addr)
		}
		if at, ok := r.at(true); ok {
			if seen[at] != "" {
				t.Errorf("indirect registers %s and %s are both %d in the Si3215", seen[at], r.Name, at)
			}
			seen[at] = r.Name
		}
	}
}

// The formulas give what the data sheets print as their examples (Si3215 sections 2.5.2).
func TestRingFormula(t *testing.T) {
	if rco, rngx := sineRing(20, 70); rco != 0x7efd || rngx != 0x0177 {
		t.Errorf("20 Hz 70 V: RCO %#04x RNGX %#04x, the sheet has 0x7EFD and 0x0177", rco, rngx)
	}
	// The driver's row for TBR 21 is 25 Hz.
	if rco, _ := sineRing(25, 70); rco != 0x7e6c && rco != 0x7e6d {
		t.Errorf("25 Hz: RCO %#04x, the drivers in the open have 0x7E6C", rco)
	}
}

func TestEventNames(t *testing.T) {
	for k := OffHook; k <= Failed; k++ {
		if s := k.String(); s == "" || strings.HasPrefix(s, "kind") {
			t.Errorf("kind %d has the name %q", k, s)
		}
	}
}
