package ds26522

// Access says what a write does to a register.
type Access uint8

// The kinds of access.
const (
	ReadWrite Access = iota
	ReadOnly
	Latched // writing 1 clears a bit
)

// Bank says what a register belongs to, and with that where the next port's is.
type Bank uint8

// The banks and the distance between two ports' registers in each (certainty: see the package comment).
const (
	Global Bank = iota
	Receive
	Transmit
	LIU
	BERT
)

var banks = [...]struct{ first, last, stride uint16 }{
	Global:   {0x0f0, 0x0ff, 0},
	Receive:  {0x000, 0x0ef, 0x200},
	Transmit: {0x100, 0x1ef, 0x200},
	LIU:      {0x1000, 0x101f, 0x20},
	BERT:     {0x1100, 0x110f, 0x10},
}

// A Register is one row of the table.
type Register struct {
	Addr   uint16 // of port 0
	Name   string
	Bank   Bank
	Access Access
}

// The addresses that the driver uses. Sources of all rows: the BSD header sdla_te1_ds.h and its driver, and the Linux driver
// slic_ds26522.
const (
	regGTCR1, regGFCR, regGTCR2, regGTCCR = 0x0f0, 0x0f1, 0x0f2, 0x0f3
	regGLSRR, regGFSRR, regIDR            = 0x0f5, 0x0f6, 0x0f8
	regLCVCR, regPCVCR, regFOSCR, regEBCR = 0x050, 0x052, 0x054, 0x056
	regRMMR, regRCR1, regRCR3             = 0x080, 0x081, 0x083
	regRIOCR, regRESCR, regERCNT          = 0x084, 0x085, 0x086
	regRLS1, regRLS4, regRRTS1            = 0x090, 0x093, 0x0b0
	regE1TAF, regE1TNAF                   = 0x164, 0x165
	regTMMR, regTCR1, regTCR2, regTCR3    = 0x180, 0x181, 0x182, 0x183
	regTIOCR, regTESCR                    = 0x184, 0x185
	regLTRCR, regLTITSR, regLMCR          = 0x1000, 0x1001, 0x1002
	regLRSR, regLRISMR                    = 0x1003, 0x1007
)

// Table is the registers.
var Table = []Register{
	{regGTCR1, "GTCR1", Global, ReadWrite}, {regGFCR, "GFCR", Global, ReadWrite}, {regGTCR2, "GTCR2", Global, ReadWrite},
	{regGTCCR, "GTCCR", Global, ReadWrite}, {regGLSRR, "GLSRR", Global, ReadWrite}, {regGFSRR, "GFSRR", Global, ReadWrite},
	{regIDR, "IDR", Global, ReadOnly},
	{regLCVCR, "LCVCR1", Receive, ReadOnly}, {regLCVCR + 1, "LCVCR2", Receive, ReadOnly},
	{regPCVCR, "PCVCR1", Receive, ReadOnly}, {regPCVCR + 1, "PCVCR2", Receive, ReadOnly},
	{regFOSCR, "FOSCR1", Receive, ReadOnly}, {regFOSCR + 1, "FOSCR2", Receive, ReadOnly},
	{regEBCR, "E1EBCR1", Receive, ReadOnly}, {regEBCR + 1, "E1EBCR2", Receive, ReadOnly},
	{regRMMR, "RMMR", Receive, ReadWrite}, {regRCR1, "RCR1", Receive, ReadWrite}, {regRCR3, "RCR3", Receive, ReadWrite},
	{regRIOCR, "RIOCR", Receive, ReadWrite}, {regRESCR, "RESCR", Receive, ReadWrite}, {regERCNT, "ERCNT", Receive, ReadWrite},
	{regRLS1, "RLS1", Receive, Latched}, {regRLS4, "RLS4", Receive, Latched}, {regRRTS1, "RRTS1", Receive, ReadOnly},
	{regE1TAF, "E1TAF", Transmit, ReadWrite}, {regE1TNAF, "E1TNAF", Transmit, ReadWrite},
	{regTMMR, "TMMR", Transmit, ReadWrite}, {regTCR1, "TCR1", Transmit, ReadWrite}, {regTCR2, "TCR2", Transmit, ReadWrite},
	{regTCR3, "TCR3", Transmit, ReadWrite}, {regTIOCR, "TIOCR", Transmit, ReadWrite}, {regTESCR, "TESCR", Transmit, ReadWrite},
	{regLTRCR, "LTRCR", LIU, ReadWrite}, {regLTITSR, "LTITSR", LIU, ReadWrite}, {regLMCR, "LMCR", LIU, ReadWrite},
	{regLRSR, "LRSR", LIU, ReadOnly}, {regLRISMR, "LRISMR", LIU, ReadWrite},
}

// Bits.
const (
	frmEN, initDone, sftRST, modeE1 = 0x80, 0x40, 0x02, 0x01 // RMMR, TMMR

	rcr1B8ZS, rcr1D4, rcr1HDB3, rcr1CCS, rcr1CRC4, rcr1Japan = 0x40, 0x20, 0x40, 0x20, 0x08, 0x04
	tcr1B8ZS, tcr1HDB3, tcr1AIS, tcr1RAI, tcr1CRC4, tcr1J    = 0x04, 0x04, 0x02, 0x01, 0x01, 0x80
	tcr2AEBE, tcr2ARA, tcr3D4                                = 0x80, 0x20, 0x04
	rcr3PLB, rcr3FLB                                         = 0x02, 0x01
	rtsRAI, rtsAIS, rtsLOS, rtsLOF                           = 0x08, 0x04, 0x02, 0x01
	rls4Slip, rls4Second                                     = 0x20, 0x04
	tnafA, tafWord, tnafWord                                 = 0x20, 0x1b, 0x40
	lmcrRLB, lmcrTE                                          = 0x08, 0x01
	ltrcrT1                                                  = 0x02
	clock1544                                                = 0x0c // GTCCR: backplane and line at 1,544 kHz
	refClockIn                                               = 0xa0
	elastic, backplane2048                                   = 0x01, 0x10
)
