/* What a change of a template costs its machines, and what a group is told of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kinds/machine.h"
#include "sample.h"

/* The mark that a template of this spec is born with. */
static const char *mark_of(const char *spec)
{
	struct sample sample;
	struct node *template = arena_alloc(json_arena(), sizeof(*template));

	sample_make(&sample, spec);
	*template = sample_node(wants_find(&sample.wants, KIND_INSTANCE_TEMPLATE, "template-w"));
	return json_text(template->kind->toward(template, &(struct nodes){0}), "description");
}

static const char *change(const char *from, const char *to)
{
	return machine_change_word(machine_change_between(mark_of(from), mark_of(to)));
}

#define T(members) "{\"template\":{" members "}}"

static void the_smallest_that_is_needed(void **state)
{
	JSON_WORK(work);
	static const struct {
		const char *to, *change;
	} rows[] = {
		{T("\"labels\":{\"a\":\"b\"}"), "REFRESH"},
		{T("\"tags\":[\"a\"]"), "REFRESH"},
		{T("\"metadata\":{\"model\":\"7\"}"), "REFRESH"},
		{T("\"startupScript\":\"#!/bin/sh\""), "RESTART"},
		{T("\"machineType\":\"n1-standard-8\""), "RESTART"},
		{T("\"serviceAccount\":\"default\""), "RESTART"},
		{T("\"minCpuPlatform\":\"Intel Skylake\""), "RESTART"},
		{T("\"provisioningModel\":\"SPOT\""), "RESTART"},
		{T("\"machineType\":\"n1-standard-8\",\"labels\":{\"a\":\"b\"}"), "RESTART"},
		{T("\"image\":\"global/images/other\""), "REPLACE"},
		{T("\"revision\":\"2\""), "REPLACE"},
		{T("\"revision\":\"2\",\"labels\":{\"a\":\"b\"}"), "REPLACE"},
		{T("\"disk\":{\"diskSizeGb\":100}"), "REPLACE"},
		{T("\"externalIP\":true"), "REPLACE"},
		{T("\"container\":{\"image\":\"a/b:1\"}"), "REPLACE"},
		{T("\"metadata\":{\"user-data\":\"#cloud-config\"}"), "REPLACE"},
		{T("\"image\":\"global/images/other\",\"machineType\":\"n1-standard-8\""), "REPLACE"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!text_equal(change("", rows[i].to), rows[i].change) ||
			!text_equal(change(rows[i].to, ""), rows[i].change))
			fail_msg("%s: %s, and back %s", rows[i].to, change("", rows[i].to), change(rows[i].to, ""));
	}
}

/* The mark of the same template, born when its family stood for image; NULL: not known yet. */
static const char *mark_pinned(const char *image)
{
	struct sample sample;
	struct node *template = arena_alloc(json_arena(), sizeof(*template)),
		    *family = arena_alloc(json_arena(), sizeof(*family));
	struct node *items[] = {family};
	struct nodes nodes = {.items = items, .count = 1};

	sample_make(&sample, "{\"template\":{\"revision\":\"r1\"}}");
	*template = sample_node(wants_find(&sample.wants, KIND_INSTANCE_TEMPLATE, "template-w"));
	*family = sample_node(wants_find(&sample.wants, KIND_IMAGE, "image"));
	json_set_text(family->seen, "name", image);
	return json_text(template->kind->toward(template, &nodes), "description");
}

/* A family that stands for another image makes other machines; the revision can be read off the mark. */
static void the_image_that_is_pinned_counts(void **state)
{
	JSON_WORK(work);
	struct mark mark;

	assert_int_equal(machine_change_between(mark_pinned("tf-1"), mark_pinned("tf-2")), MACHINE_REPLACE);
	assert_int_equal(machine_change_between(mark_pinned("tf-1"), mark_pinned("tf-1")), MACHINE_REFRESH);
	assert_true(mark_parse(mark_pinned(NULL), &mark));
	assert_string_equal(json_text(mark.note, "revision"), "r1");
}

/* An older controller's marks have no note. */
static void what_is_not_known_replaces(void **state)
{
	JSON_WORK(work);

	assert_int_equal(machine_change_between(mark_with_note(mark_of(""), NULL), mark_of("")), MACHINE_REPLACE);
	assert_int_equal(machine_change_between(NULL, mark_of("")), MACHINE_REPLACE);
	assert_int_equal(machine_change_between(mark_with_note(mark_of(""), NULL), mark_with_note(mark_of(""), NULL)),
		MACHINE_REPLACE);
}

