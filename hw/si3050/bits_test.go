package si3050

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
		{regControl1, "SR", bitSR}, {regControl2, "INTE", bitINTE}, {regControl2, "RDI", bitRDI}, {regControl2, "HBE", bitHBE}, {regControl2, "RXE", bitRXE},
		{regIntMask, "RDTM", bitRDT}, {regIntSource, "RDTI", bitRDT}, {regIntMask, "ROVM", bitROV}, {regIntSource, "ROVI", bitROV}, {regIntMask, "FDTM", bitFDT}, {regIntSource, "FDTI", bitFDT},
		{regIntMask, "BTDM", bitBTD}, {regIntSource, "BTDI", bitBTD}, {regIntMask, "DODM", bitDOD}, {regIntSource, "DODI", bitDOD}, {regIntMask, "LCSOM", bitLCSO}, {regIntSource, "LCSOI", bitLCSO},
		{regIntMask, "POLM", bitPOL}, {regIntSource, "POLI", bitPOL},
		{regDAA1, "RDTN", bitRDTN}, {regDAA1, "RDTP", bitRDTP}, {regDAA1, "ONHM", bitONHM}, {regDAA1, "RDT", bitRDTon}, {regDAA1, "OH", bitOH},
		{regDAA2, "PDL", bitPDL}, {regDAA3, "DDL", bitDDL}, {regRevision, "LSID", maskLSID}, {regLineStatus, "FDT", bitLock},
		{regInternational1, "RT", bitRT}, {regInternational1, "RZ", bitRZ}, {regInternational1, "OHS", bitOHS},
		{regInternational2, "BTE", bitBTE}, {regInternational2, "ROV", bitROVf}, {regInternational2, "BTD", bitBTDf}, {regInternational3, "RFWE", bitRFWE},
		{regRingValid3, "RNGV", bitRNGV}, {regDCTermination, "ILIM", bitILIM}, {regDCTermination, "DCR", bitDCR},
		{regDAA4, "OHS2", bitOHS2}, {regDAA4, "FOH", maskFOH}, {regDAA4, "LVFD", bitLVFD}, {regPCMMode, "PCME", bitPCME}, {regPCMMode, "PCMF", maskPCMF},
		{regTXGain2, "TGA2", bitMinus}, {regRXGain2, "RGA2", bitMinus}, {regTXGain3, "TGA3", bitMinus}, {regRXGain3, "RGA3", bitMinus},
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
}

func TestTable(t *testing.T) {
	if err := Registers.Check(); err != nil {
		t.Error(err)
	}
	if len(Registers) != 44 {
		t.Errorf("%d registers, the sources have 44", len(Registers))
	}
}

func TestEventNames(t *testing.T) {
	for k := RingOn; k <= Failed; k++ {
		if s := k.String(); s == "" || strings.HasPrefix(s, "kind") {
			t.Errorf("kind %d has the name %q", k, s)
		}
	}
}
