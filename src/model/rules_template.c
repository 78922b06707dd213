/* Rules of one machine: spec.template, and of what pools say over it. */
#include "base/str.h"
#include "model/rules.h"

static bool map_has(const struct lb_map *map, const char *key)
{
	for (size_t i = 0; i < map->count; i++) {
		if (text_equal(map->items[i].key, key))
			return true;
	}
	return false;
}

bool rules_all_keys(const struct lb_map *map, bool (*good)(const char *key))
{
	for (size_t i = 0; i < map->count; i++) {
		if (!good(map->items[i].key))
			return false;
	}
	return true;
}

static bool is_not_ours(const char *text)
{
	return !text_starts(text, "tflb-");
}

static bool keys_not_ours(const void *self, const void *old)
{
	return rules_all_keys(self, is_not_ours);
}

static bool metadata_keys_fit(const void *self, const void *old)
{
	return rules_all_keys(self, pattern_is_metadata_key);
}

static bool without_startup_script(const void *self, const void *old)
{
	return !map_has(self, "startup-script");
}

static bool without_container_declaration(const void *self, const void *old)
{
	return !map_has(self, "gce-container-declaration");
}

static bool without_tf_config(const void *self, const void *old)
{
	return !map_has(self, "tf-config");
}

const struct rule metadata_rules[] = {
	{
		.cel = "!('startup-script' in self)",
		.message = "write the startup script into template.startupScript",
		.holds = without_startup_script,
	},
	{
		.cel = "!('gce-container-declaration' in self)",
		.message = "containers by metadata declaration are withdrawn by Google; start the container from "
			   "template.startupScript",
		.holds = without_container_declaration,
	},
	{
		.cel = "!('tf-config' in self)",
		.message = "tf-config is a key of the controller's own; use another one",
		.holds = without_tf_config,
	},
	{
		.cel = "self.all(k, !k.startsWith('tflb-'))",
		.message = "metadata keys that begin with tflb- are the controller's own",
		.holds = keys_not_ours,
	},
	{
		.cel = "self.all(k, k.matches('^[a-zA-Z0-9_-]{1,128}$'))",
		.message = "a metadata key holds 1 to 128 letters, digits, _ and -",
		.holds = metadata_keys_fit,
	},
	{.cel = NULL},
};

static bool label_keys_fit(const void *self, const void *old)
{
	return rules_all_keys(self, pattern_is_label_key);
}

const struct rule labels_rules[] = {
	{
		.cel = "self.all(k, k.matches('^[a-z][a-z0-9_-]{0,62}$'))",
		.message = "a label key starts with a lower-case letter and holds at most 63 lower-case letters, "
			   "digits, _ and -",
		.holds = label_keys_fit,
	},
	{
		.cel = "self.all(k, !k.startsWith('tflb-'))",
		.message = "label keys that begin with tflb- are the controller's own",
		.holds = keys_not_ours,
	},
	{.cel = NULL},
};

static bool tags_not_ours(const void *self, const void *old)
{
	const struct lb_texts *tags = self;
	for (size_t i = 0; i < tags->count; i++) {
		if (!is_not_ours(tags->items[i]))
			return false;
	}
	return true;
}

const struct rule tags_rules[] = {
	{
		.cel = "self.all(t, !t.startsWith('tflb-'))",
		.message = "tags that begin with tflb- are the controller's own",
		.holds = tags_not_ours,
	},
	{.cel = NULL},
};