/* --- what a group is told --- */

struct pair {
	struct sample sample;
	struct node old, new, group;
	struct node *items[4];
	struct nodes nodes;
};

static void pair_make(struct pair *pair, const char *from, const char *to)
{
	struct sample before;

	sample_make(&before, from);
	sample_make(&pair->sample, to);
	pair->old = sample_node(wants_find(&before.wants, KIND_INSTANCE_TEMPLATE, "template-w"));
	pair->new = sample_node(wants_find(&pair->sample.wants, KIND_INSTANCE_TEMPLATE, "template-w"));
	pair->old.seen = pair->old.kind->toward(&pair->old, &pair->nodes);
	pair->new.seen = pair->new.kind->toward(&pair->new, &pair->nodes);
	pair->group = sample_node(wants_find(&pair->sample.wants, KIND_GROUP, "group-w"));
	json_merge(pair->group.seen,
		json_parse_text("{\"status\":{\"isStable\":true,\"versionTarget\":{\"isReached\":true}}}"));
	json_set_text(json_at(pair->group.seen, "versions[0]"), "instanceTemplate", node_path(&pair->old));
	pair->items[0] = &pair->old;
	pair->items[1] = &pair->new;
	pair->items[2] = &pair->group;
	pair->nodes = (struct nodes){.items = pair->items, .count = 3};
}

static cJSON *policy_now(struct pair *pair)
{
	return json_member(pair->group.kind->toward(&pair->group, &pair->nodes), "updatePolicy");
}

#define TYPE "{\"template\":{\"machineType\":\"n1-standard-8\"}"
#define LABELS "{\"template\":{\"labels\":{\"a\":\"b\"}}"

static void the_action_goes_with_the_change(void **state)
{
	JSON_WORK(work);
	struct pair pair = {0};

	pair_make(&pair, "", LABELS "}");
	assert_string_equal(json_text(policy_now(&pair), "minimalAction"), "REFRESH");
	pair_make(&pair, "", TYPE ",\"updatePolicy\":{\"maxUnavailable\":{\"fixed\":1}}}");
	assert_string_equal(json_text(policy_now(&pair), "minimalAction"), "RESTART");
	pair_make(&pair, "", TYPE "}"); /* none may be missing */
	assert_string_equal(json_text(policy_now(&pair), "minimalAction"), "REPLACE");
	pair_make(&pair, "", LABELS ",\"updatePolicy\":{\"minimalAction\":\"REPLACE\"}}");
	assert_string_equal(json_text(policy_now(&pair), "minimalAction"), "REPLACE");
	pair_make(&pair, "",
		"{\"template\":{\"image\":\"global/images/"
		"other\"},\"updatePolicy\":{\"mostDisruptiveAllowedAction\":\"RESTART\",\"maxUnavailable\":{\"fixed\":"
		"1}}}");
	assert_string_equal(json_text(policy_now(&pair), "minimalAction"), "RESTART");
}

/* At rest it is nobody's business; in the middle of an update there are machines of templates before the last. */
static void what_was_needed_before_still_is(void **state)
{
	JSON_WORK(work);
	struct pair pair = {0};

	pair_make(&pair, "", LABELS ",\"updatePolicy\":{\"maxUnavailable\":{\"fixed\":1}}}");
	json_set_text(json_member(pair.group.seen, "updatePolicy"), "minimalAction", "RESTART");
	assert_string_equal(json_text(policy_now(&pair), "minimalAction"), "REFRESH");
	json_merge(pair.group.seen, json_parse_text("{\"status\":{\"versionTarget\":{\"isReached\":false}}}"));
	assert_string_equal(json_text(policy_now(&pair), "minimalAction"), "RESTART");
	json_set_text(json_at(pair.group.seen, "versions[0]"), "instanceTemplate", node_path(&pair.new));
	assert_string_equal(json_text(policy_now(&pair), "minimalAction"), "RESTART");
}

