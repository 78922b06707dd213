#include "emulator/group_options.h"

#include <string.h>

#include "base/str.h"
#include "emulator/resource.h"

/* Properties of all machines. */
static bool check_config(struct emu_call *call, const cJSON *body)
{
	enum { KEY_MAX = 128, VALUE_MAX = 262144 };
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	static const char at[] = "allInstancesConfig.properties.metadata";
	const cJSON *item;

	cJSON_ArrayForEach(item, json_at(body, at))
	{
		size_t length = strlen(item->string);

		if (!length || length > KEY_MAX || item->string[strspn(item->string, allowed)])
			return emu_refuse_field(&call->refusal, at, item->string,
				"Metadata keys must be a match of regex '[a-zA-Z0-9-_]{1,128}'.");
		if (strlen(item->valuestring) > VALUE_MAX)
			return emu_refuse_field(&call->refusal, at, item->string,
				"Metadata values have at most %d characters.", VALUE_MAX);
	}
	return emu_check_labels(call, body, "allInstancesConfig.properties.labels");
}

bool emu_group_check_options(struct emu_call *call, const cJSON *body, const cJSON *before)
{
	return check_config(call, body);
}
