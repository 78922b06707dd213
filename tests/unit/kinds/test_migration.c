/* The way between the schemes, from wherever it stands: every step is one that the cloud takes (gce-compute-v1.md 13.2), each has its time,
 * and in the end all is as wanted, with no trace left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kinds/internal.h"
#include "kinds/migration.h"
#include "sample.h"

enum { SERVICES = 2, PLACES = 5, MANAGED = 4, STEP_S = 300, TICK_S = 100, MOST_TICKS = 60, NOW_S = 1781344800 };

static const char *const states[PLACES] = {NULL, "PREPARE", "TEST_BY_PERCENTAGE", "TEST_ALL_TRAFFIC", NULL};

#define SPEC                                                                                                           \
	"{\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\",\"backends\":[{\"name\":\"default\"},{\"name\":"       \
	"\"v2\"}]}],"                                                                                                  \
	"\"backends\":[{\"name\":\"v2\"}],\"routes\":[{\"name\":\"all\",\"pathRules\":[{\"name\":\"v2\",\"paths\":["   \
	"\"/v2/*\"],"                                                                                                  \
	"\"backend\":\"v2\"}]}],\"frontend\":{\"loadBalancingScheme\":\"%s\"}}"

struct front {
	struct sample sample;
	struct node store[SERVICES + 2], *items[SERVICES + 2];
	struct nodes nodes;
	struct migration_terms terms;
	int64_t entered[SERVICES]; /* when each came to where it is */
};

static void set_seen(cJSON *seen, int place)
{
	json_set_text(seen, "loadBalancingScheme", place == MANAGED ? "EXTERNAL_MANAGED" : "EXTERNAL");
	json_remove(seen, "externalManagedMigrationState");
	json_remove(seen, "externalManagedMigrationTestingPercentage");
	json_set_text(seen, "externalManagedMigrationState", states[place]);
	if (place == 2)
		json_set_int(seen, "externalManagedMigrationTestingPercentage", 10);
}

static int place_of(const cJSON *body)
{
	const char *state = json_text(body, "externalManagedMigrationState");

	if (text_equal(json_text(body, "loadBalancingScheme"), "EXTERNAL_MANAGED"))
		return MANAGED;
	for (int place = 1; place < MANAGED; place++) {
		if (text_equal(state, states[place]))
			return place;
	}
	return 0;
}

static struct node *add(struct front *front, enum kind_id kind, const char *role)
{
	size_t at = front->nodes.count++;

	front->store[at] = sample_node(wants_find(&front->sample.wants, kind, role));
	return front->items[at] = &front->store[at];
}

static void make(struct front *front, bool forward, const int *places, bool rule_managed)
{
	char *spec = arena_printf(json_arena(), SPEC, forward ? "EXTERNAL_MANAGED" : "EXTERNAL");

	*front = (struct front){.nodes = {.items = front->items},
		.terms = {.managed = forward, .testing_percentage = 10, .step_s = STEP_S, .now_s = NOW_S}};
	sample_make(&front->sample, spec);
	set_seen(add(front, KIND_BACKEND_SERVICE, "backend-default")->seen, places[0]);
	set_seen(add(front, KIND_BACKEND_SERVICE, "backend-v2")->seen, places[1]);
	json_set_text(add(front, KIND_FORWARDING_RULE, "http-rule")->seen, "loadBalancingScheme",
		rule_managed ? "EXTERNAL_MANAGED" : "EXTERNAL");
	add(front, KIND_URL_MAP, "url-map");
	for (int i = 0; i < SERVICES; i++)
		front->store[i].migration = &front->terms;
}

static bool rule_is_managed(const struct front *front)
{
	return text_equal(json_text(front->store[SERVICES].seen, "loadBalancingScheme"), "EXTERNAL_MANAGED");
}

/* What the cloud says to that of a service. */
static void check_service(const struct front *front, int before, int after)
{
	int step = after - before;

	if (step > 1 || step < -1)
		fail_msg("from %d to %d at once", before, after);
	if (before == MANAGED && after < MANAGED)
		assert_false(rule_is_managed(front));
}

static void check_rule(const struct front *front, bool after)
{
	for (int i = 0; after && i < SERVICES; i++)
		assert_int_equal(place_of(front->store[i].seen), MANAGED);
}

static const char *description_of(const cJSON *body)
{
	return json_text_or(body, "description", "");
}

/* Carries out what each is to be now, one after the other. false: nothing was to be done. */
static bool tick(struct front *front)
{
	bool changed = false;

	for (size_t i = 0; i < SERVICES + 1; i++) {
		struct node *node = front->items[i];
		cJSON *aim = node->kind->toward(node, &front->nodes);
		bool rule = i == SERVICES;

		if (!aim)
			aim = node->want;
		if (rule) {
			bool after = text_equal(json_text(aim, "loadBalancingScheme"), "EXTERNAL_MANAGED");

			changed |= after != rule_is_managed(front);
			check_rule(front, after);
			json_set_text(node->seen, "loadBalancingScheme", json_text(aim, "loadBalancingScheme"));
			continue;
		}
		int before = place_of(node->seen), after = place_of(aim);

		check_service(front, before, after);
		if (before != after && front->entered[i])
			assert_true(front->terms.now_s - front->entered[i] >= STEP_S);
		if (before != after)
			front->entered[i] = front->terms.now_s;
		changed |= before != after || !text_equal(description_of(aim), description_of(node->seen));
		set_seen(node->seen, after);
		json_set_text(node->seen, "description", description_of(aim));
	}
	return changed;
}

