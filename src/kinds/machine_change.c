/* What a change of a template costs a machine that exists (gce-compute-v1.md 8.1): the least disruption that makes it so. Two
 * digests in the template's mark tell it without reading properties: of what only another machine can have, and of what a
 * restart brings. What is in neither reaches a machine that runs. */
#include <string.h>

#include "kinds/internal.h"
#include "kinds/machine.h"
#include "kinds/training.h"

static const char *const words[] = {"NONE", "REFRESH", "RESTART", "REPLACE"};

const char *machine_change_word(enum machine_change change)
{
	return words[change];
}

enum machine_change machine_change_of(const char *word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (text_equal(word, words[i]))
			return (enum machine_change)i;
	}
	return MACHINE_REPLACE;
}

/* Metadata can be read while a machine runs. What is only read when it boots, or when it is new, is another matter. */
static bool is_read_at_boot(const char *key)
{
	return text_starts(key, "startup-script") || text_equal(key, "install-nvidia-driver") ||
	       text_equal(key, TRAINING_SCRIPT_KEY) || text_equal(key, TRAINING_KEY);
}

static bool is_read_when_new(const char *key)
{
	return text_equal(key, "user-data"); /* by cloud-init */
}

static cJSON *metadata_that(const cJSON *properties, bool (*fits)(const char *key))
{
	cJSON *items = cJSON_CreateArray();
	const cJSON *item;

	cJSON_ArrayForEach(item, json_at(properties, "metadata.items"))
	{
		if (fits(json_text_or(item, "key", "")))
			json_add(items, json_copy(item));
	}
	return items;
}

cJSON *machine_change_note(const cJSON *properties, const char *revision)
{
	static const char *const at_restart[] = {
		"machineType", "serviceAccounts", "scheduling", "guestAccelerators", "minCpuPlatform"};
	static const char *const running[] = {"labels", "tags", "metadata"};
	cJSON *restart = cJSON_CreateObject(), *replace = json_copy(properties), *note = cJSON_CreateObject();
	char hash[HASH_SIZE];

	for (size_t i = 0; i < sizeof(at_restart) / sizeof(at_restart[0]); i++) {
		if (json_has(properties, at_restart[i]))
			json_set(restart, at_restart[i], json_copy(json_member(properties, at_restart[i])));
		json_remove(replace, at_restart[i]);
	}
	for (size_t i = 0; i < sizeof(running) / sizeof(running[0]); i++)
		json_remove(replace, running[i]);
	json_set(restart, "metadata", metadata_that(properties, is_read_at_boot));
	json_set(replace, "metadata", metadata_that(properties, is_read_when_new));
	json_set_text(replace, "revision", revision);
	hash_inputs(restart, hash);
	json_set_text(note, "restart", hash);
	hash_inputs(replace, hash);
	json_set_text(note, "replace", hash);
	json_set_text(note, "revision", revision);
	return note;
}

/* Keys of one that the other has not, or with another value. */
static enum machine_change change_of_keys(
	const cJSON *one, const cJSON *other, enum machine_change (*costs)(const char *key))
{
	enum machine_change most = MACHINE_NONE;
	const cJSON *member;

	cJSON_ArrayForEach(member, one)
	{
		enum machine_change change = costs(member->string);

		if (change > most && !text_equal(json_text(one, member->string), json_text(other, member->string)))
			most = change;
	}
	return most;
}

static enum machine_change costs_of_metadata(const char *key)
{
	return is_read_when_new(key) ? MACHINE_REPLACE : is_read_at_boot(key) ? MACHINE_RESTART : MACHINE_REFRESH;
}

static enum machine_change costs_of_label(const char *key)
{
	return MACHINE_REFRESH;
}

enum machine_change machine_change_of_config(const cJSON *from, const cJSON *to)
{
	const cJSON *before = json_member(from, "metadata"), *after = json_member(to, "metadata");
	const cJSON *labels_before = json_member(from, "labels"), *labels_after = json_member(to, "labels");
	const enum machine_change changes[] = {
		change_of_keys(before, after, costs_of_metadata),
		change_of_keys(after, before, costs_of_metadata),
		change_of_keys(labels_before, labels_after, costs_of_label),
		change_of_keys(labels_after, labels_before, costs_of_label),
	};
	enum machine_change most = MACHINE_NONE;

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		most = changes[i] > most ? changes[i] : most;
	return most;
}

/* false where one of both does not say it. */
static bool same(const struct mark *from, const struct mark *to, const char *member)
{
	const char *one = json_text(from->note, member), *other = json_text(to->note, member);

	return one && text_equal(one, other);
}

enum machine_change machine_change_between(const char *from, const char *to)
{
	struct mark before, after;

	if (!mark_parse(from, &before) || !mark_parse(to, &after) || !same(&before, &after, "replace"))
		return MACHINE_REPLACE;
	return same(&before, &after, "restart") ? MACHINE_REFRESH : MACHINE_RESTART;
}
