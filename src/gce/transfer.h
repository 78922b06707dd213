/* One request on its way: stands in line for its budget, is sent with the token, once more after a 401, and, when asked to,
 * again after what may pass (transport errors, 5xx). Everything that gce sends goes through here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "gce/internal.h"

struct transfer_request {
	const char *project;
	struct token *token; /* of whom it is sent in the name; NULL: our own */
	enum gce_budget budget;
	const void *whose;            /* as in gce.h */
	unsigned passes;              /* likewise */
	bool (*may_leave)(void *arg); /* as in gce.h */
	void *may_leave_arg;
	const char *method, *path, *query, *body;
	const char *extra;   /* more of the query, NULL: none */
	const char *subject; /* how messages call what this is about; NULL: by its path */
	int tries;           /* 1: never again */
	bool patient; /* a refusal for its rate is no failure, as long as now and then a call of the kind passes */
	int total_ms, silence_ms;
	bool own_connection;
	size_t maximum; /* bytes of a 2xx answer; 0: no limit, with data only */
	/* Receives the body of a 2xx answer as it comes; NULL: it is collected. Once it was called nothing is sent again. */
	bool (*data)(void *arg, const char *bytes, size_t length);
};

/* Told as gce_fn is: the answer (its body is "" with data) after a complete 2xx, else err, which names the subject. The
 * transfer is over then: the function may free its memory or start it again. */

/* Embedded in its owner; zeroed memory is a transfer that is over. */
struct transfer {
	struct gce *gce;
	struct token *token;
	gce_fn fn;
	void *arg;
	enum gce_budget budget;
	const void *whose;
	unsigned passes;
	bool (*may_leave)(void *arg);
	void *may_leave_arg;
	bool own_connection, patient;
	int tries, total_ms, silence_ms;
	size_t maximum, received;
	bool (*data)(void *arg, const char *bytes, size_t length);
	char *own_project, *own_location, *own_method, *own_url, *own_body, *own_subject;

	struct budget_place place;
	struct http_call *call; /* NULL: not under way */
	struct timer timer;     /* until the next try */
	struct token_wait wait; /* for a token */
	unsigned tried;
	int64_t sent_us;           /* the last time */
	unsigned token_generation; /* that the request was sent with */
	bool token_refused;        /* it was answered 401 once */
	int status, retry_after_s;
	struct str answer; /* collected body */
};

/* request is a loan for the call. No callback comes from within. */
void transfer_start(
	struct transfer *transfer, struct gce *gce, const struct transfer_request *request, gce_fn fn, void *arg);
void transfer_stop(struct transfer *transfer); /* also when over; no callback comes */
bool transfer_active(const struct transfer *transfer);

/* The wait before try number `tried` + 1: 1 s, 2 s, 4 s, then 8 s, each +- a quarter. */
int64_t transfer_pause_ms(struct gce *gce, unsigned tried);