static void arrives(struct front *front)
{
	bool forward = front->terms.managed;

	for (int i = 0; i < MOST_TICKS && migration_runs(&front->nodes); i++) {
		while (tick(front)) {
		}
		front->terms.now_s += TICK_S;
	}
	assert_false(migration_runs(&front->nodes));
	while (tick(front)) { /* the notes go */
	}
	assert_int_equal(rule_is_managed(front), forward);
	for (int i = 0; i < SERVICES; i++) {
		assert_int_equal(place_of(front->store[i].seen), forward ? MANAGED : 0);
		assert_null(strstr(description_of(front->store[i].seen), "since"));
	}
}

/* Whatever states somebody left it in. */
static void from_everywhere_it_arrives(void **state)
{
	for (int start = 0; start < PLACES * PLACES * 4; start++) {
		JSON_WORK(work);
		int places[SERVICES] = {start % PLACES, start / PLACES % PLACES};
		bool forward = start / (PLACES * PLACES) % 2, rule = start / (PLACES * PLACES * 2);
		struct front front;

		if (rule && (places[0] != MANAGED || places[1] != MANAGED))
			continue; /* the cloud has no such thing */
		make(&front, forward, places, rule);
		arrives(&front);
	}
}

/* Wherever a person changes their mind. */
static void it_turns_back_at_any_time(void **state)
{
	for (int when = 0; when < 30; when++) {
		JSON_WORK(work);
		struct front front, back;

		make(&front, true, (const int[]){0, 0}, false);
		for (int i = 0; i < when; i++) {
			while (tick(&front)) {
			}
			front.terms.now_s += TICK_S;
		}
		make(&back, false, (const int[]){0, 0}, false);
		back.terms.now_s = front.terms.now_s;
		for (size_t i = 0; i < back.nodes.count; i++)
			back.store[i].seen = front.store[i].seen;
		arrives(&back);
	}
}

static void it_is_held(void **state)
{
	for (int place = 1; place < MANAGED; place++) {
		JSON_WORK(work);
		struct front front;

		make(&front, true, (const int[]){0, 0}, false);
		front.terms.hold_at = states[place];
		for (int i = 0; i < MOST_TICKS; i++) {
			while (tick(&front)) {
			}
			front.terms.now_s += TICK_S;
		}
		assert_int_equal(place_of(front.store[0].seen), place);
		assert_int_equal(place_of(front.store[1].seen), place);
		assert_non_null(strstr(migration_story(&front.nodes), "held there"));
		assert_true(migration_due(&front.nodes) == INT64_MAX);
		front.terms.hold_at = NULL;
		arrives(&front);
	}
}

/* While it is not known where one is, nobody goes on. */
static void what_is_not_known_is_waited_for(void **state)
{
	JSON_WORK(work);
	struct front front;

	make(&front, true, (const int[]){1, 1}, false);
	while (tick(&front)) {
	}
	front.terms.now_s += 10 * STEP_S;
	front.store[1].presence = NODE_UNKNOWN;
	assert_int_equal(place_of(front.store[0].kind->toward(&front.store[0], &front.nodes)), 1);
	front.store[1].presence = NODE_PRESENT;
	assert_int_equal(place_of(front.store[0].kind->toward(&front.store[0], &front.nodes)), 2);
}

/* A clock that was wrong holds nobody up for long. */
static void a_note_from_the_future_is_written_anew(void **state)
{
	JSON_WORK(work);
	struct front front;

	make(&front, true, (const int[]){1, 1}, false);
	front.terms.now_s += 100 * STEP_S;
	while (tick(&front)) {
	}
	front.terms.now_s -= 100 * STEP_S;
	memset(front.entered, 0, sizeof(front.entered));
	arrives(&front);
}

static void the_next_step_is_told(void **state)
{
	JSON_WORK(work);
	struct front front;

	make(&front, true, (const int[]){0, 0}, false);
	assert_non_null(strstr(migration_story(&front.nodes), "to EXTERNAL_MANAGED, step EXTERNAL"));
	while (tick(&front)) {
	}
	assert_true(migration_due(&front.nodes) == (int64_t)STEP_S * 1000);
	front.terms.now_s += 100;
	assert_true(migration_due(&front.nodes) == (int64_t)(STEP_S - 100) * 1000);
	assert_string_equal(migration_story(&front.nodes), "to EXTERNAL_MANAGED, step PREPARE: all requests are served "
							   "by EXTERNAL, and EXTERNAL_MANAGED gets ready; "
							   "next step at 2026-06-13T10:05:00Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_everywhere_it_arrives),
		cmocka_unit_test(it_turns_back_at_any_time),
		cmocka_unit_test(it_is_held),
		cmocka_unit_test(what_is_not_known_is_waited_for),
		cmocka_unit_test(a_note_from_the_future_is_written_anew),
		cmocka_unit_test(the_next_step_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
