/* The comparison: kind, wanted body, seen body. What it says is still to be sent is all that is: once it was sent, nothing is. */
#include "fuzz.h"

#include "base/str.h"
#include "plan/diff.h"

static const struct kind *kind_of(struct part name)
{
	for (int id = 0; id < KINDS; id++)
		if (text_equal(kind_at((enum kind_id)id)->name, part_text(name)))
			return kind_at((enum kind_id)id);
	return kind_at((enum kind_id)(part_number(name) % KINDS));
}

/* A verb sets one member, which may stand in an object: "a.b". */
static void set_at(cJSON *object, const char *path, const cJSON *value)
{
	const char *dot = strchr(path, '.');
	const char *name = dot ? arena_strndup(json_arena(), path, (size_t)(dot - path)) : path;
	cJSON *inner = json_member(object, name);
	if (!dot) {
		json_set(object, name, diff_insert_body(value));
		return;
	}
	if (!cJSON_IsObject(inner))
		inner = json_set_object(object, name);
	set_at(inner, dot + 1, value);
}

static cJSON *apply(const struct diff *diff, const cJSON *seen)
{
	cJSON *after = json_copy(seen);
	if (diff->patch)
		after = json_merge(after, diff->patch);
	for (int i = 0; i < diff->verb_count; i++)
		set_at(after, diff->verbs[i].path, diff->verbs[i].value);
	return after;
}

/* An array of members with keys may lack them, or have one twice, and a name may be empty: no kind wants that. */
static bool is_plausible(const struct kind *kind, const cJSON *want)
{
	return !strstr(json_print(want), "\"\":") && !diff_make(kind, "my-project", want, diff_insert_body(want)).path;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	JSON_WORK(work);
	struct input input = {(const char *)bytes, length, false};
	struct part name, want_text, seen_text;
	input_part(&input, &name);
	input_part(&input, &want_text);
	input_part(&input, &seen_text);
	const cJSON *want = part_json(want_text), *seen = part_json(seen_text);
	const struct kind *kind = kind_of(name);
	if (!cJSON_IsObject(want) || !cJSON_IsObject(seen) || !is_plausible(kind, want))
		return 0;
	struct diff diff = diff_make(kind, "my-project", want, seen);
	bool nothing = !diff.patch && !diff.verb_count;
	assert(nothing == !diff.path && !diff.patch == !diff.patched);
	const cJSON *after = apply(&diff, seen);
	assert(nothing ? json_equal(after, seen) : true);
	struct diff again = diff_make(kind, "my-project", want, after);
	assert(!again.path);
	return 0;
}
