/* A policy, an object, the labels of the namespace (a JSON object of texts), and another policy. What is not understood allows nothing more, a refusal
 * says so in a sentence, and one policy more never takes away what another allows. */
#include "fuzz.h"

#include "base/str.h"
#include "policy/judge.h"

enum { LABELS_MAX = 16 };

static struct lb_map labels_of(struct part part)
{
	struct lb_map labels = {.items = arena_alloc(json_arena(), LABELS_MAX * sizeof(struct lb_pair))};
	const cJSON *each;
	cJSON_ArrayForEach(each, part_json(part))
	{
		if (each->string && cJSON_IsString(each) && labels.count < LABELS_MAX)
			labels.items[labels.count++] = (struct lb_pair){each->string, each->valuestring};
	}
	return labels;
}

static bool same(const struct policy_verdict *a, const struct policy_verdict *b)
{
	return a->allowed == b->allowed && text_equal(a->identity, b->identity) && text_equal(a->message, b->message);
}

static struct policy_verdict ask(
	const struct policy *policies, size_t count, const struct lb *lb, const struct lb_map *labels)
{
	struct policy_question question = {
		.policies = policies, .count = count, .labels = labels, .lb = lb, .home = "my-project"};
	struct policy_verdict verdict = policy_judge(&question), again = policy_judge(&question);
	assert(same(&verdict, &again));
	struct error err = {0};
	if (!verdict.allowed)
		error_set(&err, ERROR_REJECTED, "%s", verdict.message);
	assert(verdict.allowed || is_error(&err));
	return verdict;
}

static void judge(const struct policy policies[2], size_t count, const struct lb *lb, const struct lb_map *labels)
{
	struct policy_verdict verdict = ask(policies, 1, lb, labels);
	/* Where none holds the built-in one does. */
	if (!policy_selects(&policies[0], labels))
		assert(verdict.allowed == ask(policies, 0, lb, labels).allowed);
	else if (verdict.allowed && count == 2)
		assert(ask(policies, 2, lb, labels).allowed);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	JSON_WORK(work);
	struct input input = {(const char *)bytes, length, false};
	struct part policy_text, object_text, labels_text, other_text;
	struct policy policies[2] = {0}, again = {0}, *policy = policies;
	struct lb lb = {0};
	struct error err = {0};
	input_part(&input, &policy_text);
	input_part(&input, &object_text);
	input_part(&input, &labels_text);
	input_part(&input, &other_text);
	const cJSON *tree = part_json(policy_text), *object = part_json(object_text);
	struct lb_map labels = labels_of(labels_text);
	if (!policy_parse(tree, policy))
		return 0;
	assert(policy->name && policy_parse(tree, &again) && text_equal(policy->trouble, again.trouble));
	assert(!policy->trouble || *policy->trouble);
	assert(policy_selects(policy, &labels) == policy_selects(&again, &labels));
	assert(!policy->trouble || policy->selector_known || policy_selects(policy, &labels));
	bool has_other = policy_parse(part_json(other_text), &policies[1]);
	if (cJSON_IsObject(object) && model_parse(object, &lb, &err))
		judge(policies, 1 + has_other, &lb, &labels);
	return 0;
}
