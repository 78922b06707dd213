/* A Google Compute Engine of our own: a pure core. Requests and time go in, answers come out; no I/O, no clock, no log.
 * It is the judge of the controller, so it shares no code with kinds, gce or plan; its truth is the API reference, recorded
 * traffic and what gcloud expects. Time is emulated milliseconds since the start; the caller decides how fast it runs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct emulator;

struct emulator_options {
	uint64_t seed;
	int64_t wall_start_us; /* wall time at emulated time 0 */
	bool lenient;          /* drop unknown fields and enums instead of refusing them */
	const char *schema;    /* text of compute-v1-schema.json; NULL: the copy that is built in */
	size_t schema_length;
	bool require_token;      /* 401 without a bearer token */
	bool issued_tokens_only; /* 401 without a token that the emulator issued and that has not expired */
	double speed;            /* emulated milliseconds in one of the clients, whose clocks tokens live by; 0: 1 */
};

struct emulator_request {
	uint64_t id; /* chosen by the caller, never reused */
	const char *method;
	const char *path;                            /* percent-encoded, without query: /compute/v1/projects/... */
	const char *query;                           /* "" when absent */
	const char *authorization;                   /* NULL when absent */
	bool metadata;                               /* came to the door of the metadata server */
	const char *metadata_flavor, *forwarded_for; /* headers; NULL when absent */
	const char *content_type;                    /* "" when absent */
	const char *body;
	size_t body_length;
};

struct emulator_answer {
	uint64_t id;
	int status; /* 0: drop the connection without an answer */
	const char *content_type;
	const char *body; /* loan for the callback */
	size_t length;
	const char *reason; /* error reason for the request log, "" when fine */
	int retry_after_s;  /* header Retry-After; 0: none */
};

/* The body as a log may show it, without the secrets of a request for a token; owned by the caller. */
char *emulator_shown_body(const struct emulator_request *request);

/* Called for each answer, possibly within emulator_request (most), possibly later within emulator_advance (waits, delays).
 * It must not call the emulator: whoever has more to ask does so after the call that answered has returned. */
typedef void (*emulator_answer_fn)(void *arg, const struct emulator_answer *answer);

struct emulator *emulator_new(
	const struct emulator_options *options, emulator_answer_fn fn, void *arg, struct error *err);
void emulator_free(struct emulator *emulator);

/* now must never run backwards. */
void emulator_request(struct emulator *emulator, const struct emulator_request *request, int64_t now);
/* The caller no longer wants the answer of request id. */
void emulator_forget(struct emulator *emulator, uint64_t id);
/* Lets everything that is due happen. */
void emulator_advance(struct emulator *emulator, int64_t now);
/* When something will happen by itself next; INT64_MAX: nothing. */
int64_t emulator_next(const struct emulator *emulator);

/* The whole world as JSON text (same as GET /emulator/v1/state), owned by the caller. For judges in tests. */
char *emulator_state(struct emulator *emulator);
