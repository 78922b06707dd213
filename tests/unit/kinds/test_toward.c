/* The way to the goal: applied again and again it arrives, and takes nothing out of service too early. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kinds/link.h"
#include "sample.h"

struct chain {
	struct sample sample;
	struct node service, template, image, groups[3];
	struct node *items[6];
	struct nodes nodes;
};

/* Two pools; a third group is an older one of pool a. */
static void chain_make(struct chain *c)
{
	memset(c, 0, sizeof(*c));
	sample_make(&c->sample, "{\"pools\":[{\"name\":\"a\",\"zone\":\"us-central1-a\"},"
				"{\"name\":\"b\",\"zone\":\"us-central1-b\"}]}");
	c->service = sample_node(wants_find(&c->sample.wants, KIND_BACKEND_SERVICE, "backend-default"));
	c->template = sample_node(wants_find(&c->sample.wants, KIND_INSTANCE_TEMPLATE, "template-b"));
	c->image = sample_node(wants_find(&c->sample.wants, KIND_IMAGE, "image"));
	c->groups[0] = sample_node(wants_find(&c->sample.wants, KIND_GROUP, "group-a"));
	c->groups[1] = sample_node(wants_find(&c->sample.wants, KIND_GROUP, "group-b"));
	c->groups[2] = c->groups[0];
	c->groups[2].own_name = arena_printf(json_arena(), "tflb-%s-old", c->sample.who.id);
	c->groups[2].wanted = false;
	c->groups[2].want = NULL;
	c->nodes = (struct nodes){.items = c->items};
	c->items[c->nodes.count++] = &c->service;
	c->items[c->nodes.count++] = &c->template;
	c->items[c->nodes.count++] = &c->image;
	c->items[c->nodes.count++] = &c->groups[0];
	c->items[c->nodes.count++] = &c->groups[1];
}

static void add_old_group(struct chain *c)
{
	c->items[c->nodes.count++] = &c->groups[2];
}

static const char *group_link(const struct node *group)
{
	return link_url(group_instance_group_path(group->own_project, group->own_location, group->own_name));
}

static void set_backends(struct chain *c, const struct node *const *groups, size_t count)
{
	cJSON *backends = cJSON_CreateArray();

	for (size_t i = 0; i < count; i++)
		json_set_text(json_add_object(backends), "group", group_link(groups[i]));
	json_set(c->service.seen, "backends", backends);
}

static void serve(struct node *group)
{
	json_merge(group->seen,
		json_parse_text("{\"status\":{\"isStable\":true,\"versionTarget\":{\"isReached\":true}}}"));
	group->views[VIEW_HEALTH].present = true;
	group->views[VIEW_HEALTH].tree =
		json_parse_text("{\"healthStatus\":[{\"healthState\":\"HEALTHY\"},{\"healthState\":\"HEALTHY\"},{"
				"\"healthState\":\"HEALTHY\"}]}");
}

/* The backends to aim for: 1, 2, 4 for each group. */
static int aim(const struct chain *c)
{
	const cJSON *body = c->service.kind->toward(&c->service, &c->nodes);
	const cJSON *backend;
	int set = 0;

	cJSON_ArrayForEach(backend, json_member(body ? body : c->service.want, "backends"))
	{
		for (int i = 0; i < 3; i++) {
			if (link_equal(json_text(backend, "group"), group_link(&c->groups[i]), "my-project"))
				set |= 1 << i;
		}
	}
	return set;
}

static void groups_join_when_usable(void **state)
{
	JSON_WORK(work);
	struct chain c;

	chain_make(&c);
	set_backends(&c, NULL, 0);
	c.groups[1].presence = NODE_ABSENT;
	assert_int_equal(aim(&c), 1);
	c.groups[1].presence = NODE_PRESENT;
	assert_int_equal(aim(&c), 3);
}

static void an_operation_takes_no_backend_out(void **state)
{
	JSON_WORK(work);
	struct chain c;

	chain_make(&c);
	c.groups[0].running = true;
	c.groups[0].change = CHANGE_PATCH;
	c.groups[1].presence = NODE_UNKNOWN;
	assert_int_equal(aim(&c), 3);
}

