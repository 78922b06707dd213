/* What is said of a group's machines, and whom a group still needs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"

struct fixture {
	struct json_work work;
	struct sample sample;
	struct node group;
};

static int begin(void **state)
{
	struct fixture *f = mem_alloc(sizeof(*f));

	f->work = json_work_begin();
	sample_make(&f->sample, "");
	f->group = sample_node(wants_find(&f->sample.wants, KIND_GROUP, "group-w"));
	json_merge(f->group.seen,
		json_parse_text("{\"currentActions\":{\"none\":3,\"creating\":0},\"status\":{\"isStable\":true,"
				"\"versionTarget\":{\"isReached\":true}}}"));
	*state = f;
	return 0;
}

static int end(void **state)
{
	struct fixture *f = *state;

	json_work_end(&f->work);
	mem_free(f);
	return 0;
}

static void merge(struct fixture *f, const char *patch)
{
	json_merge(f->group.seen, json_parse_text(patch));
}

static void view(struct fixture *f, enum view_id id, const char *tree)
{
	f->group.views[id].present = true;
	f->group.views[id].tree = json_parse_text(tree);
}

static bool settled(const struct fixture *f)
{
	return f->group.kind->settled(&f->group);
}

static void at_rest(void **state)
{
	struct fixture *f = *state;
	struct group_sight sight = group_sight(&f->group);

	assert_int_equal(sight.target, 3);
	assert_int_equal(sight.existing, 3);
	assert_int_equal(sight.updated, 3);
	assert_true(sight.at_version);
	assert_true(sight.stable);
	assert_false(sight.health_known);
	assert_true(settled(f));
	assert_false(group_serving(&f->group));
}

static void what_was_only_sent_proves_nothing(void **state)
{
	struct fixture *f = *state;

	f->group.kind->assume(f->group.seen, json_parse_text("{\"versions\":[]}"));
	assert_false(group_sight(&f->group).at_version);
	assert_false(settled(f));
}

/* A new size moves machines, and leaves them at their version. */
static void a_size_that_was_sent_keeps_the_version(void **state)
{
	struct fixture *f = *state;

	f->group.kind->assume(f->group.seen, json_parse_text("{\"targetSize\":5}"));
	assert_true(group_sight(&f->group).at_version);
	assert_false(group_sight(&f->group).stable);
	assert_false(settled(f));
}

static void another_template(void **state)
{
	struct fixture *f = *state;

	merge(f, "{\"versions\":[{\"instanceTemplate\":\"projects/my-project/global/instanceTemplates/old\"}]}");
	assert_false(group_sight(&f->group).at_version);
	assert_int_equal(group_sight(&f->group).updated, 0);
	assert_false(settled(f));
}

static void two_versions(void **state)
{
	struct fixture *f = *state;

	json_add(json_member(f->group.seen, "versions"),
		json_parse_text("{\"instanceTemplate\":\"projects/my-project/global/instanceTemplates/old\"}"));
	assert_false(group_sight(&f->group).at_version);
}

/* Machines that it may not change are none that it is still to change. */
static void some_keep_their_template(void **state)
{
	struct fixture *f = *state;

	merge(f, "{\"status\":{\"versionTarget\":{\"isReached\":false}}}");
	assert_false(group_sight(&f->group).at_version);
	merge(f, "{\"updatePolicy\":{\"type\":\"OPPORTUNISTIC\"}}");
	assert_true(group_sight(&f->group).at_version);
	assert_true(group_sight(&f->group).mixed);
	assert_true(settled(f));
	merge(f, "{\"status\":{\"isStable\":false}}");
	assert_false(group_sight(&f->group).at_version);
	merge(f, "{\"status\":{\"isStable\":true},\"updatePolicy\":{\"type\":\"PROACTIVE\","
		 "\"mostDisruptiveAllowedAction\":"
		 "\"RESTART\"}}");
	assert_true(group_sight(&f->group).mixed);
}

