/* Replicas. */
#include "sim/replica.h"

#include <stdio.h>
#include <string.h>

#include "sim/world.h"

enum { ENDING_MS = 100 };

/* --- its loop --- */

static int64_t clock_us(const struct replica *replica)
{
	return replica->clock_us + (replica->world->loop.now_ms * 1000 - replica->clock_since_us) * replica->rate;
}

static int64_t replica_now_us(struct loop *loop)
{
	return clock_us((struct replica *)((char *)loop - offsetof(struct replica, loop)));
}

static void arm(struct replica *replica);

static void on_wake(void *arg)
{
	struct replica *replica = arg;

	replica->due = loop_turn(&replica->loop);
	arm(replica);
}

static void arm(struct replica *replica)
{
	struct loop *outer = &replica->world->loop.loop;
	int64_t now = clock_us(replica) / 1000;
	int64_t wait = replica->due > now ? (replica->due - now + replica->rate - 1) / replica->rate : 0;

	if (replica->frozen || replica->due == INT64_MAX)
		timer_stop(outer, &replica->wake);
	else
		timer_start(outer, &replica->wake, wait, on_wake, replica);
}

static void replica_wake_at(struct loop *loop, int64_t due)
{
	struct replica *replica = (struct replica *)((char *)loop - offsetof(struct replica, loop));

	replica->due = due;
	arm(replica);
}

static const struct loop_ops replica_ops = {.now_us = replica_now_us, .wake_at = replica_wake_at};

void replica_freeze(struct replica *replica)
{
	replica->frozen = true;
	arm(replica);
}

void replica_thaw(struct replica *replica)
{
	replica->frozen = false;
	arm(replica);
}

void replica_rate(struct replica *replica, int rate)
{
	replica->clock_us = clock_us(replica);
	replica->clock_since_us = replica->world->loop.now_ms * 1000;
	replica->rate = rate;
	fake_env_set_rate(&replica->env, rate);
	arm(replica);
}

/* --- its life --- */

void replica_init(struct replica *replica, struct world *world, uint64_t seed, fake_http_fn serve)
{
	*replica = (struct replica){.world = world, .due = INT64_MAX, .renewed_sent = -1, .metrics = metrics_new()};
	replica->rate = 1;
	loop_init(&replica->loop, &replica_ops);
	fake_env_init(&replica->env, &world->loop, seed);
	fake_http_init(&replica->http, &world->loop, serve, replica);
	replica->http.http.loop = &replica->loop;
	replica->http.latency_ms = WORLD_LATENCY_MS;
}

void replica_done(struct replica *replica)
{
	timer_stop(&replica->world->loop.loop, &replica->end);
	fake_http_done(&replica->http);
	fake_env_done(&replica->env);
	loop_done(&replica->loop);
	timer_stop(&replica->world->loop.loop, &replica->wake);
	metrics_free(replica->metrics);
}

void replica_kill(struct replica *replica)
{
	controller_free(replica->controller);
	replica->controller = NULL;
	timer_stop(&replica->world->loop.loop, &replica->end);
}

static void on_end(void *arg)
{
	replica_kill(arg);
}

/* A process that lost its lease ends, not in the same moment, and is started again as a pod is. */
static void on_lost(void *arg)
{
	struct replica *replica = arg;

	replica->lost++;
	timer_start(&replica->world->loop.loop, &replica->end, ENDING_MS, on_end, replica);
	world_restart(replica->world);
}

static void on_stopped(void *arg)
{
	struct replica *replica = arg;

	replica->stopped_at = replica->world->loop.now_ms;
	timer_start(&replica->world->loop.loop, &replica->end, 0, on_end, replica);
}

void replica_stop(struct replica *replica)
{
	controller_stop(replica->controller, on_stopped, replica);
}

void replica_start(struct replica *replica)
{
	struct world *world = replica->world;
	struct lease_terms terms = {.namespace = "default",
		.name = "tflb-controller",
		.identity = replica->identity,
		.duration_ms = 15000,
		.renew_deadline_ms = WORLD_DEADLINE_MS,
		.retry_period_ms = 2000};
	struct controller_options options = {
		.namespaces = &world->namespace,
		.namespace_count = world->namespace != NULL,
		.delete_orphans = world->delete_orphans,
		.orphan_projects = &world->orphan_project,
		.orphan_project_count = world->orphan_project != NULL,
		.cluster_id = world->cluster_id,
		.loop = &replica->loop,
		.env = &replica->env.env,
		.http = &replica->http.http,
		.log = &world->log,
		.metrics = replica->metrics,
		.kube_config = &world->config,
		.compute_endpoint = "http://127.0.0.1:1/compute/v1/",
		.access_token_file = world->token_file,
		.project = world->token_file ? "my-project" : NULL, /* a token does not say which */
		.election = world->election ? &terms : NULL,
		.lost = on_lost,
		.lost_arg = replica,
	};
	struct error err = {0};

	if (replica->controller)
		return;
	snprintf(replica->identity, sizeof(replica->identity), "replica%d_%u", (int)(replica - world->replicas),
		++replica->starts);
	replica->started_ms = world->loop.now_ms;
	replica->renewed_sent = -1;
	replica->controller = controller_new(&options, &err);
	if (!replica->controller) /* the process ends, and is started again */
		world_restart(world);
}

static void silence(const struct replica *replica, struct vec *watches)
{
	for (size_t i = watches->count; i-- > 0;) {
		if (((struct fake_call *)watches->own_items[i])->http == &replica->http)
			vec_remove_at(watches, i);
	}
}

void replica_cut(struct replica *replica, bool cut)
{
	struct apiserver *api = &replica->world->api;

	replica->cut = cut;
	if (!cut)
		return;
	silence(replica, &api->watches);
	silence(replica, &api->policies.watches);
	silence(replica, &api->namespaces.watches);
}

bool replica_leads(const struct replica *replica)
{
	JSON_WORK(work);

	return replica->controller &&
	       (!replica->world->election ||
		       text_equal(leases_holder(&replica->world->leases, WORLD_LEASE), replica->identity));
}

struct replica *replica_leader(struct world *world)
{
	for (int i = 0; i < world->replica_count; i++) {
		if (replica_leads(&world->replicas[i]))
			return &world->replicas[i];
	}
	return NULL;
}
