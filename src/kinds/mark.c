/* The ownership mark. Its text is compared with the description as read, so the order of its members is part of the form. */
#include "kinds/mark.h"

#include <assert.h>
#include <string.h>

enum { MARK_DEPTH = 8 };

static const char manager[] = "tflb.dev";

char *mark_text(const struct identity *who, const char *role, const cJSON *note)
{
	cJSON *mark = cJSON_CreateObject();
	char *text;

	json_set_text(mark, "manager", manager);
	json_set_text(mark, "cluster", who->cluster);
	json_set_text(mark, "namespace", who->namespace);
	json_set_text(mark, "name", who->name);
	json_set_text(mark, "uid", who->uid);
	json_set_text(mark, "role", role);
	if (note)
		json_set(mark, "note", json_copy(note));
	text = json_print(mark);
	assert(strlen(text) <= MARK_MAX);
	return text;
}

char *mark_with_note(const char *description, const cJSON *note)
{
	cJSON *mark = json_parse_text(description);
	char *text;

	json_remove(mark, "note");
	if (note)
		json_set(mark, "note", json_copy(note));
	text = json_print(mark);
	assert(strlen(text) <= MARK_MAX);
	return text;
}

bool mark_parse(const char *description, struct mark *mark)
{
	const struct json_limits limits = {.bytes = MARK_MAX, .depth = MARK_DEPTH};
	cJSON *tree;

	if (!description || description[0] != '{')
		return false;
	tree = json_parse(description, strlen(description), limits, NULL);
	if (!text_equal(json_text(tree, "manager"), manager))
		return false;
	*mark = (struct mark){
		.cluster = json_text(tree, "cluster"),
		.namespace = json_text(tree, "namespace"),
		.name = json_text(tree, "name"),
		.uid = json_text(tree, "uid"),
		.role = json_text(tree, "role"),
		.note = json_member(tree, "note"),
	};
	return mark->cluster && mark->namespace && mark->name && mark->uid && mark->role;
}

bool mark_released(const cJSON *body)
{
	return text_equal(json_text(json_member(body, "labels"), "tflb-released"), "true");
}

static bool bears_id(const char *name, const struct identity *who)
{
	char prefix[MODEL_NAME_SIZE];

	model_prefix(who->id, prefix);
	return text_starts(name, prefix);
}

enum mark_owner mark_compare(const struct mark *mark, const struct identity *who, const char *name)
{
	if (!mark)
		return MARK_NONE;
	if (!text_equal(mark->cluster, who->cluster))
		return MARK_OTHER;
	if (!text_equal(mark->namespace, who->namespace) || !text_equal(mark->name, who->name))
		return who->holds && bears_id(name, who) ? MARK_PREDECESSOR : MARK_OTHER;
	return text_equal(mark->uid, who->uid) ? MARK_OURS : MARK_PREDECESSOR;
}
