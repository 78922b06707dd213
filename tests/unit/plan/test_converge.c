/* The planner and the kinds against a cloud that does at once what it is told: every chain and every edit arrives, in the
 * right order, without a moment in which nothing serves, and then there is nothing to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../kinds/sample.h"
#include "kinds/link.h"
#include "plan/plan.h"

enum { NODES_MAX = 64, TICKS_MAX = 60, TICK_MS = 61000, ROLL_TICKS = 3 };

struct cloud {
	struct sample sample;
	struct node *items[NODES_MAX];
	struct nodes nodes;
	int rolling[NODES_MAX]; /* ticks until the group of that node is stable again */
	bool up[NODES_MAX];     /* it was stable once: with surge 1 and unavailable 0 it serves while it rolls */
	int64_t now;
	struct str log; /* "insert url-map\n": writes in order */
	bool must_serve;
};

static struct node *find(const struct cloud *cloud, const struct kind *kind, const char *location, const char *name)
{
	for (size_t i = 0; i < cloud->nodes.count; i++) {
		struct node *node = cloud->items[i];

		if (node->kind == kind && strcmp(node->own_name, name) == 0 &&
			strcmp(node->own_location, location) == 0)
			return node;
	}
	return NULL;
}

static void want(struct cloud *cloud, const struct want *want)
{
	struct node *node = find(cloud, want->kind, want->location, want->name);

	if (!node) {
		assert_true(cloud->nodes.count < NODES_MAX);
		node = arena_alloc(json_arena(), sizeof(*node));
		*node = sample_node(want);
		node->presence = want->body ? NODE_ABSENT : NODE_UNKNOWN;
		node->seen = NULL;
		node->id = (uint32_t)cloud->nodes.count + 1;
		cloud->items[cloud->nodes.count++] = node;
		cloud->nodes.items = cloud->items;
	}
	node->wanted = true;
	node->want = want->body;
	node->least_healthy = want->least_healthy;
	node->terms = want->terms;
	node->migration = want->migration;
}

static void forget_wants(struct cloud *cloud)
{
	for (size_t i = 0; i < cloud->nodes.count; i++) {
		cloud->items[i]->wanted = false;
		cloud->items[i]->want = NULL;
	}
}

/* The object is edited: other wants, the same resources. */
static void edit(struct cloud *cloud, const char *spec)
{
	forget_wants(cloud);
	sample_make(&cloud->sample, spec);
	for (size_t i = 0; i < cloud->sample.wants.count; i++)
		want(cloud, &cloud->sample.wants.items[i]);
}

static size_t index_of(const struct cloud *cloud, const struct node *node)
{
	size_t i = 0;

	while (cloud->items[i] != node)
		i++;
	return i;
}

static bool is_backend(const struct cloud *cloud, const struct node *group)
{
	const struct node *service = NULL;
	const cJSON *backend;

	for (size_t i = 0; i < cloud->nodes.count; i++) {
		if (cloud->items[i]->kind->id == KIND_BACKEND_SERVICE && cloud->items[i]->presence == NODE_PRESENT)
			service = cloud->items[i];
	}
	if (!service)
		return false;
	cJSON_ArrayForEach(backend, json_member(service->seen, "backends"))
	{
		if (link_equal(json_text(backend, "group"),
			    group_instance_group_path(group->own_project, group->own_location, group->own_name),
			    "my-project"))
			return true;
	}
	return false;
}

static void set_group_state(struct cloud *cloud, struct node *group)
{
	bool rolling = cloud->rolling[index_of(cloud, group)] > 0;

	json_merge(group->seen,
		json_parse_text(rolling ? "{\"status\":{\"isStable\":false,\"versionTarget\":{\"isReached\":false}}}"
					: "{\"status\":{\"isStable\":true,\"versionTarget\":{\"isReached\":true}}}"));
}

/* What a read shows. */
static void read_back(struct cloud *cloud, struct node *node)
{
	if (node->presence == NODE_UNKNOWN && !node->want) {
		node->presence = NODE_PRESENT;
		node->seen = json_parse_text(
			"{\"selfLink\":\"projects/images/global/images/tf-7\",\"address\":\"34.1.2.3\"}");
	}
	node->verified = true;
	node->read_at = cloud->now;
	if (node->presence != NODE_PRESENT)
		return;
	if (node->kind->fingerprint)
		json_set_text(node->seen, "fingerprint", "abc=");
	if (node->kind->id == KIND_ADDRESS)
		json_set_text(node->seen, "address", "34.1.2.3");
	if (node->kind->id == KIND_GROUP)
		set_group_state(cloud, node);
}

static void read_view(struct cloud *cloud, const struct action *action)
{
	struct view *view = &action->node->views[action->view];
	bool healthy = is_backend(cloud, action->node) && cloud->rolling[index_of(cloud, action->node)] == 0;

	view->present = true;
	view->read_at = cloud->now;
	view->tree = json_parse_text(
		action->view == VIEW_HEALTH && healthy
			? "{\"healthStatus\":[{\"healthState\":\"HEALTHY\"},{\"healthState\":\"HEALTHY\"},"
			  "{\"healthState\":\"HEALTHY\"}]}"
			: "{}");
}