static void rolling(void **state)
{
	struct fixture *f = *state;
	const char *template = json_text(f->group.want, "versions[0].instanceTemplate");

	merge(f, "{\"status\":{\"isStable\":false,\"versionTarget\":{\"isReached\":false}},"
		 "\"currentActions\":{\"none\":2,\"creating\":1,\"deleting\":1}}");
	assert_int_equal(group_sight(&f->group).existing, 2);
	assert_int_equal(group_sight(&f->group).updated, 0);
	view(f, VIEW_MACHINES,
		arena_printf(json_arena(),
			"{\"managedInstances\":[{\"instanceStatus\":\"RUNNING\",\"version\":{\"instanceTemplate\":"
			"\"https://www.googleapis.com/compute/v1/%s\"}},{\"instanceStatus\":\"RUNNING\",\"version\":"
			"{\"instanceTemplate\":\"projects/my-project/global/instanceTemplates/old\"}},"
			"{\"currentAction\":\"CREATING\",\"version\":{\"instanceTemplate\":\"%s\"}},{"
			"\"instanceStatus\":\"STOPPING\"}]}",
			template, template));
	assert_int_equal(group_sight(&f->group).updated, 1);
	assert_false(settled(f));
}

static void health(void **state)
{
	struct fixture *f = *state;

	view(f, VIEW_HEALTH, "{\"kind\":\"compute#backendServiceGroupHealth\"}");
	assert_false(group_sight(&f->group).health_known);
	view(f, VIEW_HEALTH, "{\"healthStatus\":[{\"healthState\":\"HEALTHY\"},{\"healthState\":\"UNHEALTHY\"}]}");
	assert_true(group_sight(&f->group).health_known);
	assert_int_equal(group_sight(&f->group).healthy, 1);
	assert_false(group_serving(&f->group));
	view(f, VIEW_HEALTH, "{\"healthStatus\":[{\"healthState\":\"HEALTHY\"},{\"healthState\":\"HEALTHY\"}]}");
	assert_true(group_serving(&f->group));
	merge(f, "{\"status\":{\"isStable\":false}}"); /* a repair does not take Ready away */
	assert_true(group_serving(&f->group));
	merge(f, "{\"status\":{\"versionTarget\":{\"isReached\":false}}}");
	assert_false(group_serving(&f->group));
}

static void size_zero_serves(void **state)
{
	struct fixture *f = *state;

	json_set_int(f->group.want, "targetSize", 0);
	f->group.least_healthy = 0;
	assert_true(group_serving(&f->group));
}

static const char *const two_fronts[] = {"backend-default", "backend-v2", NULL};

/* A machine serves when each backend that it is behind says so, and nothing is known before each has spoken. */
static void health_of_two_backends(void **state)
{
	struct fixture *f = *state;

	f->group.fronts = two_fronts;
	view(f, VIEW_HEALTH,
		"{\"healthStatus\":[{\"instance\":\"zones/z/instances/a\",\"healthState\":\"HEALTHY\"},"
		"{\"instance\":\"zones/z/instances/b\",\"healthState\":\"HEALTHY\"}]}");
	assert_false(group_sight(&f->group).health_known);
	view(f, view_of_front(1),
		"{\"healthStatus\":[{\"instance\":\"zones/z/instances/b\",\"healthState\":\"HEALTHY\"},"
		"{\"instance\":\"zones/z/instances/a\",\"healthState\":\"UNHEALTHY\"}]}");
	assert_true(group_sight(&f->group).health_known);
	assert_int_equal(group_sight(&f->group).healthy, 1);
	assert_int_equal(group_healthy_at(&f->group, "backend-default"), 2);
	assert_int_equal(group_healthy_at(&f->group, "backend-v2"), 1);
	assert_int_equal(group_healthy_at(&f->group, "backend-v3"), 0);
}

