package si3210

import "tipring/hw/register"

// Addresses of the direct registers.
const (
	regSPIMode          = 0
	regPCMMode          = 1
	regTXStartLow       = 2
	regTXStartHigh      = 3
	regRXStartLow       = 4
	regRXStartHigh      = 5
	regPartNumber       = 6
	regLoopback         = 8
	regAudioGain        = 9
	regImpedance        = 10
	regHybrid           = 11
	regPowerdown1       = 14
	regPowerdown2       = 15
	regIntStatus1       = 18
	regIntStatus2       = 19
	regIntStatus3       = 20
	regIntEnable1       = 21
	regIntEnable2       = 22
	regIntEnable3       = 23
	regDTMFStatus       = 24
	regIndirectLow      = 28
	regIndirectHigh     = 29
	regIndirectAddr     = 30
	regIndirectStatus   = 31
	regOsc1             = 32
	regOsc2             = 33
	regRingOsc          = 34
	regMeterOsc         = 35
	regOsc1OnLow        = 36
	regOsc1OnHigh       = 37
	regOsc1OffLow       = 38
	regOsc1OffHigh      = 39
	regOsc2OnLow        = 40
	regOsc2OnHigh       = 41
	regOsc2OffLow       = 42
	regOsc2OffHigh      = 43
	regMeterOnLow       = 44
	regMeterOnHigh      = 45
	regMeterOffLow      = 46
	regMeterOffHigh     = 47
	regRingOnLow        = 48
	regRingOnHigh       = 49
	regRingOffLow       = 50
	regRingOffHigh      = 51
	regFSKData          = 52
	regRingLoopDebounce = 63
	regLinefeed         = 64
	regTransistors      = 65
	regBatteryFeed      = 66
	regAutomatic        = 67
	regHookStatus       = 68
	regLoopDebounce     = 69
	regTripDebounce     = 70
	regLoopLimit        = 71
	regOnHookVolts      = 72
	regCommonMode       = 73
	regBatteryHigh      = 74
	regBatteryLow       = 75
	regPowerPointer     = 76
	regPowerOutput      = 77
	regLoopVoltage      = 78
	regLoopCurrent      = 79
	regTipVoltage       = 80
	regRingVoltage      = 81
	regBattery1         = 82
	regBattery2         = 83
	regCurrentQ1        = 84
	regCurrentQ2        = 85
	regCurrentQ3        = 86
	regCurrentQ4        = 87
	regCurrentQ5        = 88
	regCurrentQ6        = 89
	regDCPeriod         = 92
	regDCDelay          = 93
	regDCWidth          = 94
	regCalibrate1       = 96
	regCalibrate2       = 97
	regCalRing          = 98
	regCalTip           = 99
	regCalDifferential  = 100
	regCalCommon        = 101
	regCalLimit         = 102
	regCalMonitor       = 103
	regCalOffsets       = 104
	regCalDAC           = 105
	regCalBalance       = 106
	regCalPeak          = 107
	regEnhance          = 108
)

