/* The simulated world with an ear on every call: what the controller sends is noted in order, and a test may answer in the
 * servers' place. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/world.h"

struct tower {
	struct world world;
	fake_http_fn serve; /* the world's own answer */
	/* NULL, or: true when it has answered itself. left: for the test's own counting. */
	bool (*hook)(struct tower *tower, struct fake_call *call);
	int left;
	struct vec calls; /* "METHOD /path?query", own texts; the lists of sweeps as "SWEEP" once each */
	struct vec held;  /* struct fake_call that the hook keeps back */
};

#define TOWER_IMAGE "projects/deeplearning-platform-release/global/images/family/common-cu129-ubuntu-2204-nvidia-580"

static const char TOWER_KEY[] = "ml/tf";

/* The one pool behind two backend services. */
#define TWO_BACKENDS                                                                                                   \
	"\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\",\"backends\":[{\"name\":\"default\"},{\"name\":\"v2\"}" \
	"]}],"                                                                                                         \
	"\"backends\":[{\"name\":\"v2\",\"serving\":{\"timeoutSec\":7}}],"                                             \
	"\"routes\":[{\"name\":\"all\",\"pathRules\":[{\"name\":\"v2\",\"paths\":[\"/v2/*\"],\"backend\":\"v2\"}]}]"

static inline void tower_on_call(void *arg, struct fake_call *call)
{
	struct tower *tower = arg;

	vec_add(&tower->calls, mem_printf("%s %s?%s", call->method, call->path, call->query));
	if (!tower->hook || !tower->hook(tower, call))
		tower->serve(&tower->world.replicas[0], call);
}

static inline int tower_setup(void **state)
{
	struct tower *tower = mem_alloc(sizeof(*tower));

	world_init(&tower->world, 1);
	tower->serve = tower->world.replicas[0].http.fn;
	tower->world.replicas[0].http.fn = tower_on_call;
	tower->world.replicas[0].http.arg = tower;
	*state = tower;
	return 0;
}

static inline int tower_teardown(void **state)
{
	struct tower *tower = *state;
	bool good = tower->world.complaints.count == 0;

	for (size_t i = 0; i < tower->world.complaints.count; i++)
		fprintf(stderr, "%s\n", (char *)tower->world.complaints.own_items[i]);
	vec_done(&tower->held, NULL);
	world_done(&tower->world);
	vec_done(&tower->calls, mem_free);
	mem_free(tower);
	return good ? 0 : -1;
}

#define WITH_TOWER(test) cmocka_unit_test_setup_teardown(test, tower_setup, tower_teardown)

/* An object of one pool with one machine; spec: more members, or "". */
static inline void tower_apply(struct tower *tower, const char *name, const char *spec)
{
	AUTO_FREE char *text = mem_printf(
		"{\"apiVersion\":\"tflb.dev/v1alpha1\",\"kind\":\"TFLoadBalancer\",\"metadata\":"
		"{\"namespace\":\"ml\",\"name\":\"%s\"},\"spec\":{\"project\":\"my-project\","
		"\"replicas\":1,\"template\":{\"image\":\"" TOWER_IMAGE "\"}%s%s%s}}",
		name, strstr(spec, "\"pools\"") ? "" : ",\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\"}]",
		spec[0] ? "," : "", spec);

	apiserver_apply(&tower->world.api, text);
}

static inline void tower_ready(struct tower *tower)
{
	assert_true(world_until_ready(&tower->world, TOWER_KEY, 40 * 60000));
}

static inline void tower_settled(struct tower *tower)
{
	assert_true(world_until_settled(&tower->world, 40 * 60000));
}

/* Started, with the object Ready and at rest. */
static inline void tower_start(struct tower *tower, const char *spec)
{
	world_start(&tower->world);
	tower_apply(tower, "tf", spec);
	tower_ready(tower);
	tower_settled(tower);
}

static inline void tower_forget(struct tower *tower)
{
	vec_done(&tower->calls, mem_free);
	tower->calls = (struct vec){0};
}

/* Another process takes its place; from now on its calls are noted. */
static inline void tower_restart(struct tower *tower)
{
	world_kill(&tower->world);
	world_start(&tower->world);
	tower->world.replicas[0].http.fn = tower_on_call;
	tower->world.replicas[0].http.arg = tower;
	tower_forget(tower);
}

/* Hook: reads of health are kept back. */
static inline bool tower_hold_health(struct tower *tower, struct fake_call *call)
{
	if (!text_ends(call->path, "/getHealth"))
		return false;
	vec_add(&tower->held, call);
	return true;
}

static inline struct fake_call *tower_take_held(struct tower *tower)
{
	struct fake_call *call = tower->held.own_items[0];

	vec_remove_at(&tower->held, 0);
	return call;
}

/* Place of the first call at or after `from` that begins with `start` and holds `part`; -1: none. */
static inline int tower_find(const struct tower *tower, int from, const char *start, const char *part)
{
	for (size_t i = (size_t)from; i < tower->calls.count; i++) {
		const char *text = tower->calls.own_items[i];

		if (text_starts(text, start) && strstr(text, part))
			return (int)i;
	}
	return -1;
}

static inline int tower_count(const struct tower *tower, const char *start, const char *part)
{
	int count = 0;

	for (int at = tower_find(tower, 0, start, part); at >= 0; at = tower_find(tower, at + 1, start, part))
		count++;
	return count;
}

static inline bool is_finalizer_patch(const struct fake_call *call)
{
	return text_equal(call->method, "PATCH") && strstr(call->path, "/tfloadbalancers/") &&
	       !text_ends(call->path, "/status");
}

static inline bool is_status_patch(const struct fake_call *call)
{
	return text_equal(call->method, "PATCH") && text_ends(call->path, "/status");
}

static inline bool is_cloud_write(const char *text)
{
	return strstr(text, "/compute/v1/") && !text_starts(text, "GET") && !strstr(text, "/wait") &&
	       !strstr(text, "getHealth") && !strstr(text, "listManagedInstances");
}

static inline void answer_status(struct fake_call *call, int code, const char *reason, const char *message)
{
	AUTO_FREE char *body =
		mem_printf("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\","
			   "\"message\":\"%s\",\"reason\":\"%s\",\"code\":%d}",
			message, reason, code);

	fake_answer(call, code, "application/json", body);
}

/* A condition's member, in the arena; "" when there is none. */
static inline const char *tower_condition(
	const struct tower *tower, const char *key, const char *type, const char *member)
{
	const cJSON *condition;

	cJSON_ArrayForEach(condition, json_at(apiserver_get(&tower->world.api, key), "status.conditions"))
	{
		if (text_equal(json_text(condition, "type"), type))
			return json_text_or(condition, member, "");
	}
	return "";
}
