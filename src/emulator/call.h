/* One request being worked on, from its path to its answer. Lives in one unit of work. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "emulator/operation.h"
#include "emulator/query.h"
#include "emulator/refusal.h"
#include "emulator/reply.h"
#include "emulator/route.h"

struct emulator;
struct emu_kind;
struct emu_fault;

struct emu_call {
	struct emulator *emulator;
	struct emu_slot slot;
	const char *method, *path, *query_text, *content_type, *authorization; /* as received */
	bool metadata;                                                         /* came to the metadata server */
	const char *metadata_flavor, *forwarded_for;                           /* headers or NULL */
	const char *body;                                                      /* as received */
	size_t body_length;
	struct emu_query query;
	struct emu_route route;        /* of Compute paths */
	const struct emu_kind *kind;   /* of route.collection */
	const struct emu_fault *fault; /* what is to go wrong; NULL: nothing */
	struct emu_refusal refusal;
	struct emu_failure failure; /* how the operation of a mutation that was accepted is going to fail */
	cJSON *warnings;            /* of the operation that a mutation becomes, or NULL */
	int status;                 /* of the answer; 0: none made */
	const char *answer_type;
	const char *answer; /* in json_arena() */
	size_t answer_length;
	bool later; /* somebody else will send the answer */
};

/* Handlers return false when they refused (call->refusal is set), true when they answered or will. */

/* 200 with a body; message is its name in the schema, for the `fields` selector (NULL: not checked). */
bool emu_answer(struct emu_call *call, const char *message, cJSON *body);
/* Any status and text; for bodies that are no resource. */
bool emu_answer_text(struct emu_call *call, int status, const char *content_type, const char *text, size_t length);
/* Turns what was refused into the answer. */
void emu_answer_refusal(struct emu_call *call);
/* A tree as text: pretty unless the request says prettyPrint=false. In json_arena(). */
char *emu_print(const struct emu_query *query, const cJSON *body);

/* The request body, judged as message. NULL: refused. Nulls are kept. */
cJSON *emu_call_body(struct emu_call *call, const char *message);
/* The path of the resource that the route names, in json_arena(). */
char *emu_call_resource_path(const struct emu_call *call);
/* A path below the route's project and scope: the collection may be another one. In json_arena(). */
char *emu_call_path(const struct emu_call *call, const char *collection, const char *name);