static void note(struct cloud *cloud, const char *what, const struct action *action)
{
	str_addf(&cloud->log, "%s %s\n", what, action->node->own_role);
}

static void write_body(struct cloud *cloud, const struct action *action)
{
	struct node *node = action->node;
	bool rolls =
		node->kind->id == KIND_GROUP && (action->type == ACTION_INSERT || json_has(action->body, "versions"));

	node->presence = NODE_PRESENT;
	node->seen = json_copy(action->assumed);
	node->verified = false;
	if (rolls)
		cloud->rolling[index_of(cloud, node)] = ROLL_TICKS;
}

/* The cloud refuses to delete what is in use; asked to, the plan is wrong. */
static void assert_unused(const struct cloud *cloud, const struct node *target)
{
	char *path = target->kind->id == KIND_GROUP
	                     ? group_instance_group_path(target->own_project, target->own_location, target->own_name)
	                     : node_path(target);

	for (size_t i = 0; i < cloud->nodes.count; i++) {
		const struct node *node = cloud->items[i];

		if (node != target && node->presence == NODE_PRESENT && strstr(json_print(node->seen), path))
			fail_msg("%s is deleted while %s refers to it", target->own_role, node->own_role);
	}
}

static void carry_out(struct cloud *cloud, const struct action *action)
{
	static const char *const names[] = {
		[ACTION_INSERT] = "insert", [ACTION_PATCH] = "patch", [ACTION_VERB] = "verb"};

	switch (action->type) {
	case ACTION_READ:
		read_back(cloud, action->node);
		break;
	case ACTION_VIEW:
		read_view(cloud, action);
		break;
	case ACTION_DELETE:
		assert_unused(cloud, action->node);
		note(cloud, "delete", action);
		action->node->presence = NODE_ABSENT;
		action->node->seen = NULL;
		break;
	default:
		note(cloud, names[action->type], action);
		write_body(cloud, action);
	}
}

static bool somebody_serves(const struct cloud *cloud)
{
	for (size_t i = 0; i < cloud->nodes.count; i++) {
		const struct node *node = cloud->items[i];

		if (node->kind->id == KIND_GROUP && node->presence == NODE_PRESENT && cloud->up[i] &&
			is_backend(cloud, node))
			return true;
	}
	return false;
}

static struct plan *plan_of(struct cloud *cloud, enum mandate mandate)
{
	const struct plan_input input = {
		.nodes = cloud->nodes,
		.mandate = mandate,
		.census = true,
		.now = cloud->now,
	};

	return plan_make(&input);
}

static void tick(struct cloud *cloud, const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		carry_out(cloud, &plan->actions[i]);
	for (size_t i = 0; i < cloud->nodes.count; i++) {
		cloud->rolling[i] -= cloud->rolling[i] > 0;
		cloud->up[i] |= cloud->rolling[i] == 0 && cloud->items[i]->presence == NODE_PRESENT;
		if (plan->wants_census)
			read_back(cloud, cloud->items[i]);
	}
	cloud->now += TICK_MS;
}

/* Until only views are left to read, and the plan calls itself settled without them. */
static void converge(struct cloud *cloud, enum mandate mandate)
{
	for (int ticks = 0; ticks < TICKS_MAX; ticks++) {
		struct plan *plan;

		if (cloud->must_serve)
			assert_true(somebody_serves(cloud));
		plan = plan_of(cloud, mandate);
		tick(cloud, plan);
		cloud->now -= TICK_MS; /* in the same moment: views are fresh */
		plan = plan_of(cloud, mandate);
		cloud->now += TICK_MS;
		if (plan->settled)
			return;
	}
	fail_msg("not settled after %d ticks:\n%s", TICKS_MAX, str_text(&cloud->log));
}

static void begin(struct cloud *cloud, const char *spec)
{
	*cloud = (struct cloud){.now = TICK_MS};
	edit(cloud, spec);
	converge(cloud, MANDATE_ALL);
}

static void assert_log(struct cloud *cloud, const char *expected)
{
	assert_string_equal(str_text(&cloud->log), expected);
	str_done(&cloud->log);
}

static void create_and_delete(void **state)
{
	JSON_WORK(work);
	struct cloud cloud;

	begin(&cloud, "");
	assert_log(&cloud,
		"insert address\ninsert firewall\ninsert health-check\ninsert healing\ninsert template-w\n"
		"insert group-w\ninsert backend-default\ninsert url-map\ninsert http-proxy\ninsert http-rule\n");
	forget_wants(&cloud);
	converge(&cloud, MANDATE_DELETE);
	assert_log(&cloud,
		"delete http-rule\ndelete address\ndelete http-proxy\ndelete url-map\ndelete backend-default\n"
		"delete group-w\ndelete firewall\ndelete health-check\ndelete healing\ndelete template-w\n");
}

