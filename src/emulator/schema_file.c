/* Puts compute-v1-schema.json into the library as it is. EMU_SCHEMA_FILE, its path, comes from the build. */
#include "emulator/schema_file.h"

__asm__(".pushsection .rodata\n"
	".global emu_schema_text, emu_schema_text_end\n"
	".type emu_schema_text, @object\n"
	"emu_schema_text:\n"
	".incbin \"" EMU_SCHEMA_FILE "\"\n"
	"emu_schema_text_end:\n"
	".byte 0\n"
	".popsection\n");
