/* A controller that nobody answers, with one load balancer and one node of it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake/fake_env.h"
#include "fake/fake_http.h"
#include "fake/fake_loop.h"
#include "reconcile/internal.h"

struct rig {
	struct fake_loop loop;
	struct fake_env env;
	struct fake_http http;
	struct kube_config config;
	struct log log;
	struct controller *controller;
	struct entry *entry;
	struct node *node;
};

static inline void never_answer(void *arg, struct fake_call *call)
{
}

#define OBJECT(name, uid, version, more)                                                                               \
	"{\"metadata\":{\"namespace\":\"ml\",\"name\":\"" name "\",\"uid\":\"" uid "\",\"resourceVersion\":\"" version \
	"\",\"generation\":1,\"creationTimestamp\":\"2026-06-13T10:00:00Z\"" more                                      \
	"},\"spec\":{\"project\":\"my-project\"}}"

static inline struct entry *take(struct rig *rig, const char *text)
{
	return entry_take(rig->controller, text, strlen(text), 0);
}

static inline int setup(void **state)
{
	struct rig *rig = mem_alloc(sizeof(*rig));
	struct controller_options options = {
		.compute_endpoint = "http://127.0.0.1:1/",
		.cluster_id = "cluster-1",
	};

	fake_loop_init(&rig->loop);
	fake_env_init(&rig->env, &rig->loop, 1);
	fake_http_init(&rig->http, &rig->loop, never_answer, rig);
	rig->config = (struct kube_config){.own_server = mem_strdup("http://127.0.0.1:2")};
	options.loop = &rig->loop.loop;
	options.env = &rig->env.env;
	options.http = &rig->http.http;
	options.log = &rig->log;
	options.kube_config = &rig->config;
	rig->controller = controller_new(&options, NULL);
	rig->entry = take(rig, OBJECT("tf", "uid-1", "5", ""));
	rig->node = nodes_add(rig->entry, kind_at(KIND_URL_MAP), "", "tflb-x-map");
	*state = rig;
	return rig->controller && rig->entry ? 0 : -1;
}

static inline int teardown(void **state)
{
	struct rig *rig = *state;

	controller_free(rig->controller);
	kube_config_done(&rig->config);
	fake_http_done(&rig->http);
	fake_env_done(&rig->env);
	fake_loop_done(&rig->loop);
	mem_free(rig);
	return 0;
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
