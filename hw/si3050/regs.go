package si3050

import "tipring/hw/register"

// Addresses of the registers.
const (
	regControl1       = 1
	regControl2       = 2
	regIntMask        = 3
	regIntSource      = 4
	regDAA1           = 5
	regDAA2           = 6
	regDAA3           = 10
	regRevision       = 11
	regLineStatus     = 12
	regLineRevision   = 13
	regGain1          = 15
	regInternational1 = 16
	regInternational2 = 17
	regInternational3 = 18
	regInternational4 = 19
	regRingValid1     = 22
	regRingValid2     = 23
	regRingValid3     = 24
	regResistorCal    = 25
	regDCTermination  = 26
	regLoopCurrent    = 28
	regLineVoltage    = 29
	regACTermination  = 30
	regDAA4           = 31
	regGpio           = 32
	regPCMMode        = 33
	regTXStartLow     = 34
	regTXStartHigh    = 35
	regRXStartLow     = 36
	regRXStartHigh    = 37
	regTXGain2        = 38
	regRXGain2        = 39
	regTXGain3        = 40
	regRXGain3        = 41
	regThreshold      = 43
	regHybrid1        = 45
	regHybrid2        = 46
	regHybrid3        = 47
	regHybrid4        = 48
	regHybrid5        = 49
	regHybrid6        = 50
	regHybrid7        = 51
	regHybrid8        = 52
	regSparkQuench    = 59
)

