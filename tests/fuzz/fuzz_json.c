/* JSON from outside: a text, and a merge patch for it. What was parsed prints, and what was printed is the same again; picking
 * from text finds what the tree has; memory is bounded by the text's length. */
#include "fuzz.h"

#include "base/str.h"

enum { BYTES_PER_BYTE = 160, BYTES_AT_LEAST = 16 * 1024 };

static void prints(const cJSON *tree)
{
	char *text = json_print(tree), *sorted = json_print_canonical(tree);
	const cJSON *again = json_parse(text, strlen(text), (struct json_limits){0}, NULL);
	assert(json_equal(tree, again));
	assert(text_equal(json_print(again), text));
	again = json_parse_text(sorted);
	assert(json_equal(tree, again) && json_equal(again, tree));
	assert(text_equal(json_print_canonical(again), sorted));
}

/* Texts of members of the object, as both ways find them. */
static void picks(const cJSON *tree, struct part part)
{
	const cJSON *member;
	cJSON_ArrayForEach(member, tree)
	{
		char found[256];
		struct json_pick pick = {.path = member->string};
		if (!cJSON_IsObject(tree) || !*member->string || strpbrk(member->string, ".\\\"[") ||
			!text_is_label(member->string, 200))
			continue;
		bool read = json_pick(part.text, part.length, &pick, 1);
		if (read && cJSON_IsString(member) && json_pick_text(&pick, found, sizeof(found)))
			assert(text_equal(found, member->valuestring));
		if (read && pick.text && cJSON_IsObject(member))
			assert(pick.text[0] == '{' && pick.text[pick.length - 1] == '}');
	}
}

static bool has_null(const cJSON *tree)
{
	const cJSON *each;
	cJSON_ArrayForEach(each, tree) if (cJSON_IsNull(each) || (cJSON_IsObject(each) && has_null(each))) return true;
	return false;
}

static void merges(const cJSON *tree, const cJSON *patch)
{
	cJSON *once = json_merge(json_copy(tree), patch);
	char *text = json_print_canonical(once);
	assert(text_equal(json_print_canonical(json_merge(once, patch)), text));
	if (cJSON_IsObject(patch) && cJSON_IsObject(tree) && !has_null(tree))
		assert(!has_null(json_merge(json_copy(tree), patch)));
	assert(json_equal(
		json_merge(json_copy(tree), cJSON_CreateObject()), cJSON_IsObject(tree) ? tree : cJSON_CreateObject()));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	JSON_WORK(work);
	struct input input = {(const char *)bytes, length, false};
	struct part text, patch_text;
	input_part(&input, &text);
	input_part(&input, &patch_text);
	const cJSON *tree = json_parse(text.text, text.length, (struct json_limits){0}, NULL);
	assert(arena_used(json_arena()) <= BYTES_AT_LEAST + BYTES_PER_BYTE * length);
	const cJSON *patch = part_json(patch_text);
	if (!tree)
		return 0;
	prints(tree);
	picks(tree, text);
	if (patch)
		merges(tree, patch);
	return 0;
}
