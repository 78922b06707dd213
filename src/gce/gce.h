/* The Compute Engine API: calls with a token and a budget, mutations followed to the end of their operation, lists that are
 * split while they stream. Facts: gce-compute-v1.md sections 1 to 6. Hosts come from options, never from an answer. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/metrics.h"
#include "net/env.h"
#include "net/http.h"
#include "net/loop.h"

struct gce;

struct gce_options {
	struct loop *loop;
	struct env *env;
	struct http *http;
	const char *
		endpoint; /* base URL, "https://compute.googleapis.com/compute/v1/" or http on loopback; with or without last slash */
	/* Where the token is; NULL: Application Default Credentials (adc.h), and for an endpoint that is http on this machine only
	 * those that the environment names; where it names none no token is sent. */
	const char *access_token_file;
};

/* NULL + err (class REJECTED) when the endpoint or the credentials cannot work. */
struct gce *gce_new(const struct gce_options *options, struct error *err);
void gce_free(struct gce *gce); /* cancels everything in flight; no callback comes */
/* Who we are, for people: "service account a@p.iam.gserviceaccount.com, from /key.json"; "nobody" when no token is sent. A loan. */
const char *gce_identity(const struct gce *gce);
/* The project that our own credentials are of: GOOGLE_CLOUD_PROJECT, else what they say, else who pays for their calls. */
enum gce_home {
	GCE_HOME_KNOWN,   /* it is in project, a loan until the loop goes on */
	GCE_HOME_LATER,   /* the first token will tell */
	GCE_HOME_UNKNOWN, /* nobody tells */
	GCE_HOME_NOBODYS, /* there are no credentials */
};
enum gce_home gce_home(const struct gce *gce, const char **project);
/* From now on no write leaves unless fn(arg) allows it in that moment; else it ends at once, code "Withheld". */
void gce_guard(struct gce *gce, bool (*fn)(void *arg), void *arg);

/* What a call is charged to. The cloud counts apart what is global and what is in each region; so each project, location and
 * budget has a rate of its own, learned downward from refusals and back up slowly (budget.h). A throttled one delays its own
 * calls, nobody else's. */
enum gce_budget {
	GCE_READ,
	GCE_LIST,
	GCE_HEAVY, /* lists over all scopes, those of operations, too; gce_list decides */
	GCE_WRITE,
	GCE_OPERATION, /* long polls of operations, and lists of those of one scope; gce_mutate and gce_list decide */
	GCE_HEALTH,
	GCE_BUDGETS
};

struct gce_request {
	const char *project; /* whose budget pays, and <P> of path */
	enum gce_budget budget;
	const char *method;
	const char *path; /* below the endpoint: "projects/p/global/urlMaps/x"; names are not escaped, they need none */
	const char *query; /* "size=5", NULL: none */
	const char *body;  /* JSON, NULL: none; copied */
	/* NULL, or: a write leaves only if it allows it in that moment, too; else it ends as gce_guard says. Not asked after the call's end. */
	bool (*may_leave)(void *arg);
	void *may_leave_arg;
	/* For whom, never looked into: those who share a rate take turns, however many calls each has in line. NULL is one, too. */
	const void *whose;
	unsigned passes; /* so many turns it leaves to others: as many calls for the same one had better go before it */
	const char
		*identity; /* email of the service account that we act as, by our own credentials; NULL: as ourselves */
};

struct gce_answer {
	int status;       /* 200..299 */
	const char *body; /* NUL-terminated loan */
	size_t length;
};

/* Exactly one of answer and err is not NULL. */
typedef void (*gce_fn)(void *arg, const struct gce_answer *answer, const struct error *err);

struct gce_call;                        /* something in flight: a call, a mutation, a list */
void gce_cancel(struct gce_call *call); /* NULL is fine; no callback comes afterwards */

/* One call. GETs are tried again a few times on transport errors and 5xx, nothing else is. */
struct gce_call *gce_send(struct gce *gce, const struct gce_request *request, gce_fn fn, void *arg);

/* A mutation with a requestId (where the method takes one: gce-compute-v1.md 1.2; the same id on a transport retry),
 * followed until its operation is DONE. */
enum gce_outcome {
	GCE_ACCEPTED, /* the operation exists; its path (below the endpoint) is in `operation`; more comes */
	GCE_DONE,     /* it has happened */
	GCE_FAILED,   /* it has not happened: err says why */
	GCE_UNCLEAR,  /* it may have happened: err says what went wrong; read again */
};
struct gce_mutation_event {
	enum gce_outcome outcome;
	const char *operation;   /* ACCEPTED: loan */
	const struct error *err; /* FAILED, UNCLEAR */
	const char *warning;     /* DONE: it uses what is deprecated; NULL: it does not */
};
typedef void (*gce_mutation_fn)(void *arg, const struct gce_mutation_event *event);
struct gce_call *gce_mutate(struct gce *gce, const struct gce_request *request, gce_mutation_fn fn, void *arg);

/* A whole list, page by page. A page that is refused for its rate waits for its turn again, unless the cloud refuses all. item sees each element as text while it streams. done: err NULL only when every page was read
 * and nothing was unreachable; unreachable scopes (aggregated lists) are told one by one before done. */
struct gce_list {
	const char *project;
	const char *path;     /* "projects/p/global/urlMaps", "projects/p/aggregated/instanceGroupManagers" */
	const char *query;    /* extra parameters: "fields=...", NULL: none */
	const char *inner;    /* aggregated lists: name of the inner arrays; NULL: plain list */
	const char *identity; /* as in gce_request */
	void (*item)(void *arg, const char *text, size_t length);
	void (*unreachable)(void *arg, const char *scope); /* "zones/z"; NULL for plain lists */
	void (*done)(void *arg, const struct error *err);
	void *arg;
};
struct gce_call *gce_list(struct gce *gce, const struct gce_list *list);

/* Counts of calls answered since the start, for metrics and the benchmark. */
struct gce_counts {
	uint64_t calls[GCE_BUDGETS];
	uint64_t throttled;
};
struct gce_counts gce_counted(const struct gce *gce);
/* From now on it counts and measures what it does; before its first call. */
void gce_measure(struct gce *gce, struct metrics *metrics);
void gce_collect(struct gce *gce); /* sets all gauges, before metrics_write */
