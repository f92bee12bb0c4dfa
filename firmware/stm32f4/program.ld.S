/* One script for the bootloader and both slots: ORIGIN_, LENGTH_ and KEYS_ come from the Makefile. */
MEMORY
{
	flash (rx) : ORIGIN = ORIGIN_, LENGTH = LENGTH_
	ram (rwx) : ORIGIN = 0x20000000, LENGTH = 0x1ff00 /* of the 128 KB that the smallest of the chips has */
	noinit (rw) : ORIGIN = 0x2001ff00, LENGTH = 0x100
}

ENTRY(reset_handler)

SECTIONS
{
	.text : {
		KEEP(*(.vectors))
		. = 0x1c0;
		KEEP(*(.descriptor))
		. = 0x200;
		KEEP(*(.keys))
		*(.text .text.*)
		*(.rodata .rodata.*)
		. = ALIGN(8);
	} > flash
	.data : {
		data_start = .;
		*(.data .data.*)
		. = ALIGN(4);
		data_end = .;
	} > ram AT > flash
	data_load = LOADADDR(.data);
	.bss (NOLOAD) : {
		bss_start = .;
		*(.bss .bss.* COMMON)
		. = ALIGN(8);
		bss_end = .;
	} > ram
	.noinit (NOLOAD) : {
		*(.noinit)
	} > noinit
	stack_top = ORIGIN(ram) + LENGTH(ram);
	ASSERT(bss_end + STACK_ <= stack_top, "no room left for the stack")
	/DISCARD/ : { *(.ARM.exidx*) *(.ARM.attributes) *(.comment) }
}