// Registers are the direct registers of the Si3210; what is marked absent is not in the Si3215. Facts: data sheets Si3215
// Rev. 0.92 (table 33) and Si3230 preliminary Rev. 0.96; an address that is not listed is reserved and must not be written.
var Registers = register.Table{
	{Addr: regSPIMode, Name: "SPI Mode Select", Unknown: 0x3f, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "SPIDC", Hi: 7, Lo: 7, Doc: "SPI Daisy Chain Mode Enable"},
		{Name: "SPIM", Hi: 6, Lo: 6, Doc: "SPI Mode: 0 SDO tri-states on rising SCLK of LSB, 1 SDO tri-states on rising CS"},
		{Name: "PNI", Hi: 5, Lo: 4, Access: register.ReadOnly, Doc: "Part Number Identification"},
		{Name: "RNI", Hi: 3, Lo: 0, Access: register.ReadOnly, Doc: "Revision Number Identification"},
	}},
	{Addr: regPCMMode, Name: "PCM Mode Select", Reset: 0x88, Source: "Si3215 Rev 0.92", Fields: []register.Field{
		{Name: "PNI2", Hi: 7, Lo: 7, Access: register.ReadOnly, Doc: "Part Number Identification 2"},
		{Name: "PCME", Hi: 5, Lo: 5, Doc: "PCM Enable"},
		{Name: "PCMF", Hi: 4, Lo: 3, Doc: "PCM format: 0 A-law, 1 u-law, 2 reserved, 3 linear"},
		{Name: "PCMT", Hi: 2, Lo: 2, Doc: "PCM Transfer Size: 0 8-bit, 1 16-bit"},
		{Name: "GCI", Hi: 1, Lo: 1, Doc: "GCI Clock Format: 0 1 PCLK per bit, 1 2 PCLK per bit"},
		{Name: "TRI", Hi: 0, Lo: 0, Doc: "Tri-state Bit 0: 0 tri-state bit 0 on positive edge of PCLK, 1 on negative edge"},
	}},
	{Addr: regTXStartLow, Name: "PCM Transmit Start Count - Low Byte", Source: "Si3215 Rev 0.92", Fields: []register.Field{
		{Name: "TXS", Hi: 7, Lo: 0, Doc: "PCM Transmit Start Count"},
	}},
	{Addr: regTXStartHigh, Name: "PCM Transmit Start Count - High Byte", Source: "Si3215 Rev 0.92", Fields: []register.Field{
		{Name: "TXS", Hi: 1, Lo: 0, Doc: "PCM Transmit Start Count"},
	}},
	{Addr: regRXStartLow, Name: "PCM Receive Start Count - Low Byte", Source: "Si3215 Rev 0.92", Fields: []register.Field{
		{Name: "RXS", Hi: 7, Lo: 0, Doc: "PCM Receive Start Count"},
	}},
	{Addr: regRXStartHigh, Name: "PCM Receive Start Count - High Byte", Source: "Si3215 Rev 0.92", Fields: []register.Field{
		{Name: "RXS", Hi: 1, Lo: 0, Doc: "PCM Receive Start Count"},
	}},
	{Addr: regPartNumber, Name: "Part Number Identification", Unknown: 0x60, Source: "Si3215 Rev 0.92", Fields: []register.Field{
		{Name: "PNI", Hi: 7, Lo: 5, Access: register.ReadOnly, Doc: "Part Number Identification"},
	}},
	{Addr: regLoopback, Name: "Audio Path Loopback Control", Reset: 0x02, Source: "Si3215 Rev 0.92", Fields: []register.Field{
		{Name: "ALM2", Hi: 2, Lo: 2, Doc: "Analog Loopback Mode 2."},
		{Name: "DLM", Hi: 1, Lo: 1, Doc: "Digital Loopback Mode."},
		{Name: "ALM1", Hi: 0, Lo: 0, Doc: "Analog Loopback Mode 1."},
	}},
	{Addr: regAudioGain, Name: "Audio Gain Control", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "RXHP", Hi: 7, Lo: 7, Doc: "Receive Path High Pass Filter Disable"},
		{Name: "TXHP", Hi: 6, Lo: 6, Doc: "Transmit Path High Pass Filter Disable"},
		{Name: "TXM", Hi: 5, Lo: 5, Doc: "Transmit Path Mute"},
		{Name: "RXM", Hi: 4, Lo: 4, Doc: "Receive Path Mute"},
		{Name: "ATX", Hi: 3, Lo: 2, Doc: "Analog Transmit Path Gain: 0 0 dB, 1 -3.5 dB, 2 +3.5 dB, 3 mute"},
		{Name: "ARX", Hi: 1, Lo: 0, Doc: "Analog Receive Path Gain: 0 0 dB, 1 -3.5 dB, 2 +3.5 dB, 3 mute"},
	}},
	{Addr: regImpedance, Name: "Two-Wire Impedance Synthesis Control", Reset: 0x08, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "CLC", Hi: 5, Lo: 4, Doc: "Line Capacitance Compensation"},
		{Name: "TISE", Hi: 3, Lo: 3, Doc: "Two-Wire Impedance Synthesis Enable"},
		{Name: "TISS", Hi: 2, Lo: 0, Doc: "Two-Wire Impedance Synthesis Selection: 0 600, 1 900, 2 600 + 1uF (Japan; needs RZREF 12k, C3=C4=100nF), 3 900 + 2.16uF (needs RZREF 18k, C3=C4=220nF), 4 270 + (750 || 150nF) CTR21, 5 220 + (820 || 120nF) Australia/NZ, 6 220 + (820 || 115nF) Slovakia/Slovenia/South Africa, 7 200 + (680 || 100nF) China"},
	}},
	{Addr: regHybrid, Name: "Hybrid Control", Reset: 0x33, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "HYBP", Hi: 6, Lo: 4, Doc: "Pulse Metering Hybrid Adjustment"},
		{Name: "HYBA", Hi: 2, Lo: 0, Doc: "Audio Hybrid Adjustment: 0 4.08 dB, 1 2.5 dB, 2 1.16 dB, 3 0 dB, 4 -1.02 dB, 5 -1.94 dB, 6 -2.77 dB, 7 off"},
	}},
	{Addr: regPowerdown1, Name: "Powerdown Control 1", Reset: 0x10, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "PMON", Hi: 5, Lo: 5, Absent: true, Doc: "Pulse Metering DAC Power-On Control"},
		{Name: "DCOF", Hi: 4, Lo: 4, Doc: "DC-DC Converter Power-Off Control (Si3230 only)"},
		{Name: "MOF", Hi: 3, Lo: 3, Absent: true, Doc: "Monitor ADC Power-Off Control"},
		{Name: "BIASOF", Hi: 1, Lo: 1, Doc: "DC Bias Power-Off Control"},
		{Name: "SLICOF", Hi: 0, Lo: 0, Doc: "SLIC Power-Off Control"},
	}},
	{Addr: regPowerdown2, Name: "Powerdown Control 2", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "ADCM", Hi: 5, Lo: 5, Doc: "Analog to Digital Converter Manual/Automatic Power Control"},
		{Name: "ADCON", Hi: 4, Lo: 4, Doc: "Analog to Digital Converter On/Off Power Control"},
		{Name: "DACM", Hi: 3, Lo: 3, Doc: "Digital to Analog Converter Manual/Automatic Power Control"},
		{Name: "DACON", Hi: 2, Lo: 2, Doc: "Digital to Analog Converter On/Off Power Control"},
		{Name: "GMM", Hi: 1, Lo: 1, Doc: "Transconductance Amplifier Manual/Automatic Power Control"},
		{Name: "GMON", Hi: 0, Lo: 0, Doc: "Transconductance Amplifier On/Off Power Control"},
	}},
	{Addr: regIntStatus1, Name: "Interrupt Status 1", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "PMIP", Hi: 7, Lo: 7, Access: register.WriteOneClear, Absent: true, Doc: "Pulse Metering Inactive Timer Interrupt Pending"},
		{Name: "PMAP", Hi: 6, Lo: 6, Access: register.WriteOneClear, Absent: true, Doc: "Pulse Metering Active Timer Interrupt Pending"},
		{Name: "RGIP", Hi: 5, Lo: 5, Access: register.WriteOneClear, Doc: "Ringing Inactive Timer Interrupt Pending"},
		{Name: "RGAP", Hi: 4, Lo: 4, Access: register.WriteOneClear, Doc: "Ringing Active Timer Interrupt Pending"},
		{Name: "O2IP", Hi: 3, Lo: 3, Access: register.WriteOneClear, Doc: "Oscillator 2 Inactive Timer Interrupt Pending"},
		{Name: "O2AP", Hi: 2, Lo: 2, Access: register.WriteOneClear, Doc: "Oscillator 2 Active Timer Interrupt Pending"},
		{Name: "O1IP", Hi: 1, Lo: 1, Access: register.WriteOneClear, Doc: "Oscillator 1 Inactive Timer Interrupt Pending"},
		{Name: "O1AP", Hi: 0, Lo: 0, Access: register.WriteOneClear, Doc: "Oscillator 1 Active Timer Interrupt Pending"},
	}},
	{Addr: regIntStatus2, Name: "Interrupt Status 2", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "Q6AP", Hi: 7, Lo: 7, Access: register.WriteOneClear, Doc: "Power Alarm Q6 Interrupt Pending"},
		{Name: "Q5AP", Hi: 6, Lo: 6, Access: register.WriteOneClear, Doc: "Power Alarm Q5 Interrupt Pending"},
		{Name: "Q4AP", Hi: 5, Lo: 5, Access: register.WriteOneClear, Doc: "Power Alarm Q4 Interrupt Pending"},
		{Name: "Q3AP", Hi: 4, Lo: 4, Access: register.WriteOneClear, Doc: "Power Alarm Q3 Interrupt Pending"},
		{Name: "Q2AP", Hi: 3, Lo: 3, Access: register.WriteOneClear, Doc: "Power Alarm Q2 Interrupt Pending"},
		{Name: "Q1AP", Hi: 2, Lo: 2, Access: register.WriteOneClear, Doc: "Power Alarm Q1 Interrupt Pending"},
		{Name: "LCIP", Hi: 1, Lo: 1, Access: register.WriteOneClear, Doc: "Loop Closure Transition Interrupt Pending"},
		{Name: "RTIP", Hi: 0, Lo: 0, Access: register.WriteOneClear, Doc: "Ring Trip Interrupt Pending"},
	}},
	{Addr: regIntStatus3, Name: "Interrupt Status 3", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "CMCP", Hi: 2, Lo: 2, Access: register.WriteOneClear, Absent: true, Doc: "Common Mode Calibration Error Interrupt"},
		{Name: "INDP", Hi: 1, Lo: 1, Access: register.WriteOneClear, Doc: "Indirect Register Access Serviced Interrupt"},
		{Name: "DTMFP", Hi: 0, Lo: 0, Access: register.WriteOneClear, Absent: true, Doc: "DTMF Tone Detected Interrupt (Si3230 and Si3211 only)"},
	}},
	{Addr: regIntEnable1, Name: "Interrupt Enable 1", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "PMIE", Hi: 7, Lo: 7, Absent: true, Doc: "Pulse Metering Inactive Timer Interrupt Enable"},
		{Name: "PMAE", Hi: 6, Lo: 6, Absent: true, Doc: "Pulse Metering Active Timer Interrupt Enable"},
		{Name: "RGIE", Hi: 5, Lo: 5, Doc: "Ringing Inactive Timer Interrupt Enable"},
		{Name: "RGAE", Hi: 4, Lo: 4, Doc: "Ringing Active Timer Interrupt Enable"},
		{Name: "O2IE", Hi: 3, Lo: 3, Doc: "Oscillator 2 Inactive Timer Interrupt Enable"},
		{Name: "O2AE", Hi: 2, Lo: 2, Doc: "Oscillator 2 Active Timer Interrupt Enable"},
		{Name: "O1IE", Hi: 1, Lo: 1, Doc: "Oscillator 1 Inactive Timer Interrupt Enable"},
		{Name: "O1AE", Hi: 0, Lo: 0, Doc: "Oscillator 1 Active Timer Interrupt Enable"},
	}},
	{Addr: regIntEnable2, Name: "Interrupt Enable 2", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "Q6AE", Hi: 7, Lo: 7, Doc: "Power Alarm Q6 Interrupt Enable"},
		{Name: "Q5AE", Hi: 6, Lo: 6, Doc: "Power Alarm Q5 Interrupt Enable"},
		{Name: "Q4AE", Hi: 5, Lo: 5, Doc: "Power Alarm Q4 Interrupt Enable"},
		{Name: "Q3AE", Hi: 4, Lo: 4, Doc: "Power Alarm Q3 Interrupt Enable"},
		{Name: "Q2AE", Hi: 3, Lo: 3, Doc: "Power Alarm Q2 Interrupt Enable"},
		{Name: "Q1AE", Hi: 2, Lo: 2, Doc: "Power Alarm Q1 Interrupt Enable"},
		{Name: "LCIE", Hi: 1, Lo: 1, Doc: "Loop Closure Transition Interrupt Enable"},
		{Name: "RTIE", Hi: 0, Lo: 0, Doc: "Ring Trip Interrupt Enable"},
	}},
	{Addr: regIntEnable3, Name: "Interrupt Enable 3", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "CMCE", Hi: 2, Lo: 2, Absent: true, Doc: "Common Mode Calibration Error Interrupt Enable"},
		{Name: "INDE", Hi: 1, Lo: 1, Doc: "Indirect Register Access Serviced Interrupt Enable"},
		{Name: "DTMFE", Hi: 0, Lo: 0, Absent: true, Doc: "DTMF Tone Detected Interrupt Enable"},
	}},
	{Addr: regDTMFStatus, Name: "DTMF Decode Status", Absent: true, Source: "Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "VAL", Hi: 4, Lo: 4, Access: register.ReadOnly, Doc: "DTMF Valid Digit Decoded"},
		{Name: "DIG", Hi: 3, Lo: 0, Access: register.ReadOnly, Doc: "DTMF Digit: 0 D, 1 1, 2 2, 3 3, 4 4, 5 5, 6 6, 7 7, 8 8, 9 9, 10 0, 11 *, 12 #, 13 A, 14 B, 15 C"},
	}},
	{Addr: regIndirectLow, Name: "Indirect Data Access - Low Byte", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "IDA", Hi: 7, Lo: 0, Doc: "Indirect Data Access, Low Byte"},
	}},
	{Addr: regIndirectHigh, Name: "Indirect Data Access - High Byte", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "IDA", Hi: 7, Lo: 0, Doc: "Indirect Data Access, High Byte"},
	}},
	{Addr: regIndirectAddr, Name: "Indirect Address", Unknown: 0xff, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "IAA", Hi: 7, Lo: 0, Doc: "Indirect Address Access"},
	}},
	{Addr: regIndirectStatus, Name: "Indirect Address Status", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "IAS", Hi: 0, Lo: 0, Access: register.ReadOnly, Doc: "Indirect Access Status"},
	}},
	{Addr: regOsc1, Name: "Oscillator 1 Control", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "OSS1", Hi: 7, Lo: 7, Access: register.ReadOnly, Doc: "Oscillator 1 Signal Status"},
		{Name: "REL", Hi: 6, Lo: 6, Doc: "Oscillator 1 Automatic Register Reload"},
		{Name: "OZ1", Hi: 5, Lo: 5, Doc: "Oscillator 1 Zero Cross Enable"},
		{Name: "O1TAE", Hi: 4, Lo: 4, Doc: "Oscillator 1 Active Timer Enable"},
		{Name: "O1TIE", Hi: 3, Lo: 3, Doc: "Oscillator 1 Inactive Timer Enable"},
		{Name: "O1E", Hi: 2, Lo: 2, Doc: "Oscillator 1 Enable"},
		{Name: "O1SO", Hi: 1, Lo: 0, Doc: "Oscillator 1 Signal Output Routing: 0 off, 1 transmit, 2 receive, 3 both"},
	}},
	{Addr: regOsc2, Name: "Oscillator 2 Control", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "OSS2", Hi: 7, Lo: 7, Access: register.ReadOnly, Doc: "Oscillator 2 Signal Status"},
		{Name: "OZ2", Hi: 5, Lo: 5, Doc: "Oscillator 2 Zero Cross Enable"},
		{Name: "O2TAE", Hi: 4, Lo: 4, Doc: "Oscillator 2 Active Timer Enable"},
		{Name: "O2TIE", Hi: 3, Lo: 3, Doc: "Oscillator 2 Inactive Timer Enable"},
		{Name: "O2E", Hi: 2, Lo: 2, Doc: "Oscillator 2 Enable"},
		{Name: "O2SO", Hi: 1, Lo: 0, Doc: "Oscillator 2 Signal Output Routing: 0 off, 1 transmit, 2 receive, 3 both"},
	}},
	{Addr: regRingOsc, Name: "Ringing Oscillator Control", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "RSS", Hi: 7, Lo: 7, Access: register.ReadOnly, Doc: "Ringing Signal Status"},
		{Name: "RDAC", Hi: 5, Lo: 5, Access: register.ReadOnly, Doc: "Ringing Signal DAC/Linefeed Cross Indicator"},
		{Name: "RTAE", Hi: 4, Lo: 4, Doc: "Ringing Active Timer Enable"},
		{Name: "RTIE", Hi: 3, Lo: 3, Doc: "Ringing Inactive Timer Enable"},
		{Name: "ROE", Hi: 2, Lo: 2, Access: register.ReadOnly, Doc: "Ringing Oscillator Enable"},
		{Name: "RVO", Hi: 1, Lo: 1, Doc: "Ringing Voltage Offset"},
		{Name: "TSWS", Hi: 0, Lo: 0, Doc: "Trapezoid/Sinusoid Waveshape Select: 0 sinusoid, 1 trapezoid"},
	}},
	{Addr: regMeterOsc, Name: "Pulse Metering Oscillator Control", Absent: true, Source: "Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "PSTAT", Hi: 7, Lo: 7, Access: register.ReadOnly, Doc: "Pulse Metering Signal Status"},
		{Name: "PMAE", Hi: 4, Lo: 4, Doc: "Pulse Metering Active Timer Enable"},
		{Name: "PMIE", Hi: 3, Lo: 3, Doc: "Pulse Metering Inactive Timer Enable"},
		{Name: "PMOE", Hi: 2, Lo: 2, Doc: "Pulse Metering Oscillator Enable"},
	}},
	{Addr: regOsc1OnLow, Name: "Oscillator 1 Active Timer - Low Byte", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "OAT1", Hi: 7, Lo: 0, Doc: "Oscillator 1 Active Timer; 16-bit timer, LSB 125 us (0..8.19 s); low byte at the even address"},
	}},
	{Addr: regOsc1OnHigh, Name: "Oscillator 1 Active Timer - High Byte", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "OAT1", Hi: 7, Lo: 0, Doc: "Oscillator 1 Active Timer; 16-bit timer, LSB 125 us (0..8.19 s); low byte at the even address"},
	}},
	{Addr: regOsc1OffLow, Name: "Oscillator 1 Inactive Timer - Low Byte", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "OIT1", Hi: 7, Lo: 0, Doc: "Oscillator 1 Inactive Timer; 16-bit timer, LSB 125 us (0..8.19 s); low byte at the even address"},
	}},
	{Addr: regOsc1OffHigh, Name: "Oscillator 1 Inactive Timer - High Byte", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "OIT1", Hi: 7, Lo: 0, Doc: "Oscillator 1 Inactive Timer; 16-bit timer, LSB 125 us (0..8.19 s); low byte at the even address"},
	}},
	{Addr: regOsc2OnLow, Name: "Oscillator 2 Active Timer - Low Byte", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "OAT2", Hi: 7, Lo: 0, Doc: "Oscillator 2 Active Timer; 16-bit timer, LSB 125 us (0..8.19 s); low byte at the even address"},
	}},
	{Addr: regOsc2OnHigh, Name: "Oscillator 2 Active Timer - High Byte", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "OAT2", Hi: 7, Lo: 0, Doc: "Oscillator 2 Active Timer; 16-bit timer, LSB 125 us (0..8.19 s); low byte at the even address"},
	}},
	{Addr: regOsc2OffLow, Name: "Oscillator 2 Inactive Timer - Low Byte", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "OIT2", Hi: 7, Lo: 0, Doc: "Oscillator 2 Inactive Timer; 16-bit timer, LSB 125 us (0..8.19 s); low byte at the even address"},
	}},
	{Addr: regOsc2OffHigh, Name: "Oscillator 2 Inactive Timer - High Byte", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "OIT2", Hi: 7, Lo: 0, Doc: "Oscillator 2 Inactive Timer; 16-bit timer, LSB 125 us (0..8.19 s); low byte at the even address"},
	}},
	{Addr: regMeterOnLow, Name: "Pulse Metering Oscillator Active Timer - Low Byte", Absent: true, Source: "Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "PAT", Hi: 7, Lo: 0, Doc: "Pulse Metering Active Timer; 16-bit timer, LSB 125 us (0..8.19 s); low byte at the even address"},
	}},
	{Addr: regMeterOnHigh, Name: "Pulse Metering Oscillator Active Timer - High Byte", Absent: true, Source: "Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "PAT", Hi: 7, Lo: 0, Doc: "Pulse Metering Active Timer; 16-bit timer, LSB 125 us (0..8.19 s); low byte at the even address"},
	}},
	{Addr: regMeterOffLow, Name: "Pulse Metering Oscillator Inactive Timer - Low Byte", Absent: true, Source: "Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "PIT", Hi: 7, Lo: 0, Doc: "Pulse Metering Inactive Timer; 16-bit timer, LSB 125 us (0..8.19 s); low byte at the even address"},
	}},
	{Addr: regMeterOffHigh, Name: "Pulse Metering Oscillator Inactive Timer - High Byte", Absent: true, Source: "Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "PIT", Hi: 7, Lo: 0, Doc: "Pulse Metering Inactive Timer; 16-bit timer, LSB 125 us (0..8.19 s); low byte at the even address"},
	}},
	{Addr: regRingOnLow, Name: "Ringing Oscillator Active Timer - Low Byte", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "RAT", Hi: 7, Lo: 0, Doc: "Ringing Active Timer; 16-bit timer, LSB 125 us (0..8.19 s); low byte at the even address"},
	}},
	{Addr: regRingOnHigh, Name: "Ringing Oscillator Active Timer - High Byte", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "RAT", Hi: 7, Lo: 0, Doc: "Ringing Active Timer; 16-bit timer, LSB 125 us (0..8.19 s); low byte at the even address"},
	}},
	{Addr: regRingOffLow, Name: "Ringing Oscillator Inactive Timer - Low Byte", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "RIT", Hi: 7, Lo: 0, Doc: "Ringing Inactive Timer; 16-bit timer, LSB 125 us (0..8.19 s); low byte at the even address"},
	}},
	{Addr: regRingOffHigh, Name: "Ringing Oscillator Inactive Timer - High Byte", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "RIT", Hi: 7, Lo: 0, Doc: "Ringing Inactive Timer; 16-bit timer, LSB 125 us (0..8.19 s); low byte at the even address"},
	}},
	{Addr: regFSKData, Name: "FSK Data", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "FSKDAT", Hi: 0, Lo: 0, Doc: "FSK Data"},
	}},
	{Addr: regRingLoopDebounce, Name: "Loop Closure Debounce Interval", Reset: 0x54, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "LCD", Hi: 7, Lo: 0, Doc: "Loop Closure Debounce Interval for Automatic Ringing; LSB 1.25 ms"},
	}},
	{Addr: regLinefeed, Name: "Linefeed Control", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "LFS", Hi: 6, Lo: 4, Access: register.ReadOnly, Doc: "Linefeed Shadow: 0 open, 1 forward active, 2 forward on-hook transmission, 3 tip open, 4 ringing, 5 reverse active, 6 reverse on-hook transmission, 7 ring open"},
		{Name: "LF", Hi: 2, Lo: 0, Doc: "Linefeed: 0 open, 1 forward active, 2 forward on-hook transmission, 3 tip open, 4 ringing, 5 reverse active, 6 reverse on-hook transmission, 7 ring open"},
	}},
	{Addr: regTransistors, Name: "External Bipolar Transistor Control", Reset: 0x61, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "SQH", Hi: 6, Lo: 6, Doc: "Audio Squelch"},
		{Name: "CBY", Hi: 5, Lo: 5, Doc: "Capacitor Bypass"},
		{Name: "ETBE", Hi: 4, Lo: 4, Doc: "External Transistor Bias Enable"},
		{Name: "ETBO", Hi: 3, Lo: 2, Doc: "External Transistor Bias Levels, On-Hook Transmission State"},
		{Name: "ETBA", Hi: 1, Lo: 0, Doc: "External Transistor Bias Levels, Active Off-Hook State"},
	}},
	{Addr: regBatteryFeed, Name: "Battery Feed Control", Reset: 0x01, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "VOV", Hi: 4, Lo: 4, Doc: "Overhead Voltage Range Increase"},
		{Name: "FVBAT", Hi: 3, Lo: 3, Doc: "VBAT Manual Setting"},
		{Name: "TRACK", Hi: 0, Lo: 0, Doc: "DC-DC Converter Tracking Mode"},
	}},
	{Addr: regAutomatic, Name: "Automatic/Manual Control", Reset: 0x1f, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "MNCM", Hi: 6, Lo: 6, Doc: "Common Mode Manual/Automatic Select"},
		{Name: "MNDIF", Hi: 5, Lo: 5, Doc: "Differential Mode Manual/Automatic Select"},
		{Name: "SPDS", Hi: 4, Lo: 4, Doc: "Speed-Up Mode Enable"},
		{Name: "ABAT", Hi: 3, Lo: 3, Absent: true, Doc: "Battery Feed Automatic/Manual Select"},
		{Name: "AORD", Hi: 2, Lo: 2, Doc: "Automatic/Manual Ring Trip Detect"},
		{Name: "AOLD", Hi: 1, Lo: 1, Doc: "Automatic/Manual Loop Closure Detect"},
		{Name: "AOPN", Hi: 0, Lo: 0, Doc: "Power Alarm Automatic/Manual Detect"},
	}},
	{Addr: regHookStatus, Name: "Loop Closure/Ring Trip Detect Status", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "DBIRAW", Hi: 2, Lo: 2, Access: register.ReadOnly, Doc: "Ring Trip/Loop Closure Unfiltered Output: 0 threshold exceeded, 1 not exceeded (note: inverse of LCR/RTP)"},
		{Name: "RTP", Hi: 1, Lo: 1, Access: register.ReadOnly, Doc: "Ring Trip Detect Indicator (Filtered Output)"},
		{Name: "LCR", Hi: 0, Lo: 0, Access: register.ReadOnly, Doc: "Loop Closure Detect Indicator (Filtered Output)"},
	}},
	{Addr: regLoopDebounce, Name: "Loop Closure Debounce Interval", Reset: 0x0a, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "LCDI", Hi: 6, Lo: 0, Doc: "Loop Closure Debounce Interval; LSB 1.25 ms"},
	}},
	{Addr: regTripDebounce, Name: "Ring Trip Detect Debounce Interval", Reset: 0x0a, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "RTDI", Hi: 6, Lo: 0, Doc: "Ring Trip Detect Debounce Interval; LSB 1.25 ms"},
	}},
	{Addr: regLoopLimit, Name: "Loop Current Limit", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "ILIM", Hi: 2, Lo: 0, Doc: "Loop Current Limit; 20 mA + 3 mA/step (20..41)"},
	}},
	{Addr: regOnHookVolts, Name: "On-Hook Line Voltage", Reset: 0x20, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "VSGN", Hi: 6, Lo: 6, Doc: "On-Hook Line Voltage; VOC LSB 1.5 V, 0..94.5 V"},
		{Name: "VOC", Hi: 5, Lo: 0, Doc: "On-Hook Line Voltage; VOC LSB 1.5 V, 0..94.5 V"},
	}},
	{Addr: regCommonMode, Name: "Common Mode Voltage", Reset: 0x02, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "VCM", Hi: 5, Lo: 0, Doc: "Common Mode Voltage; LSB 1.5 V (0..-94.5)"},
	}},
	{Addr: regBatteryHigh, Name: "High Battery Voltage", Reset: 0x32, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "VBATH", Hi: 5, Lo: 0, Doc: "High Battery Voltage; LSB 1.5 V (0..-94.5)"},
	}},
	{Addr: regBatteryLow, Name: "Low Battery Voltage", Reset: 0x10, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "VBATL", Hi: 5, Lo: 0, Doc: "Low Battery Voltage; LSB 1.5 V (0..-94.5)"},
	}},
	{Addr: regPowerPointer, Name: "Power Monitor Pointer", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "PWRMP", Hi: 2, Lo: 0, Doc: "Power Monitor Pointer"},
	}},
	{Addr: regPowerOutput, Name: "Line Power Output Monitor", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "PWROM", Hi: 7, Lo: 0, Access: register.ReadOnly, Doc: "Line Power Output Monitor; 30.4 mW/LSB (Q1,Q2,Q5,Q6); 3.62 mW/LSB (Q3,Q4)"},
	}},
	{Addr: regLoopVoltage, Name: "Loop Voltage Sense", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "LVSP", Hi: 6, Lo: 6, Access: register.ReadOnly, Doc: "Loop Voltage Sense Polarity; 1.5 V/LSB"},
		{Name: "LVS", Hi: 5, Lo: 0, Access: register.ReadOnly, Doc: "Loop Voltage Sense Magnitude; 1.5 V/LSB"},
	}},
	{Addr: regLoopCurrent, Name: "Loop Current Sense", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "LCSP", Hi: 6, Lo: 6, Access: register.ReadOnly, Doc: "Loop Current Sense Polarity; 1.25 mA/LSB"},
		{Name: "LCS", Hi: 5, Lo: 0, Access: register.ReadOnly, Doc: "Loop Current Sense Magnitude; 1.25 mA/LSB"},
	}},
	{Addr: regTipVoltage, Name: "TIP Voltage Sense", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "VTIP", Hi: 7, Lo: 0, Access: register.ReadOnly, Doc: "TIP Voltage Sense; -0.376 V/LSB"},
	}},
	{Addr: regRingVoltage, Name: "RING Voltage Sense", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "VRING", Hi: 7, Lo: 0, Access: register.ReadOnly, Doc: "RING Voltage Sense; -0.376 V/LSB"},
	}},
	{Addr: regBattery1, Name: "Battery Voltage Sense 1", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "VBATS1", Hi: 7, Lo: 0, Access: register.ReadOnly, Doc: "Battery Voltage Sense 1; -0.376 V/LSB"},
	}},
	{Addr: regBattery2, Name: "Battery Voltage Sense 2", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "VBATS2", Hi: 7, Lo: 0, Access: register.ReadOnly, Doc: "Battery Voltage Sense 2; -0.376 V/LSB"},
	}},
	{Addr: regCurrentQ1, Name: "Transistor 1 Current Sense", Unknown: 0xff, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "IQ1", Hi: 7, Lo: 0, Access: register.ReadOnly, Doc: "Transistor 1 Current Sense; 0.319 mA/LSB"},
	}},
	{Addr: regCurrentQ2, Name: "Transistor 2 Current Sense", Unknown: 0xff, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "IQ2", Hi: 7, Lo: 0, Access: register.ReadOnly, Doc: "Transistor 2 Current Sense; 0.319 mA/LSB"},
	}},
	{Addr: regCurrentQ3, Name: "Transistor 3 Current Sense", Unknown: 0xff, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "IQ3", Hi: 7, Lo: 0, Access: register.ReadOnly, Doc: "Transistor 3 Current Sense; 37.6 uA/LSB"},
	}},
	{Addr: regCurrentQ4, Name: "Transistor 4 Current Sense", Unknown: 0xff, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "IQ4", Hi: 7, Lo: 0, Access: register.ReadOnly, Doc: "Transistor 4 Current Sense; 37.6 uA/LSB"},
	}},
	{Addr: regCurrentQ5, Name: "Transistor 5 Current Sense", Unknown: 0xff, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "IQ5", Hi: 7, Lo: 0, Access: register.ReadOnly, Doc: "Transistor 5 Current Sense; 0.316 mA/LSB"},
	}},
	{Addr: regCurrentQ6, Name: "Transistor 6 Current Sense", Unknown: 0xff, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "IQ6", Hi: 7, Lo: 0, Access: register.ReadOnly, Doc: "Transistor 6 Current Sense; 0.316 mA/LSB"},
	}},
	{Addr: regDCPeriod, Name: "DC-DC Converter PWM Period", Reset: 0xff, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "DCN", Hi: 7, Lo: 0, Doc: "DC-DC Converter Period; 61.035 ns/LSB, 0x40=3.906us..0xFF=15.564us; bit 6 fixed 1"},
	}},
	{Addr: regDCDelay, Name: "DC-DC Converter Switching Delay", Reset: 0x14, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "DCCAL", Hi: 7, Lo: 7, Doc: "DC-DC Converter Peak Current Monitor Calibration Status"},
		{Name: "DCPOL", Hi: 5, Lo: 5, Access: register.ReadOnly, Doc: "DC-DC Converter Feed Forward Pin (DCFF) Polarity"},
		{Name: "DCTOF", Hi: 4, Lo: 0, Doc: "DC-DC Converter Minimum Off Time"},
	}},
	{Addr: regDCWidth, Name: "DC-DC Converter PWM Pulse Width", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "DCPW", Hi: 7, Lo: 0, Access: register.ReadOnly, Doc: "DC-DC Converter Pulse Width"},
	}},
	{Addr: regCalibrate1, Name: "Calibration Control/Status Register 1", Reset: 0x1f, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "CAL", Hi: 6, Lo: 6, Doc: "Calibration Control/Status Bit"},
		{Name: "CALSP", Hi: 5, Lo: 5, Doc: "Calibration Speedup"},
		{Name: "CALR", Hi: 4, Lo: 4, Doc: "RING Gain Mismatch Calibration"},
		{Name: "CALT", Hi: 3, Lo: 3, Doc: "TIP Gain Mismatch Calibration"},
		{Name: "CALD", Hi: 2, Lo: 2, Doc: "Differential DAC Gain Calibration"},
		{Name: "CALC", Hi: 1, Lo: 1, Doc: "Common Mode DAC Gain Calibration"},
		{Name: "CALIL", Hi: 0, Lo: 0, Doc: "ILIM Calibration"},
	}},
	{Addr: regCalibrate2, Name: "Calibration Control/Status Register 2", Reset: 0x1f, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "CALM1", Hi: 4, Lo: 4, Doc: "Monitor ADC Calibration 1"},
		{Name: "CALM2", Hi: 3, Lo: 3, Doc: "Monitor ADC Calibration 2"},
		{Name: "CALDAC", Hi: 2, Lo: 2, Doc: "DAC Calibration"},
		{Name: "CALADC", Hi: 1, Lo: 1, Doc: "ADC Calibration"},
		{Name: "CALCM", Hi: 0, Lo: 0, Doc: "Common Mode Balance Calibration"},
	}},
	{Addr: regCalRing, Name: "RING Gain Mismatch Calibration Result", Reset: 0x10, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "CALGMR", Hi: 4, Lo: 0, Doc: "Gain Mismatch of IE Tracking Loop for RING Current"},
	}},
	{Addr: regCalTip, Name: "TIP Gain Mismatch Calibration Result", Reset: 0x10, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "CALGMT", Hi: 4, Lo: 0, Doc: "Gain Mismatch of IE Tracking Loop for TIP Current"},
	}},
	{Addr: regCalDifferential, Name: "Differential Loop Current Gain Calibration Result", Reset: 0x11, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "CALGD", Hi: 4, Lo: 0, Doc: "Differential DAC Gain Calibration Result"},
	}},
	{Addr: regCalCommon, Name: "Common Mode Loop Current Gain Calibration Result", Reset: 0x11, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "CALGC", Hi: 4, Lo: 0, Doc: "Common Mode DAC Gain Calibration Result"},
	}},
	{Addr: regCalLimit, Name: "Current Limit Calibration Result", Reset: 0x08, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "CALGIL", Hi: 3, Lo: 0, Doc: "Current Limit Calibration Result"},
	}},
	{Addr: regCalMonitor, Name: "Monitor ADC Offset Calibration Result", Reset: 0x88, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "CALMG1", Hi: 7, Lo: 4, Doc: "Monitor ADC Offset Calibration Result 1"},
		{Name: "CALMG2", Hi: 3, Lo: 0, Doc: "Monitor ADC Offset Calibration Result 2"},
	}},
	{Addr: regCalOffsets, Name: "Analog DAC/ADC Offset", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "DACP", Hi: 3, Lo: 3, Doc: "Positive Analog DAC Offset"},
		{Name: "DACN", Hi: 2, Lo: 2, Doc: "Negative Analog DAC Offset"},
		{Name: "ADCP", Hi: 1, Lo: 1, Doc: "Positive Analog ADC Offset"},
		{Name: "ADCN", Hi: 0, Lo: 0, Doc: "Negative Analog ADC Offset"},
	}},
	{Addr: regCalDAC, Name: "DAC Offset Calibration Result", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "DACOF", Hi: 7, Lo: 0, Doc: "DAC Offset Calibration Result"},
	}},
	{Addr: regCalBalance, Name: "Common Mode Calibration Result", Reset: 0x20, Absent: true, Source: "Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "CMBAL", Hi: 5, Lo: 0, Doc: "Common Mode Calibration Result"},
	}},
	{Addr: regCalPeak, Name: "DC Peak Current Monitor Calibration Result", Reset: 0x08, Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "CMDCPK", Hi: 3, Lo: 0, Doc: "DC Peak Current Monitor Calibration Result"},
	}},
	{Addr: regEnhance, Name: "Enhancement Enable", Source: "Si3215 Rev 0.92, Si3230 Rev 0.96", Fields: []register.Field{
		{Name: "ILIMEN", Hi: 7, Lo: 7, Doc: "Current Limit Increase"},
		{Name: "FSKEN", Hi: 6, Lo: 6, Doc: "FSK Generation Enhancement"},
		{Name: "DCSU", Hi: 5, Lo: 5, Doc: "DC-DC Converter Control Speedup"},
		{Name: "ZSEXT", Hi: 4, Lo: 4, Absent: true, Doc: "Impedance Internal Reference Resistor Disable"},
		{Name: "SWDB", Hi: 3, Lo: 3, Absent: true, Doc: "Battery Switch Debounce"},
		{Name: "LCVE", Hi: 2, Lo: 2, Doc: "Voltage-Based Loop Closure"},
		{Name: "DCFIL", Hi: 1, Lo: 1, Doc: "DC-DC Converter Squelch"},
		{Name: "HYSTEN", Hi: 0, Lo: 0, Doc: "Loop Closure Hysteresis Enable"},
	}},
}

