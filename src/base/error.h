/* The one error of the project. Fallible functions return bool and fill a struct error; the class is all the
 * reconciler acts on (design: "Errors are one struct with a class"). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum error_class {
	ERROR_NONE = 0,
	ERROR_STALE,     /* we acted on an old observation: observe again, plan again */
	ERROR_WAIT,      /* a dependency is missing or lingers: short back-off */
	ERROR_TRANSIENT, /* 5xx, transport, time-out: back-off with jitter */
	ERROR_THROTTLED, /* rate limit: the whole project slows */
	ERROR_REJECTED,  /* wrong request, no permission, quota, policy: a person must act */
};

struct error {
	enum error_class class;
	int status;         /* HTTP status, 0 when there was none */
	int retry_after_ms; /* what the server asked for, 0 when it did not */
	char reason[48];   /* CamelCase word of the closed list of conditions' reasons, "" when the class says enough */
	char code[64];     /* the other side's own word: resourceInUseByAnotherResource, QUOTA_EXCEEDED, Expired, ... */
	char message[768]; /* one sentence for a person: what, which resource, what to do; never a secret */
};

/* Fills err (NULL is allowed and ignored) and returns false, so that callers can write: return error_set(...). */
bool error_set(struct error *err, enum error_class class, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "text: " in front of the message; keeps everything else. Returns false. */
bool error_context(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sets reason / code, cut to fit. */
void error_reason(struct error *err, const char *reason);
void error_code(struct error *err, const char *code);

const char *error_class_name(enum error_class class);