static void an_old_group_stays_until_the_new_one_serves(void **state)
{
	JSON_WORK(work);
	struct chain c;

	chain_make(&c);
	add_old_group(&c);
	set_backends(&c, (const struct node *const[]){&c.groups[2], &c.groups[1]}, 2);
	c.groups[0].presence = NODE_ABSENT;
	assert_int_equal(aim(&c), 6);
	c.groups[0].presence = NODE_PRESENT;
	assert_int_equal(aim(&c), 7);
	serve(&c.groups[0]);
	assert_int_equal(aim(&c), 3);
	set_backends(&c, (const struct node *const[]){&c.groups[0], &c.groups[1]}, 2);
	c.groups[2].presence = NODE_PRESENT; /* not a backend any more: it does not come back */
	c.groups[0].views[VIEW_HEALTH].present = false;
	assert_int_equal(aim(&c), 3);
}

static void a_removed_pool_leaves_at_once(void **state)
{
	JSON_WORK(work);
	struct chain c;

	chain_make(&c);
	add_old_group(&c);
	c.groups[2].own_part = arena_strdup(json_arena(), "gone");
	set_backends(&c, (const struct node *const[]){&c.groups[0], &c.groups[1], &c.groups[2]}, 3);
	assert_int_equal(aim(&c), 3);
}

/* What serves another backend from now on leaves this one, be it old or new. */
static void a_pool_that_serves_others_leaves(void **state)
{
	JSON_WORK(work);
	struct chain c;
	cJSON *backends = cJSON_CreateArray();

	chain_make(&c);
	add_old_group(&c);
	set_backends(&c, (const struct node *const[]){&c.groups[0], &c.groups[1], &c.groups[2]}, 3);
	json_add(backends, json_copy(json_at(c.service.want, "backends[1]")));
	json_set(c.service.want, "backends", backends);
	assert_int_equal(aim(&c), 2);
}

/* After a restart the list of groups may come after that of services. */
static void what_is_not_known_yet_stays(void **state)
{
	JSON_WORK(work);
	struct chain c;

	chain_make(&c);
	set_backends(&c, (const struct node *const[]){&c.groups[2], &c.groups[1]}, 2);
	assert_int_equal(aim(&c), 7);
	c.groups[2].own_name = arena_strdup(json_arena(), "somebody-elses");
	set_backends(&c, (const struct node *const[]){&c.groups[2], &c.groups[1]}, 2);
	assert_int_equal(aim(&c), 3);
}

static bool ready(const struct chain *c)
{
	return !c->service.kind->insert_waits_for(&c->service, &c->nodes);
}

static void born_when_no_pool_is_only_late(void **state)
{
	JSON_WORK(work);
	struct chain c;
	struct error refused = {.class = ERROR_REJECTED};

	chain_make(&c);
	c.service.presence = NODE_ABSENT;
	c.service.seen = NULL;
	assert_true(ready(&c));
	c.groups[1].presence = NODE_ABSENT;
	assert_false(ready(&c));
	c.groups[1].own_error = &refused;
	assert_true(ready(&c));
	c.groups[1].own_error = NULL;
	c.groups[1].presence = NODE_FOREIGN;
	assert_true(ready(&c));
	c.groups[1].presence = NODE_ABSENT;
	c.template.presence = NODE_ABSENT;
	assert_false(ready(&c));
	c.template.own_error = &refused;
	assert_true(ready(&c));
	c.groups[0].presence = NODE_ABSENT;
	c.groups[0].own_error = &refused;
	assert_false(ready(&c)); /* nothing would serve */
}

static void a_template_is_pinned_at_birth(void **state)
{
	JSON_WORK(work);
	struct chain c;
	static const char at[] = "properties.disks[0].initializeParams.sourceImage";
	cJSON *body;

	chain_make(&c);
	body = c.template.kind->toward(&c.template, &c.nodes);
	assert_string_equal(json_text(body, at), SAMPLE_IMAGE); /* not known yet */
	json_set_text(c.image.seen, "name", "tf-7");
	body = c.template.kind->toward(&c.template, &c.nodes);
	assert_string_equal(json_text(body, at), "projects/images/global/images/tf-7");
	assert_string_equal(json_text(c.template.want, at), SAMPLE_IMAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_join_when_usable),
		cmocka_unit_test(an_operation_takes_no_backend_out),
		cmocka_unit_test(an_old_group_stays_until_the_new_one_serves),
		cmocka_unit_test(a_removed_pool_leaves_at_once),
		cmocka_unit_test(a_pool_that_serves_others_leaves),
		cmocka_unit_test(what_is_not_known_yet_stays),
		cmocka_unit_test(born_when_no_pool_is_only_late),
		cmocka_unit_test(a_template_is_pinned_at_birth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
