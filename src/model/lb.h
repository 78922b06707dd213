/* A TFLoadBalancer as the rest of the program sees it: parsed, defaulted, validated. Filled by the table of types
 * (model/types.h) from a custom resource; all memory belongs to the arena of the unit of work. Field names follow api.md. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/lb_frontend.h"
#include "model/lb_pool.h"
#include "model/lb_route.h"
#include "model/lb_serving.h"

struct lb_rollout {
	uint64_t present;
	char *failure_policy; /* Rollback, Hold */
	int64_t progress_deadline_sec, max_unhealthy_percent, revision_history_limit;
};

/* Pools with a role are one TensorFlow cluster. */
struct lb_training {
	uint64_t present;
	int64_t port;
};

/* One object of this cluster. */
struct lb_object {
	uint64_t present;
	char *namespace, *name;
};

struct lb_spec {
	uint64_t present;
	char *project;
	int64_t replicas;
	struct lb_template template;
	struct lb_pools pools;
	struct lb_serving serving;
	struct lb_health_check health_check;
	struct lb_backends backends; /* as written; what comes of them stands in services */
	struct lb_services services;
	struct lb_routes routes;
	struct lb_route_tests route_tests;
	struct lb_frontend frontend;
	struct lb_firewall firewall;
	struct lb_update_policy update_policy;
	struct lb_rollout rollout;
	struct lb_auto_healing auto_healing;
	struct lb_config all_instances_config;
	int64_t min_healthy_percent;
	struct lb_training training;  /* says something where some pool has a role, and only there */
	char *deletion_policy;        /* Delete, Abandon */
	char *adoption_policy;        /* Never, Adopt */
	struct lb_map resource_names; /* "url-map", "group/POOL" -> name */
	char *drift_policy;           /* Correct, Report */
	bool suspend;
	struct lb_object move_from, move_to; /* name NULL: none */
};

struct lb {
	char *namespace, *name, *uid, *resource_version;
	char *stem; /* name that the resources bear: its own, or that of the object that they come from */
	char *creation_timestamp, *deletion_timestamp; /* RFC 3339; deletion NULL while alive */
	int64_t generation;
	bool has_finalizer;
	char *asked; /* value of the annotation tflb.dev/reconcile; "": none */
	struct lb_spec spec;
};

/* Are machines of the pool made anew that stay unhealthy, after which delay, and by which probe of which port? Who serves nobody,
 * and has no port of his own to be probed, is not. */
bool lb_pool_heals(const struct lb_spec *spec, const struct lb_pool *pool);
int64_t lb_pool_initial_delay(const struct lb_spec *spec, const struct lb_pool *pool);
const struct lb_health_check *lb_pool_probe(const struct lb_spec *spec, const struct lb_pool *pool);
int64_t lb_pool_probe_port(const struct lb_spec *spec, const struct lb_pool *pool);
/* So many healthy machines Ready asks for, and so many of that many of them. */
int64_t lb_pool_least_healthy(const struct lb *lb, const struct lb_pool *pool);
int64_t lb_pool_least_of(const struct lb *lb, const struct lb_pool *pool, int64_t size);
/* Does it take no traffic, on purpose? */
bool lb_pool_is_drained(const struct lb_pool *pool);
/* The pool of that name; NULL: none. */
const struct lb_pool *lb_pool_named(const struct lb_spec *spec, const char *name);
/* Its zone or region. */
const char *lb_pool_location(const struct lb_pool *pool);
/* Do machines that are made anew keep their names, and what goes with them? */
bool lb_pool_keeps_names(const struct lb_pool *pool);
bool lb_pool_is_stateful(const struct lb_pool *pool);
/* Does each of its zones get as many machines? */
bool lb_pool_is_even(const struct lb_pool *pool);
/* Over so many zones its machines spread. */
int64_t lb_pool_zones(const struct lb_pool *pool);
/* Does the pool's autoscaler own its size? */
bool lb_pool_is_autoscaled(const struct lb_pool *pool);
/* Which signals it goes by, among others. */
bool lb_autoscaling_by_cpu(const struct lb_autoscaling *scaling);
bool lb_autoscaling_by_load(const struct lb_autoscaling *scaling);
/* Is its size that of spec.replicas? */
bool lb_pool_follows(const struct lb_pool *pool);
/* Machines that are wanted; of an autoscaled pool the least. */
int64_t lb_pool_replicas(const struct lb *lb, const struct lb_pool *pool);
/* How many of size machines are the pool's canaries. */
int64_t lb_pool_canaries(const struct lb_pool *pool, int64_t size);
/* Machines that there may come to be, surge not counted. */
int64_t lb_pool_most(const struct lb *lb, const struct lb_pool *pool);
/* How the pool's machines are updated: spec.updatePolicy with the pool's own members over it (maxSurge and maxUnavailable as a
 * pair), and what follows where neither says it: no amount is absent. */
struct lb_update_policy lb_pool_update_policy(const struct lb_spec *spec, const struct lb_pool *pool);
/* Whether the pool's machines serve the backend of that name. */
bool lb_pool_serves(const struct lb_pool *pool, const char *backend);
/* Is there anything that clients could reach: a pool that serves some backend, or a bucket? */
bool lb_has_front(const struct lb_spec *spec);
/* Has some pool a role? */
bool lb_has_training(const struct lb_spec *spec);
/* The first backend that the pool serves; NULL: none, its machines get no requests. */
const struct lb_service *lb_pool_service(const struct lb_spec *spec, const struct lb_pool *pool);
/* The first backend whose port has that name; NULL: none. */
const struct lb_service *lb_service_of_port(const struct lb_spec *spec, const char *port_name);
/* The port that probes of the backend go to. */
int64_t lb_probe_port(const struct lb_spec *spec, const struct lb_service *service);
/* The serving port that the pool's machines hand on to another one, on which their container listens; LB_ABSENT: they don't. */
int64_t lb_forwarded_port(const struct lb_spec *spec, const struct lb_pool *pool);
bool lb_amount_is_set(const struct lb_amount *amount);
/* What the pool's machines are made of: spec.template with the pool's own members over it. */
const struct lb_template *lb_pool_template(const struct lb_spec *spec, const struct lb_pool *pool);
