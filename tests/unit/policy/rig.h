/* Questions to the policies, made of the cases in tests/data. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "../model/cases.h"

#include "policy/judge.h"

enum { POLICIES_MAX = 8 };

struct asked {
	struct policy policies[POLICIES_MAX];
	struct lb_map labels;
	struct lb lb;
	struct policy_question question;
};

static inline int rig_by_name(const void *a, const void *b)
{
	return strcmp(((const struct policy *)a)->name, ((const struct policy *)b)->name);
}

static inline void rig_policy(struct asked *asked, const cJSON *patch)
{
	static const char base[] = "{\"namespaceSelector\":{},\"allow\":{\"projects\":[\"my-project\"]}}";
	cJSON *object = cJSON_CreateObject();

	json_set_text(json_set_object(object, "metadata"), "name", patch->string);
	json_set(object, "spec", json_merge(json_parse_text(base), patch));
	assert_in_range(asked->question.count, 0, POLICIES_MAX - 1);
	assert_true(policy_parse(object, &asked->policies[asked->question.count++]));
}

static inline void rig_ask(struct asked *asked, const cJSON *each)
{
	struct error err = {0};
	cJSON *spec = json_merge(
		cases_spec(NULL), json_member(each, "spec") ? json_member(each, "spec") : cJSON_CreateObject());
	const cJSON *labels = json_member(each, "labels"), *policy, *label;

	*asked = (struct asked){0};
	cJSON_ArrayForEach(policy, json_member(each, "policies")) rig_policy(asked, policy);
	qsort(asked->policies, asked->question.count, sizeof(asked->policies[0]), rig_by_name);
	asked->labels.items = arena_alloc(json_arena(), 8 * sizeof(struct lb_pair));
	cJSON_ArrayForEach(label, labels) asked->labels.items[asked->labels.count++] =
		(struct lb_pair){label->string, label->valuestring};
	if (!model_parse(cases_object(NULL, spec), &asked->lb, &err))
		fail_msg("%s: %s", json_text(each, "name"), err.message);
	asked->question.policies = asked->policies;
	asked->question.labels = &asked->labels;
	asked->question.lb = &asked->lb;
	asked->question.others = json_int(each, "others", 0);
	asked->question.home = json_text(each, "home");
	asked->question.homeless = json_bool(each, "homeless", false);
}