/* Fewer than ten machines have no percent: of the size that there is, and of the one that is to be. */
static void percent_is_a_number_for_few(void **state)
{
	JSON_WORK(work);
	struct pair pair = {0};
	cJSON *policy;

	pair_make(&pair, "",
		"{\"replicas\":9,\"updatePolicy\":{\"maxSurge\":{\"percent\":25},\"maxUnavailable\":{\"percent\":0}}}");
	policy = json_member(pair.group.want, "updatePolicy");
	assert_int_equal(json_int(policy, "maxSurge.fixed", -1), 3);
	assert_int_equal(json_int(policy, "maxUnavailable.fixed", -1), 0);
	pair_make(&pair, "", "{\"replicas\":10,\"updatePolicy\":{\"maxSurge\":{\"percent\":25}}}");
	assert_int_equal(json_int(json_member(pair.group.want, "updatePolicy"), "maxSurge.percent", -1), 25);
	assert_int_equal(json_int(policy_now(&pair), "maxSurge.percent", -1), 25);
	json_set_int(pair.group.seen, "targetSize", 3);
	policy = policy_now(&pair);
	assert_int_equal(json_int(policy, "maxSurge.percent", -1), -1);
	assert_int_equal(json_int(policy, "maxSurge.fixed", -1), 1);
	pair_make(&pair, "", "{\"replicas\":0,\"updatePolicy\":{\"maxSurge\":{\"percent\":25}}}");
	assert_int_equal(json_int(json_member(pair.group.want, "updatePolicy"), "maxUnavailable.fixed", -1), 1);
}

#define SCALED(more)                                                                                                   \
	"{\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\",\"autoscaling\":{\"minReplicas\":2,\"maxReplicas\":"   \
	"50}}],"                                                                                                       \
	"\"updatePolicy\":{\"maxSurge\":{\"percent\":25}}" more "}"

static cJSON *surge_at(struct pair *pair, int64_t size)
{
	json_set_int(pair->group.seen, "targetSize", size);
	return json_member(policy_now(pair), "maxSurge");
}

/* Percent of an autoscaled pool goes by what there is when the update begins, not by the least that there may be; while the
 * autoscaler goes up and down nothing is written for that. */
static void percent_of_what_the_autoscaler_has(void **state)
{
	JSON_WORK(work);
	struct pair pair = {0};
	struct node scaler;
	cJSON *policy;

	pair_make(&pair, SCALED(""), SCALED(",\"template\":{\"labels\":{\"a\":\"b\"}}"));
	assert_int_equal(json_int(surge_at(&pair, 40), "percent", -1), 25);
	assert_int_equal(json_int(surge_at(&pair, 9), "fixed", -1), 3);
	assert_int_equal(json_int(surge_at(&pair, 9), "percent", -1), -1);
	json_set_text(json_at(pair.group.seen, "versions[0]"), "instanceTemplate", node_path(&pair.new));
	policy = json_member(pair.group.seen, "updatePolicy");
	json_set(policy, "maxUnavailable", json_parse_text("{\"fixed\":0}"));
	json_set(policy, "maxSurge", json_parse_text("{\"fixed\":3}"));
	assert_int_equal(json_int(surge_at(&pair, 2), "fixed", -1), 3);
	assert_int_equal(json_int(surge_at(&pair, 40), "fixed", -1), 3);
	json_set(policy, "maxSurge", json_parse_text("{\"percent\":25}"));
	assert_int_equal(json_int(surge_at(&pair, 2), "percent", -1), 25);
	json_set(policy, "maxSurge", json_parse_text("{\"fixed\":7}")); /* of no size */
	assert_int_equal(json_int(surge_at(&pair, 2), "fixed", -1), 1);
	scaler = sample_node(wants_find(&pair.sample.wants, KIND_AUTOSCALER, "scaler-w"));
	pair.items[pair.nodes.count++] = &scaler;
	pair.group.presence = scaler.presence = NODE_ABSENT; /* born with the least */
	pair.group.seen = NULL;
	assert_int_equal(json_int(policy_now(&pair), "maxSurge.fixed", -1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_smallest_that_is_needed),
		cmocka_unit_test(the_image_that_is_pinned_counts),
		cmocka_unit_test(what_is_not_known_replaces),
		cmocka_unit_test(the_action_goes_with_the_change),
		cmocka_unit_test(what_was_needed_before_still_is),
		cmocka_unit_test(percent_is_a_number_for_few),
		cmocka_unit_test(percent_of_what_the_autoscaler_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
