/* Names that the user gives: which of them a want takes, and what a resource that is fixed at birth must be like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sample.h"

#define NAMES                                                                                                          \
	"{\"adoptionPolicy\":\"Adopt\",\"resourceNames\":{\"address\":\"web-ip\",\"firewall\":\"web-wall\","           \
	"\"health-check\":\"web-check\",\"backend/default\":\"web-service\",\"http-rule\":\"web-rule\","               \
	"\"group/w\":\"web-group\"}}"

/* What is wanted while these are there. */
static struct wants wants_beside(const struct sample *sample, struct node *items[], size_t count)
{
	struct kind_context context = {
		.lb = &sample->lb, .who = &sample->who, .nodes = {.items = items, .count = count}};
	struct wants wants = {0};

	kinds_want(&context, &wants);
	return wants;
}

static const char *name_of(const struct wants *wants, enum kind_id kind, const char *role)
{
	const struct want *want = wants_find(wants, kind, role);

	assert_string_equal(want->name, json_text(want->body, "name"));
	return want->name;
}

static void given_names_are_taken(void **state)
{
	JSON_WORK(work);
	struct sample sample;
	const struct want *map;

	sample_make(&sample, NAMES);
	assert_string_equal(name_of(&sample.wants, KIND_ADDRESS, "address"), "web-ip");
	assert_string_equal(name_of(&sample.wants, KIND_FIREWALL, "firewall"), "web-wall");
	assert_string_equal(name_of(&sample.wants, KIND_HEALTH_CHECK, "health-check"), "web-check");
	assert_string_equal(name_of(&sample.wants, KIND_BACKEND_SERVICE, "backend-default"), "web-service");
	assert_string_equal(name_of(&sample.wants, KIND_FORWARDING_RULE, "http-rule"), "web-rule");
	assert_string_equal(name_of(&sample.wants, KIND_GROUP, "group-w"), "web-group");
	assert_true(text_starts(name_of(&sample.wants, KIND_HEALTH_CHECK, "healing"), "tflb-"));
	assert_true(text_starts(name_of(&sample.wants, KIND_INSTANCE_TEMPLATE, "template-w"), "tflb-"));
	/* What refers to them follows. */
	map = wants_find(&sample.wants, KIND_URL_MAP, "url-map");
	assert_string_equal(
		json_text(map->body, "defaultService"), "projects/my-project/global/backendServices/web-service");
	assert_string_equal(json_text(wants_find(&sample.wants, KIND_BACKEND_SERVICE, "backend-default")->body,
				    "backends[0].group"),
		"https://www.googleapis.com/compute/v1/projects/my-project/zones/us-central1-a/instanceGroups/"
		"web-group");
}

static void roles_have_kinds(void **state)
{
	JSON_WORK(work);
	const struct kind *kind;

	assert_string_equal(kinds_given_role("group/cpu", &kind), "group-cpu");
	assert_int_equal(kind->id, KIND_GROUP);
	assert_string_equal(kinds_given_role("backend/default", &kind), "backend-default");
	assert_int_equal(kind->id, KIND_BACKEND_SERVICE);
	assert_string_equal(kinds_given_role("healing", &kind), "healing");
	assert_int_equal(kind->id, KIND_HEALTH_CHECK);
	assert_string_equal(kinds_given_role("heal/cpu", &kind), "heal-cpu");
	assert_int_equal(kind->id, KIND_HEALTH_CHECK);
	assert_string_equal(kinds_given_role("scaler/cpu", &kind), "scaler-cpu");
	assert_int_equal(kind->id, KIND_AUTOSCALER);
	assert_string_equal(kinds_given_role("check/v2", &kind), "check-v2");
	assert_int_equal(kind->id, KIND_HEALTH_CHECK);
}

/* One member of a resource that somebody else made, and whether there is a successor. */
static const struct {
	enum kind_id kind;
	const char *role, *merge;
	bool replaced;
} STRANGERS[] = {
	{KIND_FORWARDING_RULE, "http-rule", "{}", false},
	{KIND_FORWARDING_RULE, "http-rule", "{\"portRange\":\"80-80\"}", false},
	{KIND_FORWARDING_RULE, "http-rule", "{\"portRange\":\"81-81\"}", true},
	{KIND_FORWARDING_RULE, "http-rule", "{\"loadBalancingScheme\":\"EXTERNAL\"}", false},
	{KIND_FORWARDING_RULE, "http-rule", "{\"target\":\"global/targetHttpProxies/x\"}", false},
	{KIND_FIREWALL, "firewall",
		"{\"network\":\"https://www.googleapis.com/compute/v1/projects/my-project/global/networks/default\"}",
		false},
	{KIND_FIREWALL, "firewall", "{\"network\":\"projects/my-project/global/networks/other\"}", true},
	{KIND_FIREWALL, "firewall", "{\"direction\":\"EGRESS\"}", true},
	{KIND_FIREWALL, "firewall", "{\"priority\":7}", false},
	{KIND_GROUP, "group-w", "{\"baseInstanceName\":\"other\"}", false},
};

