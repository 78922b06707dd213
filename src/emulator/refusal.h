/* Why a request is refused: what becomes the error body. One place makes the texts, so that each is spelled once. */
#pragma once

#include <stdbool.h>

#include "base/json.h"

struct emu_refusal {
	int status;          /* HTTP status; 0: nothing was refused */
	const char *reason;  /* "notFound", ...; static or in json_arena() */
	const char *message; /* in json_arena() */
	const char *domain;  /* NULL: "global" */
	const char *header;  /* the header that the error names (If-Match, Authorization), or NULL */
	const char *word;    /* "status" of errors from the front end (UNAUTHENTICATED), or NULL */
	cJSON *details;      /* array of details or NULL */
};

/* All return false, so that callers can write: return emu_refuse_...(). The first refusal stays. */
bool emu_refuse(struct emu_refusal *refusal, int status, const char *reason, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* 400 invalid: "Invalid value for field 'resource.FIELD': 'VALUE'. WHY". */
bool emu_refuse_field(struct emu_refusal *refusal, const char *field, const char *value, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
bool emu_refuse_required(struct emu_refusal *refusal, const char *field); /* 400 required; field "" is the whole body */
bool emu_refuse_not_found(struct emu_refusal *refusal, const char *path); /* 404 */
bool emu_refuse_exists(struct emu_refusal *refusal, const char *path);    /* 409 */
bool emu_refuse_not_ready(struct emu_refusal *refusal, const char *path); /* 400 resourceNotReady */
/* 412 conditionNotMet: a stale fingerprint, and what is not allowed as things are. */
bool emu_refuse_condition(struct emu_refusal *refusal, const char *message);
bool emu_refuse_fingerprint(struct emu_refusal *refusal);       /* 412 Invalid fingerprint. */
bool emu_refuse_label_fingerprint(struct emu_refusal *refusal); /* 412 of setLabels */
/* 400 resourceInUseByAnotherResource; noun is the type's word: "url_map". The names are as they are to be printed. */
bool emu_refuse_in_use(struct emu_refusal *refusal, const char *noun, const char *what, const char *by);

/* The text of an in-use refusal, in json_arena(); operations carry it too. */
char *emu_in_use_message(const char *noun, const char *what, const char *by);

/* {"error": {...}} in the recorded form. */
cJSON *emu_refusal_body(const struct emu_refusal *refusal);
