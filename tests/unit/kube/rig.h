/* What the tests of kube share: a client on virtual time whose server is a function of the test. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake/fake_env.h"
#include "fake/fake_http.h"
#include "fake/fake_loop.h"
#include "kube/kube.h"

struct rig {
	struct fake_loop loop;
	struct fake_env env;
	struct fake_http http;
	struct kube_config config;
	struct kube *kube;
};

static inline void rig_init(struct rig *rig, fake_http_fn server, void *arg)
{
	fake_loop_init(&rig->loop);
	fake_env_init(&rig->env, &rig->loop, 1);
	fake_http_init(&rig->http, &rig->loop, server, arg);
	rig->config = (struct kube_config){.own_server = mem_strdup("https://api:6443")};
	rig->kube = kube_new(&rig->loop.loop, &rig->env.env, &rig->http.http, &rig->config);
}

static inline void rig_done(struct rig *rig)
{
	kube_free(rig->kube);
	kube_config_done(&rig->config);
	fake_http_done(&rig->http);
	fake_env_done(&rig->env);
	fake_loop_done(&rig->loop);
}
