/* Leader election with one Lease (coordination.k8s.io/v1), by the algorithm of client-go: its processes and ours exclude each
 * other on the same Lease. Facts: kubernetes-api.md section 4.
 *
 * Times in the Lease are for people. What counts is the own clock: a follower waits until the Lease did not change for the
 * whole duration that stands in it; a leader may act until the renew deadline has passed since it sent the last renewal that
 * succeeded. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "kube/kube.h"

struct lease_terms {
	const char *namespace, *name;
	const char *identity; /* of this process, never used before: HOST_UUID */
	int64_t duration_ms;  /* whole seconds; how long others leave a Lease alone that does not change; usual: 15 s */
	int64_t renew_deadline_ms; /* usual: 10 s */
	int64_t retry_period_ms;   /* usual: 2 s */
};

/* Can these work together? Class REJECTED and a sentence that names what to change when not. */
bool lease_terms_check(const struct lease_terms *terms, struct error *err);

struct lease_handler {
	void (*leading)(void *arg); /* the Lease is ours */
	/* It is not ours any more, or nobody knows; lease_held says no already. The last thing that is told. */
	void (*lost)(void *arg, const char *why);
	void (*follows)(void *arg, const char *holder);      /* another one holds it; once for each */
	void (*trouble)(void *arg, const struct error *err); /* the first failure in a row; NULL: it works again */
	void *arg;
};

struct lease;
/* The texts of terms are copied; handler's functions run from the loop and must not free the lease. */
struct lease *lease_new(struct kube *kube, const struct lease_terms *terms, const struct lease_handler *handler);
void lease_start(struct lease *lease); /* from now on it is a candidate; once */
const struct lease_terms *lease_terms(const struct lease *lease);
/* Of the Lease as last seen, a loan until the next answer; NULL: never seen. */
const char *lease_uid(const struct lease *lease);
/* May something be written in this moment? */
bool lease_held(const struct lease *lease);
/* Gives the Lease back, for others to take at once, when nobody writes any more: lease_held says no from now on, and nothing
 * is told but done(arg), after a second and a half at the latest, whether it worked or not. */
void lease_release(struct lease *lease, loop_fn done, void *arg);
void lease_collect(const struct lease *lease); /* sets its gauge, before metrics_write */
void lease_free(struct lease *lease);          /* NULL is fine; no callback comes */