// Registers are the registers of the Si3050 with an Si3018 or Si3019 line side. Each field says how well it is known and from
// where: data sheets of the Si3050 (DS50a Rev. 1.5, DS50b Rev. 1.31, DS50c), the Si3056 (DS56), the Si306x (DS06) and the Si3016
// (DS16), and the drivers in the open wctdm, wctdm24(xxp), xpp, ovx (OpenVox) and that of the Si3052.
var Registers = register.Table{
	{Addr: regControl1, Name: "Control 1", Unknown: 0x8a, Fields: []register.Field{
		{Name: "SR", Hi: 7, Lo: 7, Confidence: register.Driver, Doc: "software reset; self-clearing, drivers wait 100 ms", Source: "wctdm, wctdm24, ovx, si3052"},
		{Name: "PWME", Hi: 3, Lo: 3, Confidence: register.Family, Doc: "PWM enable (AOUT call progress)", Source: "si3052"},
		{Name: "DL", Hi: 1, Lo: 1, Confidence: register.Family, Doc: "isolation digital loopback (Si3052 name; Si3050 name may differ)", Source: "si3052"},
	}},
	{Addr: regControl2, Name: "Control 2", Reset: 0x03, Source: "wctdm, ovx", Fields: []register.Field{
		{Name: "INTE", Hi: 7, Lo: 7, Doc: "enable the AOUT/INT pin as interrupt", Source: "DS50a, DS06"},
		{Name: "WDTE", Hi: 4, Lo: 4, Confidence: register.Family, Doc: "watchdog enable", Source: "si3052"},
		{Name: "RDI", Hi: 2, Lo: 2, Confidence: register.Family, Doc: "ring interrupt only at start (0) or also at end of a ring pulse (1)", Source: "DS06, si3052 (named RDM)"},
		{Name: "HBE", Hi: 1, Lo: 1, Confidence: register.Family, Doc: "hybrid enable", Source: "si3052"},
		{Name: "RXE", Hi: 0, Lo: 0, Confidence: register.Family, Doc: "receive enable", Source: "si3052"},
	}},
	{Addr: regIntMask, Name: "Interrupt Mask", Unknown: 0xfd, Fields: []register.Field{
		{Name: "RDTM", Hi: 7, Lo: 7, Confidence: register.Family, Doc: "ring detect", Source: "si3052, DS06"},
		{Name: "ROVM", Hi: 6, Lo: 6, Confidence: register.Family, Doc: "receive overload", Source: "si3052, DS06"},
		{Name: "FDTM", Hi: 5, Lo: 5, Confidence: register.Family, Doc: "isolation link frame lost", Source: "si3052, DS06"},
		{Name: "BTDM", Hi: 4, Lo: 4, Confidence: register.Family, Doc: "billing tone", Source: "si3052, DS06"},
		{Name: "DODM", Hi: 3, Lo: 3, Confidence: register.Family, Doc: "drop out", Source: "si3052, DS06"},
		{Name: "LCSOM", Hi: 2, Lo: 2, Confidence: register.Family, Doc: "loop current sense overload (named LCSM in Si3052)", Source: "si3052"},
		{Name: "POLM", Hi: 0, Lo: 0, Doc: "polarity reversal", Source: "DS50a, xpp"},
	}},
	{Addr: regIntSource, Name: "Interrupt Source", Fields: []register.Field{
		{Name: "RDTI", Hi: 7, Lo: 7, Access: register.WriteZeroClear, Confidence: register.Family, Doc: "ring detected", Source: "DS06, xpp, si3052"},
		{Name: "ROVI", Hi: 6, Lo: 6, Access: register.WriteZeroClear, Confidence: register.Family, Doc: "receive overload; same as ROV (17), clearing one clears the other", Source: "DS06, si3052"},
		{Name: "FDTI", Hi: 5, Lo: 5, Access: register.WriteZeroClear, Confidence: register.Family, Doc: "isolation link not locked", Source: "DS06, si3052"},
		{Name: "BTDI", Hi: 4, Lo: 4, Access: register.WriteZeroClear, Confidence: register.Family, Doc: "billing tone detected", Source: "DS06, si3052"},
		{Name: "DODI", Hi: 3, Lo: 3, Access: register.WriteZeroClear, Confidence: register.Family, Doc: "line-derived supply collapsed", Source: "DS06, si3052"},
		{Name: "LCSOI", Hi: 2, Lo: 2, Access: register.WriteZeroClear, Confidence: register.Family, Doc: "loop current overload", Source: "DS06, si3052"},
		{Name: "POLI", Hi: 0, Lo: 0, Access: register.WriteZeroClear, Doc: "set each time bit 7 of LVS (29) changes", Source: "DS50a, xpp"},
	}},
	{Addr: regDAA1, Name: "DAA Control 1", Fields: []register.Field{
		{Name: "RDTN", Hi: 6, Lo: 6, Access: register.ReadOnly, Confidence: register.Family, Doc: "negative ring half-wave present", Source: "DS16, si3052, wctdm (0x60)"},
		{Name: "RDTP", Hi: 5, Lo: 5, Access: register.ReadOnly, Confidence: register.Family, Doc: "positive ring half-wave present", Source: "DS16, si3052, wctdm"},
		{Name: "ONHM", Hi: 3, Lo: 3, Confidence: register.Family, Doc: "on-hook line monitor (caller ID path)", Source: "DS16, xpp, wctdm"},
		{Name: "RDT", Hi: 2, Lo: 2, Access: register.ReadOnly, Confidence: register.Family, Doc: "ring in progress; resets 4.5-9 s after the last positive ring or at off-hook", Source: "DS16, si3052"},
		{Name: "OH", Hi: 0, Lo: 0, Confidence: register.Family, Doc: "off-hook", Source: "DS16, xpp, wctdm"},
	}},
	{Addr: regDAA2, Name: "DAA Control 2", Reset: 0x10, Fields: []register.Field{
		{Name: "PDL", Hi: 4, Lo: 4, Confidence: register.Driver, Doc: "power down line side; 1 after reset, drivers write 0 to bring the isolation link up", Source: "wctdm, si3052"},
		{Name: "PDN", Hi: 3, Lo: 3, Confidence: register.Family, Doc: "power down (system side)", Source: "si3052"},
	}},
	{Addr: regDAA3, Name: "DAA Control 3", Unknown: 0x01, Fields: []register.Field{
		{Name: "DDL", Hi: 0, Lo: 0, Confidence: register.Driver, Doc: "digital data loopback", Source: "wctdm24 (digitalloopback), si3052"},
	}},
	{Addr: regRevision, Name: "System- and Line-Side Device Revision", Unknown: 0xff, Fields: []register.Field{
		{Name: "LSID", Hi: 7, Lo: 4, Access: register.ReadOnly, Confidence: register.Driver, Doc: "line-side id; 0 until the isolation link is up: 0 no link / Si3017 class, 1 Si3018, 4 Si3011", Source: "wctdm, si3052"},
		{Name: "REVA", Hi: 3, Lo: 0, Access: register.ReadOnly, Confidence: register.Family, Doc: "system-side revision", Source: "DS16, wctdm"},
	}},
	{Addr: regLineStatus, Name: "Line-Side Device Status", Unknown: 0x5f, Fields: []register.Field{
		{Name: "FDT", Hi: 6, Lo: 6, Access: register.ReadOnly, Confidence: register.Family, Doc: "isolation link frame lock", Source: "si3052, DS16"},
		{Name: "LCS", Hi: 4, Lo: 0, Access: register.ReadOnly, Doc: "loop current sense; 0 = below minimum, 4 = minimum for operation, 31 = > 127 mA; about 3.3 mA/step on the typical curve", Source: "si3052, DS56, DS50a fig. 21"},
	}},
	{Addr: regLineRevision, Name: "Line-Side Device Revision", Unknown: 0x3c, Fields: []register.Field{
		{Name: "REVB", Hi: 5, Lo: 2, Access: register.ReadOnly, Confidence: register.Driver, Doc: "line-side revision", Source: "wctdm ((r>>2)&0xf)"},
	}},
	{Addr: regGain1, Name: "TX/RX Gain Control 1", Unknown: 0x77, Fields: []register.Field{
		{Name: "ATX", Hi: 6, Lo: 4, Confidence: register.Family, Doc: "analog TX gain/attenuation 0,3,6,9,12 dB codes 0..4", Source: "si3052"},
		{Name: "ARX", Hi: 2, Lo: 0, Confidence: register.Family, Doc: "analog RX gain codes", Source: "si3052"},
	}},
	{Addr: regInternational1, Name: "International Control 1", Fields: []register.Field{
		{Name: "ACT2", Hi: 7, Lo: 7, Confidence: register.Family, Doc: "AC termination select 2 (Si3018)", Source: "DS56, si3052"},
		{Name: "OHS", Hi: 6, Lo: 6, Confidence: register.Driver, Doc: "on-hook speed: OHS=0,OHS2=0,SQ=00 < 0.5 ms, OHS=0,OHS2=1,SQ=00 3 ms (ETSI), OHS=1,SQ=11 26 ms (Australia)", Source: "DS56, wctdm, si3052"},
		{Name: "ACT", Hi: 5, Lo: 5, Confidence: register.Family, Doc: "AC termination select (Si3018)", Source: "DS56, si3052"},
		{Name: "IIRE", Hi: 4, Lo: 4, Confidence: register.Family, Doc: "IIR filter enable", Source: "DS56, si3052"},
		{Name: "RZ", Hi: 1, Lo: 1, Confidence: register.Driver, Doc: "ringer impedance: 1 = synthesized", Source: "DS56, wctdm, si3052"},
		{Name: "RT", Hi: 0, Lo: 0, Confidence: register.Driver, Doc: "ringer threshold: 0 = 13.5-16.5 Vrms, 1 = 19.35-23.65 Vrms (figures from the Si2401/Si3056 sheets)", Source: "DS56, wctdm, si3052"},
	}},
	{Addr: regInternational2, Name: "International Control 2", Fields: []register.Field{
		{Name: "CALZ", Hi: 7, Lo: 7, Confidence: register.Family, Doc: "clear ADC calibration", Source: "si3052"},
		{Name: "CALD", Hi: 5, Lo: 5, Confidence: register.Driver, Doc: "auto-calibration disable; fastpickup sets it", Source: "wctdm, wctdm24, si3052"},
		{Name: "OPE", Hi: 3, Lo: 3, Confidence: register.Family, Doc: "overload protect enable", Source: "si3052, DS16"},
		{Name: "BTE", Hi: 2, Lo: 2, Confidence: register.Family, Doc: "billing tone enable", Source: "si3052, DS16"},
		{Name: "ROV", Hi: 1, Lo: 1, Access: register.WriteZeroClear, Confidence: register.Family, Doc: "receive overload", Source: "si3052, DS06"},
		{Name: "BTD", Hi: 0, Lo: 0, Access: register.WriteZeroClear, Confidence: register.Driver, Doc: "billing tone detected (bit 0)", Source: "xpp BTD_BIT"},
	}},
	{Addr: regInternational3, Name: "International Control 3", Fields: []register.Field{
		{Name: "RFWE", Hi: 1, Lo: 1, Confidence: register.Driver, Doc: "ring detector full-wave rectifier", Source: "si3052, wctdm, xpp"},
	}},
	{Addr: regInternational4, Name: "International Control 4", Fields: []register.Field{
		{Name: "OVL", Hi: 2, Lo: 2, Access: register.ReadOnly, Confidence: register.Family, Doc: "overload now", Source: "si3052, DS16"},
		{Name: "DOD", Hi: 1, Lo: 1, Access: register.ReadOnly, Confidence: register.Family, Doc: "line supply dropout / not connected", Source: "DS16, DS56"},
		{Name: "OPD", Hi: 0, Lo: 0, Access: register.ReadOnly, Confidence: register.Family, Doc: "overload protect active", Source: "si3052, DS16"},
	}},
	{Addr: regRingValid1, Name: "Ring Validation Control 1", Reset: 0x96, Fields: []register.Field{
		{Name: "RDLY", Hi: 7, Lo: 6, Doc: "ring delay bits 1:0; RDLY*256 ms, 0..1792 ms", Source: "DS50b"},
		{Name: "RMX", Hi: 5, Lo: 0, Doc: "ring assertion maximum count, RMX >= RAS - 1/(2*f_max*2ms)", Source: "DS50b"},
	}},
	{Addr: regRingValid2, Name: "Ring Validation Control 2", Unknown: 0xff, Fields: []register.Field{
		{Name: "RDLY", Hi: 7, Lo: 7, Doc: "ring delay bit 2", Source: "DS50b, si3052"},
		{Name: "RTO", Hi: 6, Lo: 3, Confidence: register.Family, Doc: "ring timeout, steps of 128 ms (0 = 80 ms)", Source: "si3052, Si2401 sheet page 59"},
		{Name: "RCC", Hi: 2, Lo: 0, Confidence: register.Family, Doc: "ring confirmation count: 0 100 ms, 1 150 ms, 2 200 ms, 3 256 ms, 4 384 ms, 5 512 ms, 6 640 ms, 7 1024 ms", Source: "si3052, Si2401 sheet page 57"},
	}},
	{Addr: regRingValid3, Name: "Ring Validation Control 3", Reset: 0x19, Fields: []register.Field{
		{Name: "RNGV", Hi: 7, Lo: 7, Confidence: register.Family, Doc: "ring validation enable", Source: "si3052, DS56"},
		{Name: "RAS", Hi: 5, Lo: 0, Confidence: register.Driver, Doc: "ring assertion time: RAS*2ms = 1/(2*f_min); 0x19 = 25 -> 50 ms -> 10 Hz", Source: "si3052, Si3068 sheet page 33, wctdm"},
	}},
	{Addr: regResistorCal, Name: "Resistor Calibration", Unknown: 0x20, Fields: []register.Field{
		{Name: "RCALD", Hi: 5, Lo: 5, Confidence: register.Family, Doc: "resistor calibration disable", Source: "si3052"},
	}},
	{Addr: regDCTermination, Name: "DC Termination Control", Unknown: 0xf3, Fields: []register.Field{
		{Name: "DCV", Hi: 7, Lo: 6, Doc: "TIP/RING voltage adjust: 0 3.1 V, 1 3.2 V, 2 3.35 V, 3 3.5 V", Source: "si3052, DS50a, wctdm"},
		{Name: "MINI", Hi: 5, Lo: 4, Doc: "minimum operational loop current: 0 10 mA, 1 12 mA, 2 14 mA, 3 16 mA", Source: "si3052, DS50a, wctdm"},
		{Name: "ILIM", Hi: 1, Lo: 1, Doc: "current limit (TBR21), 2000 ohm slope above 40 mA", Source: "si3052, DS50a, wctdm"},
		{Name: "DCR", Hi: 0, Lo: 0, Doc: "DC impedance: 0 = 50 ohm, 1 = 800 ohm", Source: "si3052, DS50a"},
	}},
	{Addr: regLoopCurrent, Name: "Loop Current Status", Unknown: 0xff, Fields: []register.Field{
		{Name: "LCS2", Hi: 7, Lo: 0, Access: register.ReadOnly, Confidence: register.Driver, Doc: "loop current, 8 bit; xpp treats < 3 as power denial; 1.1 mA/LSB is common knowledge for LCS2, not read in a source", Source: "xpp, DS56"},
	}},
	{Addr: regLineVoltage, Name: "Line Voltage Status", Fields: []register.Field{
		{Name: "LVS", Hi: 7, Lo: 0, Access: register.ReadOnly, Doc: "signed two-s complement, 1 V/LSB, about +/-10 %; forced to 0 at 3 V or less unless LVFD; bit 7 = polarity", Source: "DS50a, wctdm, xpp"},
	}},
	{Addr: regACTermination, Name: "AC Termination Control", Fields: []register.Field{
		{Name: "FULL2", Hi: 4, Lo: 4, Confidence: register.Driver, Doc: "+6 dBm full scale (OpenVox fxofullscale sets 0x10)", Source: "ovx"},
		{Name: "ACIM", Hi: 3, Lo: 0, Doc: "AC impedance, see acim tables in fxo-countries.json", Source: "DS50a, wctdm"},
	}},
	{Addr: regDAA4, Name: "DAA Control 3/4", Reset: 0x20, Fields: []register.Field{
		{Name: "FULL", Hi: 7, Lo: 7, Confidence: register.Family, Doc: "+3.2 dBm full scale (Si3019); DCV must be 3", Source: "DS56"},
		{Name: "FOH", Hi: 6, Lo: 5, Confidence: register.Family, Doc: "off-hook counter: 0 512 ms, 1 128 ms, 2 64 ms, 3 8 ms", Source: "DS56, si3052, wctdm24 comment"},
		{Name: "OHS2", Hi: 3, Lo: 3, Confidence: register.Driver, Doc: "on-hook speed 2", Source: "DS56, wctdm, si3052"},
		{Name: "FILT", Hi: 1, Lo: 1, Confidence: register.Family, Doc: "receive high-pass corner: 0 = 5 Hz, 1 = 200 Hz (Si3019)", Source: "DS56"},
		{Name: "LVFD", Hi: 0, Lo: 0, Doc: "line voltage force disable (Si3019)", Source: "DS56, DS50a"},
	}},
	{Addr: regGpio, Name: "GPIO / LED on Astribank", Fields: []register.Field{}},
	{Addr: regPCMMode, Name: "PCM/SPI Mode Select", Unknown: 0x38, Fields: []register.Field{
		{Name: "PCME", Hi: 5, Lo: 5, Confidence: register.Driver, Doc: "PCM enable", Source: "wctdm (0x28/0x20)"},
		{Name: "PCMF", Hi: 4, Lo: 3, Confidence: register.Driver, Doc: "PCM format: 0 A-law, 1 u-law", Source: "wctdm"},
	}},
	{Addr: regTXStartLow, Name: "PCM Transmit Start Count low", Unknown: 0xff, Fields: []register.Field{
		{Name: "TXS", Hi: 7, Lo: 0, Confidence: register.Driver, Doc: "slot*8", Source: "wctdm, wctdm24"},
	}},
	{Addr: regTXStartHigh, Name: "PCM Transmit Start Count high", Unknown: 0x03, Fields: []register.Field{
		{Name: "TXS", Hi: 1, Lo: 0, Confidence: register.Driver, Doc: "", Source: "wctdm24"},
	}},
	{Addr: regRXStartLow, Name: "PCM Receive Start Count low", Unknown: 0xff, Fields: []register.Field{
		{Name: "RXS", Hi: 7, Lo: 0, Confidence: register.Driver, Doc: "slot*8", Source: "wctdm, wctdm24"},
	}},
	{Addr: regRXStartHigh, Name: "PCM Receive Start Count high", Unknown: 0x03, Fields: []register.Field{
		{Name: "RXS", Hi: 1, Lo: 0, Confidence: register.Driver, Doc: "", Source: "wctdm24"},
	}},
	{Addr: regTXGain2, Name: "TX Gain Control 2", Unknown: 0x1f, Fields: []register.Field{
		{Name: "TGA2", Hi: 4, Lo: 4, Confidence: register.Driver, Doc: "1 = attenuate", Source: "wctdm, ovx"},
		{Name: "TXG2", Hi: 3, Lo: 0, Confidence: register.Driver, Doc: "1 dB steps: gain 1..12 = value, attenuation = 16 + n (0..15)", Source: "wctdm, ovx"},
	}},
	{Addr: regRXGain2, Name: "RX Gain Control 2", Unknown: 0x1f, Fields: []register.Field{
		{Name: "RGA2", Hi: 4, Lo: 4, Confidence: register.Driver, Doc: "1 = attenuate", Source: "wctdm, ovx"},
		{Name: "RXG2", Hi: 3, Lo: 0, Confidence: register.Driver, Doc: "1 dB steps: gain 1..12 = value, attenuation = 16 + n (0..15)", Source: "wctdm, ovx"},
	}},
	{Addr: regTXGain3, Name: "TX Gain Control 3", Unknown: 0x1f, Fields: []register.Field{
		{Name: "TGA3", Hi: 4, Lo: 4, Confidence: register.Driver, Doc: "1 = attenuate", Source: "wctdm, ovx"},
		{Name: "TXG3", Hi: 3, Lo: 0, Confidence: register.Driver, Doc: "0.1 dB steps: gain value 0..9, attenuation 16 + n", Source: "wctdm, ovx"},
	}},
	{Addr: regRXGain3, Name: "RX Gain Control 3", Unknown: 0x1f, Fields: []register.Field{
		{Name: "RGA3", Hi: 4, Lo: 4, Confidence: register.Driver, Doc: "1 = attenuate", Source: "wctdm, ovx"},
		{Name: "RXG3", Hi: 3, Lo: 0, Confidence: register.Driver, Doc: "0.1 dB steps: gain value 0..9, attenuation 16 + n", Source: "wctdm, ovx"},
	}},
	{Addr: regThreshold, Name: "Line Current/Voltage Threshold", Unknown: 0xff, Fields: []register.Field{
		{Name: "CVT", Hi: 7, Lo: 0, Confidence: register.Family, Doc: "threshold; positive numbers only", Source: "DS50a p.31 (text)"},
	}},
	{Addr: regHybrid1, Name: "Programmable Hybrid coefficient 1", Unknown: 0xff, Fields: []register.Field{
		{Name: "HYB1", Hi: 7, Lo: 0, Confidence: register.Driver, Doc: "echo coefficient (fxotune)", Source: "wctdm WCTDM_SET_ECHOTUNE"},
	}},
	{Addr: regHybrid2, Name: "Programmable Hybrid coefficient 2", Unknown: 0xff, Fields: []register.Field{
		{Name: "HYB2", Hi: 7, Lo: 0, Confidence: register.Driver, Doc: "echo coefficient (fxotune)", Source: "wctdm WCTDM_SET_ECHOTUNE"},
	}},
	{Addr: regHybrid3, Name: "Programmable Hybrid coefficient 3", Unknown: 0xff, Fields: []register.Field{
		{Name: "HYB3", Hi: 7, Lo: 0, Confidence: register.Driver, Doc: "echo coefficient (fxotune)", Source: "wctdm WCTDM_SET_ECHOTUNE"},
	}},
	{Addr: regHybrid4, Name: "Programmable Hybrid coefficient 4", Unknown: 0xff, Fields: []register.Field{
		{Name: "HYB4", Hi: 7, Lo: 0, Confidence: register.Driver, Doc: "echo coefficient (fxotune)", Source: "wctdm WCTDM_SET_ECHOTUNE"},
	}},
	{Addr: regHybrid5, Name: "Programmable Hybrid coefficient 5", Unknown: 0xff, Fields: []register.Field{
		{Name: "HYB5", Hi: 7, Lo: 0, Confidence: register.Driver, Doc: "echo coefficient (fxotune)", Source: "wctdm WCTDM_SET_ECHOTUNE"},
	}},
	{Addr: regHybrid6, Name: "Programmable Hybrid coefficient 6", Unknown: 0xff, Fields: []register.Field{
		{Name: "HYB6", Hi: 7, Lo: 0, Confidence: register.Driver, Doc: "echo coefficient (fxotune)", Source: "wctdm WCTDM_SET_ECHOTUNE"},
	}},
	{Addr: regHybrid7, Name: "Programmable Hybrid coefficient 7", Unknown: 0xff, Fields: []register.Field{
		{Name: "HYB7", Hi: 7, Lo: 0, Confidence: register.Driver, Doc: "echo coefficient (fxotune)", Source: "wctdm WCTDM_SET_ECHOTUNE"},
	}},
	{Addr: regHybrid8, Name: "Programmable Hybrid coefficient 8", Unknown: 0xff, Fields: []register.Field{
		{Name: "HYB8", Hi: 7, Lo: 0, Confidence: register.Driver, Doc: "echo coefficient (fxotune)", Source: "wctdm WCTDM_SET_ECHOTUNE"},
	}},
	{Addr: regSparkQuench, Name: "Spark Quenching Control", Unknown: 0x50, Fields: []register.Field{
		{Name: "SQ", Hi: 6, Lo: 6, Confidence: register.Family, Doc: "", Source: "si3052 (0x50)"},
		{Name: "SQ", Hi: 4, Lo: 4, Confidence: register.Family, Doc: "", Source: "si3052 (0x50)"},
	}},
}
