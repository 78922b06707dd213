/* The controller: watches TFLoadBalancers, keeps what is behind each of them, writes what it sees into their status. Everything
 * it needs from outside comes by options, so that tests run it on virtual time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "base/metrics.h"
#include "gce/gce.h"
#include "kube/kube.h"
#include "kube/lease.h"
#include "net/env.h"
#include "net/http.h"
#include "net/loop.h"

struct controller_options {
	struct loop *loop;
	struct env *env;
	struct http *http;
	const struct log *log;
	struct metrics *metrics; /* NULL: nothing is measured */
	const struct kube_config *kube_config;
	const char *compute_endpoint;
	const char *access_token_file; /* NULL: none */
	const char *project;           /* of our own credentials, which the built-in policy allows; NULL: as they say */
	bool built_in_only; /* no policies and no labels of namespaces are read: the built-in policy holds for all */
	const char *cluster_id;        /* NULL: the uid of namespace kube-system */
	const char *const *namespaces; /* NULL: all */
	size_t namespace_count;
	int64_t drift_interval_ms;          /* between two lists of one kind in one project; 0: 50 s */
	bool delete_orphans;                /* what bears our mark while its object is gone; else it is only told */
	const char *const *orphan_projects; /* looked into for these although no object names them */
	size_t orphan_project_count;
	const struct lease_terms
		*election; /* only the holder of this Lease works, the others watch; NULL: no election */
	loop_fn lost; /* with election: the Lease was lost. Nothing is written any more, and the process must end. */
	void *lost_arg;
};

struct controller;

/* Starts at once; lost runs from the loop and must not free the controller. NULL + err when the options can't work (class
 * REJECTED). All options but kube_config's texts, log, metrics and the three interfaces are copied. */
struct controller *controller_new(const struct controller_options *options, struct error *err);
/* A clean end, within ten seconds: nothing new is started, what is in flight is answered or given up, the statuses that are
 * owed are written, the Lease is given back. Then stopped(arg), from the loop; it must not free the controller. Once. */
void controller_stop(struct controller *controller, loop_fn stopped, void *arg);
/* Drops everything in flight; nothing is written any more. */
void controller_free(struct controller *controller);

/* Is it ready? Calls fn for each of its checks, with why it is not fulfilled, or NULL. */
void controller_ready(
	const struct controller *controller, void (*fn)(void *arg, const char *check, const char *why_not), void *arg);
/* Sets all gauges, before metrics_write. Makes no call, and opens nothing that is folded. */
void controller_collect(struct controller *controller);

/* For tests and the benchmark. */
struct controller_counts {
	size_t objects; /* load balancers known */
	uint64_t status_writes, finalizer_writes, live_reads, events;
	struct gce_counts cloud;
	size_t unsettled; /* load balancers whose last plan was not settled */
	size_t programmed; /* those of which everything was as wanted, as read after the last write, since their last edit */
};
struct controller_counts controller_counted(const struct controller *controller);
