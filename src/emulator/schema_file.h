/* The built-in copy of compute-v1-schema.json: from text to end, a zero byte behind it. */
#pragma once

extern const char emu_schema_text[];
extern const char emu_schema_text_end[];