static char *many_machines(bool backwards, int ill)
{
	enum { MANY = 3000 };
	cJSON *view = cJSON_CreateObject(), *list = json_set_array(view, "healthStatus");

	for (int i = 0; i < MANY; i++) {
		int number = backwards ? MANY - 1 - i : i;
		cJSON *machine = json_add_object(list);

		json_setf(machine, "instance",
			"https://www.googleapis.com/compute/v1/projects/%s/zones/z/instances/m-%d",
			backwards ? "my-project" : "123", number);
		json_set_text(machine, "healthState", number % ill ? "HEALTHY" : "UNHEALTHY");
	}
	return json_print(view);
}

/* Each list has an order of its own, and each backend its own judgement. */
static void health_of_thousands(void **state)
{
	struct fixture *f = *state;

	f->group.fronts = two_fronts;
	merge(f, "{\"currentActions\":{\"none\":3000}}");
	view(f, VIEW_HEALTH, many_machines(false, 2));
	view(f, view_of_front(1), many_machines(true, 3));
	assert_int_equal(group_sight(&f->group).healthy, 1000);
	assert_int_equal(group_healthy_at(&f->group, "backend-default"), 1500);
	assert_int_equal(group_healthy_at(&f->group, "backend-v2"), 2000);
}

/* Machines that serve nobody have only to run. */
static void health_without_backend(void **state)
{
	struct fixture *f = *state;

	f->group.fronts = NULL;
	assert_true(group_serving(&f->group));
	assert_int_equal(group_sight(&f->group).healthy, 3);
	merge(f, "{\"currentActions\":{\"none\":0,\"creating\":3}}");
	assert_false(group_serving(&f->group));
}

static void needed(void **state)
{
	static const int64_t cases[][2] = {{0, 0}, {1, 1}, {2, 1}, {3, 2}, {4, 2}, {5, 3}, {1000, 500}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(group_healthy_needed(cases[i][0]), cases[i][1]);
}

static bool holds(const struct fixture *f, enum kind_id kind, const char *part)
{
	struct node target = {
		.kind = kind_at(kind), .own_part = arena_strdup(json_arena(), part), .presence = NODE_PRESENT};

	return f->group.kind->holds(&f->group, &(struct nodes){0}, &target);
}

static void holds_while_it_rolls(void **state)
{
	struct fixture *f = *state;

	assert_false(holds(f, KIND_INSTANCE_TEMPLATE, "w"));
	merge(f, "{\"status\":{\"isStable\":false}}");
	assert_true(holds(f, KIND_INSTANCE_TEMPLATE, "w"));
	assert_false(holds(f, KIND_INSTANCE_TEMPLATE, "other"));
	assert_false(holds(f, KIND_FIREWALL, ""));
	f->group.presence = NODE_UNKNOWN;
	assert_true(holds(f, KIND_INSTANCE_TEMPLATE, "w"));
	f->group.presence = NODE_ABSENT;
	assert_false(holds(f, KIND_INSTANCE_TEMPLATE, "w"));
}

static void holds_until_it_is_gone(void **state)
{
	struct fixture *f = *state;

	f->group.wanted = false;
	f->group.want = NULL;
	assert_true(holds(f, KIND_INSTANCE_TEMPLATE, "w"));
	assert_true(holds(f, KIND_FIREWALL, ""));
	assert_true(holds(f, KIND_HEALTH_CHECK, ""));
	assert_false(holds(f, KIND_ADDRESS, ""));
	f->group.presence = NODE_ABSENT;
	assert_false(holds(f, KIND_FIREWALL, ""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(at_rest),
		TEST(what_was_only_sent_proves_nothing),
		TEST(a_size_that_was_sent_keeps_the_version),
		TEST(another_template),
		TEST(two_versions),
		TEST(some_keep_their_template),
		TEST(rolling),
		TEST(health),
		TEST(size_zero_serves),
		TEST(health_of_two_backends),
		TEST(health_of_thousands),
		TEST(health_without_backend),
		cmocka_unit_test(needed),
		TEST(holds_while_it_rolls),
		TEST(holds_until_it_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