static void what_is_fixed_has_a_successor(void **state)
{
	for (size_t i = 0; i < sizeof(STRANGERS) / sizeof(STRANGERS[0]); i++) {
		JSON_WORK(work);
		struct sample sample;
		struct node node, successor;
		struct node *items[] = {&node, &successor};
		struct wants wants;
		const char *ours;

		sample_make(&sample, NAMES);
		node = sample_node(wants_find(&sample.wants, STRANGERS[i].kind, STRANGERS[i].role));
		node.presence = NODE_FOREIGN;
		json_merge(node.seen, json_parse_text(STRANGERS[i].merge));
		wants = wants_beside(&sample, items, 1);
		ours = name_of(&wants, STRANGERS[i].kind, STRANGERS[i].role);
		assert_int_equal(text_starts(ours, "tflb-"), STRANGERS[i].replaced);
		if (!STRANGERS[i].replaced)
			continue;
		/* It stays the one that is wanted when the other is gone. */
		successor = sample_node(wants_find(&wants, STRANGERS[i].kind, STRANGERS[i].role));
		node.presence = NODE_ABSENT;
		node.seen = NULL;
		wants = wants_beside(&sample, items, 2);
		assert_string_equal(name_of(&wants, STRANGERS[i].kind, STRANGERS[i].role), ours);
	}
}

/* Who may not take over does not go round it either. */
static void never_is_a_conflict(void **state)
{
	JSON_WORK(work);
	struct sample sample;
	struct node node;
	struct node *items[] = {&node};
	struct wants wants;

	sample_make(&sample, "{\"resourceNames\":{\"http-rule\":\"web-rule\"}}");
	node = sample_node(wants_find(&sample.wants, KIND_FORWARDING_RULE, "http-rule"));
	node.presence = NODE_FOREIGN;
	json_set_text(node.seen, "portRange", "81-81");
	wants = wants_beside(&sample, items, 1);
	assert_string_equal(name_of(&wants, KIND_FORWARDING_RULE, "http-rule"), "web-rule");
}

/* The user's own name of machines counts, and so does the address that is wanted. */
static void what_the_user_says_is_fixed(void **state)
{
	JSON_WORK(work);
	struct sample sample;
	struct node nodes[2];
	struct node *items[] = {&nodes[0], &nodes[1]};
	struct wants wants;

	sample_make(&sample, "{\"adoptionPolicy\":\"Adopt\",\"resourceNames\":{\"group/"
			     "w\":\"web-group\",\"http-rule\":\"web-rule\"},"
			     "\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\",\"baseInstanceName\":\"mine\"}]}");
	nodes[0] = sample_node(wants_find(&sample.wants, KIND_GROUP, "group-w"));
	json_set_text(nodes[0].seen, "baseInstanceName", "other");
	nodes[1] = sample_node(wants_find(&sample.wants, KIND_ADDRESS, "address"));
	json_set_text(nodes[1].seen, "address", "34.1.2.3");
	wants = wants_beside(&sample, items, 2);
	assert_true(text_starts(name_of(&wants, KIND_GROUP, "group-w"), "tflb-"));
	nodes[0] = sample_node(wants_find(&sample.wants, KIND_FORWARDING_RULE, "http-rule"));
	wants = wants_beside(&sample, items, 2); /* it is as we sent it */
	assert_string_equal(name_of(&wants, KIND_FORWARDING_RULE, "http-rule"), "web-rule");
	json_set_text(nodes[0].seen, "IPAddress", "34.1.2.3");
	wants = wants_beside(&sample, items, 2);
	assert_string_equal(name_of(&wants, KIND_FORWARDING_RULE, "http-rule"), "web-rule");
	json_set_text(nodes[0].seen, "IPAddress", "34.9.9.9");
	wants = wants_beside(&sample, items, 2);
	assert_true(text_starts(name_of(&wants, KIND_FORWARDING_RULE, "http-rule"), "tflb-"));
}

static const char *fixed_member(const struct sample *sample, enum kind_id kind, const char *role, const char *merge)
{
	const struct want *want = wants_find(&sample->wants, kind, role);
	struct kind_context context = {.lb = &sample->lb, .who = &sample->who};
	cJSON *seen = json_merge(json_copy(want->body), json_parse_text(merge));

	return kind_at(kind)->fixed(&context, want, seen);
}

static void what_has_no_successor(void **state)
{
	JSON_WORK(work);
	struct sample sample;

	sample_make(&sample, NAMES);
	assert_null(fixed_member(&sample, KIND_BACKEND_SERVICE, "backend-default", "{\"timeoutSec\":7}"));
	assert_string_equal(fixed_member(&sample, KIND_BACKEND_SERVICE, "backend-default",
				    "{\"loadBalancingScheme\":\"EXTERNAL\"}"),
		"loadBalancingScheme");
	assert_null(fixed_member(&sample, KIND_ADDRESS, "address", "{\"address\":\"34.1.2.3\"}"));
	assert_string_equal(
		fixed_member(&sample, KIND_ADDRESS, "address", "{\"addressType\":\"INTERNAL\"}"), "addressType");
	assert_string_equal(
		fixed_member(&sample, KIND_ADDRESS, "address", "{\"address\":\"2600:1901::1\"}"), "ipVersion");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(given_names_are_taken),
		cmocka_unit_test(roles_have_kinds),
		cmocka_unit_test(what_is_fixed_has_a_successor),
		cmocka_unit_test(never_is_a_conflict),
		cmocka_unit_test(what_the_user_says_is_fixed),
		cmocka_unit_test(what_has_no_successor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
