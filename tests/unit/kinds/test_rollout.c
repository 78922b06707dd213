/* What is seen of the update of a group's machines, and what its note is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kinds/rollout.h"
#include "sample.h"

#define OLD "projects/my-project/global/instanceTemplates/old"

struct fixture {
	struct json_work work;
	struct sample sample;
	struct node group, old;
	struct node *items[2];
	struct nodes nodes;
};

static void make(struct fixture *f, const char *spec)
{
	sample_make(&f->sample, spec);
	f->group = sample_node(wants_find(&f->sample.wants, KIND_GROUP, "group-w"));
	json_merge(f->group.seen, json_parse_text("{\"currentActions\":{\"none\":3},\"status\":{\"isStable\":true,"
						  "\"versionTarget\":{\"isReached\":true}}}"));
	f->old = sample_node(wants_find(&f->sample.wants, KIND_INSTANCE_TEMPLATE, "template-w"));
	f->old.own_name = "old";
	f->items[0] = &f->group;
	f->items[1] = &f->old;
	f->nodes = (struct nodes){.items = f->items, .count = 2};
}

static int begin(void **state)
{
	struct fixture *f = mem_alloc(sizeof(*f));

	f->work = json_work_begin();
	make(f, "");
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

static void note(struct fixture *f, const char *text)
{
	json_set_text(f->group.seen, "description", mark_text(&f->sample.who, "group-w", json_parse_text(text)));
}

static char *repeated(char c, size_t times)
{
	char *text = arena_alloc(json_arena(), times + 1);

	memset(text, c, times);
	text[times] = '\0';
	return text;
}

static void watch(struct fixture *f, int64_t now)
{
	rollout_watch(&f->group, &(struct rollout_clock){.now = now});
}

/* Anybody may write into a description: what is no note of ours is never written on, and breaks nothing. */
static void foreign_notes(void **state)
{
	struct fixture *f = *state;
	const char *const notes[] = {
		arena_printf(json_arena(), "{\"healthy\":\"%s\"}", repeated('x', 64)),
		arena_printf(json_arena(), "{\"healthy\":\"%s\"}", repeated('x', 1700)),
		arena_printf(json_arena(), "{\"healthy\":\"old\",\"rejected\":{\"template\":\"a\",\"message\":\"%s\"}}",
			repeated('m', MARK_NOTE_MAX)),
		"{\"healthy\":\"old\",\"rejected\":\"all\"}",
		"{\"healthy\":\"old\",\"rejected\":{\"template\":\"A/../b\"}}",
		"{\"healthy\":\"../old\"}",
		"{\"healthy\":\"\"}",
		"{\"healthy\":7}",
	};

	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		note(f, notes[i]);
		assert_false(rollout_is_noted(&f->group));
		assert_null(rollout_healthy(&f->group));
		assert_string_equal(json_text(f->group.kind->toward(&f->group, &f->nodes), "description"),
			json_text(f->group.want, "description"));
	}
}

static void a_note_of_ours(void **state)
{
	struct fixture *f = *state;

	note(f, "{\"healthy\":\"old\"}");
	assert_true(rollout_is_noted(&f->group));
	assert_string_equal(rollout_healthy(&f->group), "old");
	note(f, "{\"healthy\":\"old\",\"rejected\":{\"template\":\"new\",\"inputs\":\"abc\",\"message\":\"why\"}}");
	assert_true(rollout_is_noted(&f->group));
}

/* --- how it goes --- */

static void view(struct fixture *f, enum view_id id, const char *tree, int64_t at)
{
	f->group.views[id] = (struct view){.present = true, .read_at = at, .tree = json_parse_text(tree)};
}

/* Every machine is of the wanted template; none answers. */
static void all_ill(struct fixture *f)
{
	const char *template = json_text(f->group.want, "versions[0].instanceTemplate");
	char *machines = arena_printf(json_arena(),
		"{\"managedInstances\":[{\"instance\":\"zones/z/instances/a\",\"currentAction\":\"NONE\","
		"\"version\":{\"instanceTemplate\":\"%s\"}}]}",
		template);

	json_merge(f->group.seen, json_parse_text("{\"targetSize\":1,\"currentActions\":{\"none\":1}}"));
	note(f, "{\"healthy\":\"old\"}");
	view(f, VIEW_MACHINES, machines, 1);
	for (size_t front = 0; f->group.fronts[front]; front++)
		view(f, view_of_front(front),
			"{\"healthStatus\":[{\"instance\":\"zones/z/instances/a\",\"healthState\":\"UNHEALTHY\"}]}", 1);
}

/* Seconds until the update is given up for the machines that it makes ill. */
static int64_t patience(struct fixture *f, const char *spec)
{
	make(f, spec);
	all_ill(f);
	for (int64_t at = 1; at < 1000; at++) {
		watch(f, at * 1000);
		if (f->group.rollout.failed == ROLLOUT_MAKES_ILL)
			return at - 1;
	}
	return -1;
}

#define SLOW "\"backends\":[{\"name\":\"slow\",\"healthCheck\":{\"checkIntervalSec\":100}},{\"name\":\"fast\"}],"
#define ROUTES                                                                                                         \
	"\"routes\":[{\"name\":\"a\",\"hosts\":[\"a.b\"],\"backend\":\"slow\"},{\"name\":\"b\",\"backend\":\"fast\"}]" \
	","
#define SERVES(names)                                                                                                  \
	"{" SLOW ROUTES "\"replicas\":1,\"rollout\":{\"maxUnhealthyPercent\":0},\"pools\":[{\"name\":\"w\",\"zone\":"  \
	"\"us-central1-a\",\"backends\":[" names "]}]}"

/* Probes of other backends than the pool's have nothing to say; of its own the slowest has to have spoken. */
static void as_patient_as_its_probes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(patience(f, "{\"replicas\":1,\"rollout\":{\"maxUnhealthyPercent\":0}}"), 5 * (2 + 2) + 30);
	assert_int_equal(patience(f, SERVES("{\"name\":\"fast\"}")), 5 * (2 + 2) + 30);
	assert_int_equal(patience(f, SERVES("{\"name\":\"slow\"}")), 100 * (2 + 2) + 30);
	assert_int_equal(patience(f, SERVES("{\"name\":\"fast\"},{\"name\":\"slow\"}")), 100 * (2 + 2) + 30);
}

/* Nobody waits for what is left to others, and it has not arrived: nothing is known of the new template. */
static void left_to_others(void **state)
{
	struct fixture *f = *state;

	note(f, "{\"healthy\":\"old\"}");
	view(f, VIEW_HEALTH, "{\"healthStatus\":[{\"healthState\":\"HEALTHY\"},{\"healthState\":\"HEALTHY\"}]}", 1);
	json_merge(f->group.seen, json_parse_text("{\"updatePolicy\":{\"type\":\"OPPORTUNISTIC\"},"
						  "\"status\":{\"versionTarget\":{\"isReached\":false}}}"));
	watch(f, 1000);
	assert_true(group_sight(&f->group).mixed);
	assert_false(rollout_runs(&f->group));
	assert_string_equal(rollout_healthy(&f->group), "old");
	json_merge(f->group.seen, json_parse_text("{\"updatePolicy\":{\"type\":\"PROACTIVE\"}}"));
	watch(f, 2000);
	assert_true(rollout_runs(&f->group));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(foreign_notes),
		TEST(a_note_of_ours),
		TEST(as_patient_as_its_probes),
		TEST(left_to_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
