#include "emulator/fingerprint.h"

#include "base/str.h"

char *emu_fingerprint(uint64_t bytes)
{
	AUTO_STR struct str text = STR_INIT(64);

	str_add_base64(&text, &bytes, sizeof(bytes), true);
	return arena_printf(json_arena(), "%s%s", str_text(&text), text_ends(str_text(&text), "=") ? "" : "=");
}

char *emu_fingerprint_of(const cJSON *content)
{
	return emu_fingerprint(hash_text(content ? json_print_canonical(content) : ""));
}
