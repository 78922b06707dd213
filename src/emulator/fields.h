/* The `fields` parameter: which members of an answer are wanted. */
#pragma once

#include <stdbool.h>

#include "base/json.h"
#include "emulator/refusal.h"
#include "emulator/schema.h"

/* A copy of body with the members that selector names. Unknown members of message (NULL: unchecked) are refused: NULL. */
cJSON *emu_fields_select(const struct emu_schema *schema, const char *message, const char *selector, const cJSON *body,
	struct emu_refusal *refusal);
