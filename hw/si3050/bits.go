package si3050

// Bits that the driver and the model use by name; a test holds them to the table.
const (
	bitSR    = 0x80 // control 1
	bitINTE  = 0x80 // control 2
	bitRDI   = 0x04
	bitHBE   = 0x02
	bitRXE   = 0x01
	bitRDT   = 0x80 // interrupt mask and source
	bitROV   = 0x40
	bitFDT   = 0x20
	bitBTD   = 0x10
	bitDOD   = 0x08
	bitLCSO  = 0x04
	bitPOL   = 0x01
	bitRDTN  = 0x40 // DAA control 1
	bitRDTP  = 0x20
	bitONHM  = 0x08
	bitRDTon = 0x04
	bitOH    = 0x01
	bitPDL   = 0x10 // DAA control 2
	bitDDL   = 0x01 // DAA control 3
	maskLSID = 0xf0 // revision
	bitLock  = 0x40 // FDT of the line status
	maskLCS  = 0x1f
	bitRT    = 0x01 // international 1
	bitRZ    = 0x02
	bitOHS   = 0x40
	bitBTE   = 0x04 // international 2
	bitROVf  = 0x02
	bitBTDf  = 0x01
	bitRFWE  = 0x02 // international 3
	bitRNGV  = 0x80 // ring validation 3
	bitILIM  = 0x02 // DC termination
	bitDCR   = 0x01
	bitFULL2 = 0x10 // AC termination
	bitOHS2  = 0x08 // DAA control 4
	bitFULL  = 0x80
	maskFOH  = 0x60
	bitLVFD  = 0x01
	bitPCME  = 0x20 // PCM mode
	maskPCMF = 0x18
	bitMinus = 0x10 // gains 2 and 3: attenuate
)

// Line side devices by LSID. That of the Si3019 is commonly known, not read in a source.
const (
	lsidSi3018 = 0x1
	lsidSi3019 = 0x3
)

// Scales.
const (
	lcsAmps  = 3.3e-3 // LCS, typical curve
	lcs2Amps = 1.1e-3 // LCS2, commonly known
)