static void another_machine_type(void **state)
{
	JSON_WORK(work);
	struct cloud cloud;

	begin(&cloud, "");
	str_done(&cloud.log);
	cloud.must_serve = true;
	edit(&cloud, "{\"template\":{\"machineType\":\"n2-standard-8\"}}");
	converge(&cloud, MANDATE_ALL);
	assert_log(&cloud, "insert template-w\npatch group-w\n"); /* the old template stays a while */
}

static void another_zone(void **state)
{
	JSON_WORK(work);
	struct cloud cloud;

	begin(&cloud, "");
	str_done(&cloud.log);
	cloud.must_serve = true;
	edit(&cloud, "{\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-b\"}]}");
	converge(&cloud, MANDATE_ALL);
	assert_log(&cloud, "insert group-w\npatch backend-default\npatch backend-default\ndelete group-w\n");
}

static void another_network(void **state)
{
	JSON_WORK(work);
	struct cloud cloud;

	begin(&cloud, "");
	str_done(&cloud.log);
	cloud.must_serve = true;
	edit(&cloud, "{\"template\":{\"network\":\"ml\"}}");
	converge(&cloud, MANDATE_ALL);
	assert_log(&cloud, "insert firewall\ninsert template-w\ninsert group-w\npatch backend-default\n"
			   "patch backend-default\ndelete group-w\ndelete firewall\n");
}

static void a_pool_more_and_one_less(void **state)
{
	JSON_WORK(work);
	struct cloud cloud;

	begin(&cloud, "");
	str_done(&cloud.log);
	cloud.must_serve = true;
	edit(&cloud, "{\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\"},{\"name\":\"x\",\"zone\":\"us-central1-"
		     "a\"}]}");
	converge(&cloud, MANDATE_ALL);
	assert_log(&cloud, "insert template-x\ninsert group-x\npatch backend-default\n");
	edit(&cloud, "{\"pools\":[{\"name\":\"x\",\"zone\":\"us-central1-a\"}]}");
	converge(&cloud, MANDATE_ALL);
	assert_log(&cloud, "patch backend-default\ndelete group-w\ndelete template-w\n");
}

static void another_port(void **state)
{
	JSON_WORK(work);
	struct cloud cloud;

	begin(&cloud, "");
	str_done(&cloud.log);
	edit(&cloud, "{\"frontend\":{\"port\":8080}}");
	converge(&cloud, MANDATE_ALL);
	assert_log(&cloud, "insert http-rule\ndelete http-rule\n");
}

/* The serving port follows through ports of groups, checks and firewall. */
static void another_serving_port(void **state)
{
	JSON_WORK(work);
	struct cloud cloud;

	begin(&cloud, "");
	str_done(&cloud.log);
	edit(&cloud, "{\"serving\":{\"port\":8501}}");
	converge(&cloud, MANDATE_ALL);
	assert_log(&cloud, "patch firewall\npatch health-check\npatch healing\nverb group-w\n");
}

/* --- from wherever it was left --- */

/* A third of the resources is gone, a third was changed by hand: digits of code to the base of three. */
static void leave_half(struct cloud *cloud, unsigned code)
{
	for (size_t i = 0; i < cloud->nodes.count; i++) {
		struct node *node = cloud->items[i];

		if (node->external)
			continue;
		if (code % 3 == 1) {
			node->presence = NODE_ABSENT;
			node->seen = NULL;
		} else if (code % 3 == 2) {
			json_set_text(node->seen, "description", "changed by hand");
			json_remove(node->seen, "defaultService");
			json_set_array(node->seen, "backends");
			json_set_int(node->seen, "targetSize", 7);
		}
		code /= 3;
	}
}

enum { CODES = 59049, STRIDE = 31 }; /* 3 to the 10th, and a sample of them */

static void any_half_made_chain_arrives(void **state)
{
	for (unsigned code = 0; code < CODES; code += STRIDE) {
		JSON_WORK(work);
		struct cloud cloud;

		begin(&cloud, "");
		leave_half(&cloud, code);
		converge(&cloud, MANDATE_ALL);
		for (size_t i = 0; i < cloud.nodes.count; i++)
			assert_int_equal(cloud.items[i]->presence, NODE_PRESENT);
		str_done(&cloud.log);
	}
}

static void any_half_made_chain_goes(void **state)
{
	for (unsigned code = 0; code < CODES; code += STRIDE) {
		JSON_WORK(work);
		struct cloud cloud;

		begin(&cloud, "");
		leave_half(&cloud, code);
		forget_wants(&cloud);
		converge(&cloud, MANDATE_DELETE);
		for (size_t i = 0; i < cloud.nodes.count; i++)
			assert_true(cloud.items[i]->external || cloud.items[i]->presence == NODE_ABSENT);
		str_done(&cloud.log);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(create_and_delete),
		cmocka_unit_test(another_machine_type),
		cmocka_unit_test(another_zone),
		cmocka_unit_test(another_network),
		cmocka_unit_test(a_pool_more_and_one_less),
		cmocka_unit_test(another_port),
		cmocka_unit_test(another_serving_port),
		cmocka_unit_test(any_half_made_chain_arrives),
		cmocka_unit_test(any_half_made_chain_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
