/* A struct gce on virtual time whose requests a test answers one by one. Included by one test program each. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "fake/fake_env.h"
#include "fake/fake_http.h"
#include "fake/fake_loop.h"
#include "gce/gce.h"

static const char json_type[] = "application/json; charset=UTF-8";

struct rig {
	struct fake_loop loop;
	struct fake_env env;
	struct fake_http http;
	struct gce *gce;
	struct vec calls; /* arrived and not taken by the test yet */
};

static inline void rig_on_call(void *arg, struct fake_call *call)
{
	vec_add(&((struct rig *)arg)->calls, call);
}

static inline int rig_setup_with(void **state, const char *endpoint, const char *token_file)
{
	struct rig *rig = mem_alloc(sizeof(*rig));
	fake_loop_init(&rig->loop);
	fake_env_init(&rig->env, &rig->loop, 7);
	fake_env_file(&rig->env, "/token", "ya29.first\n");
	fake_http_init(&rig->http, &rig->loop, rig_on_call, rig);
	struct gce_options options = {&rig->loop.loop, &rig->env.env, &rig->http.http, endpoint, token_file};
	rig->gce = gce_new(&options, NULL);
	*state = rig;
	return rig->gce ? 0 : -1;
}

static inline int rig_setup(void **state)
{
	return rig_setup_with(state, "https://compute.example/compute/v1", "/token");
}

static inline int rig_teardown(void **state)
{
	struct rig *rig = *state;
	gce_free(rig->gce);
	fake_loop_settle(&rig->loop);
	bool idle = rig->loop.wake_ms == INT64_MAX; /* nothing that gce armed is left */
	fake_http_done(&rig->http);
	fake_env_done(&rig->env);
	fake_loop_done(&rig->loop);
	vec_done(&rig->calls, NULL);
	mem_free(rig);
	return idle ? 0 : -1;
}

/* The next request that arrived, or arrives within ms; NULL: none. */
static inline struct fake_call *rig_wait(struct rig *rig, int64_t ms)
{
	int64_t until = rig->loop.now_ms + ms;
	fake_loop_settle(&rig->loop);
	while (rig->calls.count == 0 && fake_loop_step(&rig->loop, until))
		;
	if (rig->calls.count == 0) {
		fake_loop_run_for(&rig->loop, until - rig->loop.now_ms);
		return NULL;
	}
	struct fake_call *call = rig->calls.own_items[0];
	vec_remove_at(&rig->calls, 0);
	return call;
}

static inline struct fake_call *rig_next(struct rig *rig)
{
	struct fake_call *call = rig_wait(rig, 0);
	assert_non_null(call);
	return call;
}

static inline void rig_answer(struct rig *rig, struct fake_call *call, int status, const char *body)
{
	fake_answer(call, status, json_type, body);
	fake_loop_settle(&rig->loop);
}

static inline void rig_drop(struct rig *rig, struct fake_call *call)
{
	fake_drop(call);
	fake_loop_settle(&rig->loop);
}

static inline void rig_refuse(
	struct rig *rig, struct fake_call *call, int status, const char *reason, const char *message)
{
	AUTO_FREE char *body = mem_printf(
		"{\"error\":{\"code\":%d,\"message\":\"%s\",\"errors\":[{\"domain\":\"global\",\"reason\":\"%s\","
		"\"message\":\"%s\"}]}}",
		status, message, reason, message);
	rig_answer(rig, call, status, body);
}

/* What a gce_fn was told. */
struct told {
	unsigned count;
	int status;
	char body[4096];
	size_t length;
	struct error err; /* class NONE: an answer */
};

static inline void told_answer(void *arg, const struct gce_answer *answer, const struct error *err)
{
	struct told *told = arg;
	assert_true((answer == NULL) != (err == NULL));
	told->count++;
	told->err = err ? *err : (struct error){0};
	if (answer) {
		told->status = answer->status;
		told->length = answer->length;
		snprintf(told->body, sizeof(told->body), "%s", answer->body);
	}
}