// An Indirect is one of the 16-bit registers behind IDA and IAA (data sheet section 4). They are undefined after reset.
type Indirect struct {
	Addr   uint8  // in the Si3210
	Addr15 int16  // in the Si3215; -1: not there
	Name   string // data sheet
	Bits   uint8  // significant bits
	Init   uint16 // what the drivers in the open write at start
}

// Indirects are the indirect registers, by the address in the Si3210.
var Indirects = []Indirect{
	{0, -1, "ROW0", 16, 0x55C2},
	{1, -1, "ROW1", 16, 0x51E6},
	{2, -1, "ROW2", 16, 0x4B85},
	{3, -1, "ROW3", 16, 0x4937},
	{4, -1, "COL", 16, 0x3333},
	{5, -1, "FWDTW", 16, 0x0202},
	{6, -1, "REVTW", 16, 0x0202},
	{7, -1, "ROWREL", 16, 0x0198},
	{8, -1, "COLREL", 16, 0x0198},
	{9, -1, "ROW2H", 16, 0x0611},
	{10, -1, "COL2", 16, 0x0202},
	{11, -1, "PWRMIN", 16, 0x00E5},
	{12, -1, "HOTL", 16, 0x0A1C},
	{13, 0, "OSC1", 16, 0x7B30},
	{14, 1, "OSC1X", 16, 0x0063},
	{15, 2, "OSC1Y", 16, 0x0000},
	{16, 3, "OSC2", 16, 0x7870},
	{17, 4, "OSC2X", 16, 0x007D},
	{18, 5, "OSC2Y", 16, 0x0000},
	{19, 6, "ROFF", 6, 0x0000},
	{20, 7, "RCO", 16, 0x7EF0},
	{21, 8, "RNGX", 16, 0x0160},
	{22, 9, "RNGY", 16, 0x0000},
	{23, -1, "PLSD", 16, 0x2000},
	{24, -1, "PLSX", 16, 0x2000},
	{25, -1, "PLSCO", 16, 0x0000},
	{26, 13, "DACG", 12, 0x2000},
	{27, 14, "ADCG", 12, 0x4000},
	{28, 15, "LCRT", 6, 0x1000},
	{29, 16, "RPTP", 6, 0x3600},
	{30, 17, "CML", 6, 0x1000},
	{31, 18, "CMH", 6, 0x0200},
	{32, 19, "PPT12", 8, 0x07C0},
	{33, 20, "PPT34", 8, 0x2600},
	{34, 21, "PPT56", 8, 0x1B80},
	{35, 22, "NCLR", 13, 0x8000},
	{36, 23, "NRTP", 13, 0x0320},
	{37, 24, "NQ12", 13, 0x008C},
	{38, 25, "NQ34", 13, 0x0100},
	{39, 26, "NQ56", 13, 0x0010},
	{40, 27, "VCMR", 4, 0x0C00},
	{41, 64, "VMIND", 4, 0x0C00},
	{42, -1, "reserved", 16, 0x1000},
	{43, 66, "LCRTL", 6, 0x1000},
	{99, 69, "FSK0X", 16, 0x00DA},
	{100, 70, "FSK0", 16, 0x6B60},
	{101, 71, "FSK1X", 16, 0x0074},
	{102, 72, "FSK1", 16, 0x79C0},
	{103, 73, "FSK01", 16, 0x1120},
	{104, 74, "FSK10", 16, 0x3BE0}}
