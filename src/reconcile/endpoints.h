/* What people and their tools ask of the running program: is it alive, is it ready, how is it doing, and how much it should log. A
 * question in, an answer out: sockets are somebody else's.
 *
 *     GET /livez           is the loop turning? /healthz is the same. A process that fails it is of no more use.
 *     GET /readyz          is everything listed? A replica that follows is ready, and so is one whose API server went away: what
 *                          it knows is still there, and nobody else would know better.
 *     GET /metrics         for Prometheus; deploy/monitoring/series.md
 *     GET, PUT /debug/flags/log-level     from this machine only (kubectl port-forward comes from there): debug, info, ...
 *
 * Probes answer as those of Kubernetes itself: "ok", or with ?verbose, and when one fails, a line for each check; ?exclude=CHECK
 * leaves one out, /readyz/CHECK asks for one. */
#pragma once

#include "base/log.h"
#include "base/metrics.h"
#include "reconcile/controller.h"

/* What is answered at an address. */
enum { ENDPOINT_PROBES = 1, ENDPOINT_METRICS = 2 };

struct endpoint_question {
	unsigned at; /* of the above */
	const char *method, *path, *query;
	const char *accept; /* NULL: anything */
	const char *body;
	bool loopback; /* asked from this machine */
};

struct endpoint_answer {
	int status;
	const char *content_type; /* static */
	struct str body;
};

struct endpoints;
/* All four are loans for its life. */
struct endpoints *endpoints_new(
	struct loop *loop, struct controller *controller, struct metrics *metrics, struct log *log);
void endpoints_free(struct endpoints *endpoints); /* NULL is fine */
/* answer must be zeroed; its body is the caller's. */
void endpoints_answer(
	struct endpoints *endpoints, const struct endpoint_question *question, struct endpoint_answer *answer);
