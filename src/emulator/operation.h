/* Operations: what a mutation becomes. An operation carries its effect with it and applies it when it is done. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/map.h"

struct emulator;
struct emu_call;
struct emu_resource;

enum emu_operation_status { OPERATION_PENDING, OPERATION_RUNNING, OPERATION_DONE };

enum emu_effect {
	EFFECT_NONE,
	EFFECT_INSERT,  /* the resource becomes visible */
	EFFECT_REPLACE, /* the resource takes the new body */
	EFFECT_DELETE,  /* the resource is gone */
};

struct emu_failure {
	int status; /* httpErrorStatusCode; 0: no failure */
	const char *code, *message;
	const char *details; /* JSON array for errorDetails, NULL: none */
};

struct emu_operation {
	char *own_path, *own_type, *own_target, *own_client_id;
	char *own_resource; /* path of the resource it works on */
	uint64_t id, target_id;
	enum emu_operation_status status;
	int64_t inserted, started, due, ended; /* due INT64_MAX: ends when somebody says so */
	enum emu_effect effect;
	char *own_body; /* EFFECT_REPLACE */
	int failure_status;
	char *own_failure_code, *own_failure_message, *own_failure_details;
	char *own_warnings; /* JSON array, NULL: none */
	uint64_t fault;     /* number of the fault that keeps it from ending; 0: none */
};

/* What a handler wants done. */
struct emu_change {
	struct emu_resource *resource;
	const char *target; /* what targetLink names; NULL: the resource */
	bool detached;      /* does not occupy the resource: others may begin meanwhile */
	enum emu_effect effect;
	const char *type;           /* operationType */
	const cJSON *body;          /* EFFECT_REPLACE: the new body */
	const cJSON *links;         /* EFFECT_REPLACE: array of the paths that the new body refers to */
	int64_t least_ms, most_ms;  /* how long it takes; both 0: done in the answer; most INT64_MAX: open end */
	struct emu_failure failure; /* how it ends, when it is to fail */
	cJSON *warnings;            /* array or NULL */
};

struct emu_operations {
	struct map by_path;   /* path -> own struct emu_operation */
	struct map by_client; /* project and requestId -> path of the operation (own text) */
	int64_t purged;       /* the minute in which old ones were looked for last */
};

enum { OPERATION_RETENTION_MS = 3600 * 1000 * 2, PURGE_MS = 60 * 1000 };

/* Begins the operation and answers the call with it. */
bool emu_operation_begin(struct emu_call *call, const struct emu_change *change);
/* The same without a request: what the world does to a resource. client_id: the requestId or NULL. */
struct emu_operation *emu_operation_start(
	struct emulator *emulator, const struct emu_change *change, const char *client_id);
/* Its end has come: applies or undoes the effect. Harmless when it is done or unknown. */
void emu_operation_finish(struct emulator *emulator, const char *path);
/* The fault of that number is taken back (0: all of them): what it kept from ending ends. */
void emu_operations_release(struct emulator *emulator, uint64_t fault);
/* A replay of a requestId: answers with the first operation. False: there is none (or the id is bad: refused). */
bool emu_operation_replay(struct emu_call *call);
struct emu_operation *emu_operation_find(const struct emulator *emulator, const char *path);
/* Forgets a finished operation; one that runs is kept. False: there is none. */
bool emu_operation_forget(struct emulator *emulator, const char *path);
cJSON *emu_operation_json(const struct emulator *emulator, const struct emu_operation *operation);
/* Forgets finished operations that are older than the retention. */
void emu_operations_purge(struct emulator *emulator);
void emu_operations_done(struct emu_operations *operations);
