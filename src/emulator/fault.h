/* Faults on purpose: which requests they hit, how often, and what happens to those. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/map.h"
#include "emulator/operation.h"
#include "emulator/refusal.h"

struct emulator;
struct emu_call;

enum emu_fault_action {
	FAULT_ANSWER,      /* answers without doing anything */
	FAULT_DELAY,       /* does it, the answer comes late */
	FAULT_DROP_BEFORE, /* the connection ends, nothing was done */
	FAULT_DROP_AFTER,  /* it was done, the connection ends without an answer */
	FAULT_OPERATION,   /* the operation fails, or does not end before the fault is taken back */
};

struct emu_fault {
	uint64_t number;
	char *own_text;      /* as it was given, for showing */
	char *own_method;    /* NULL: any */
	char *own_path;      /* glob over the path without query: '*' is any text; NULL: any */
	int64_t skip, count; /* so many first ones pass; so many are hit then (-1: no end) */
	double probability;
	enum emu_fault_action action;
	int status, retry_after_s; /* FAULT_ANSWER */
	char *own_reason, *own_message, *own_body,
		*own_type;          /* FAULT_ANSWER: own_body is sent as it is when it is not NULL */
	char *own_details;          /* FAULT_ANSWER: JSON array, or NULL */
	int64_t delay_ms;           /* FAULT_DELAY */
	struct emu_failure failure; /* FAULT_OPERATION, texts owned; status 0: does not end */
	uint64_t hits;
};

struct emu_faults {
	struct vec items; /* own struct emu_fault; the oldest is asked first */
	uint64_t next;
};

/* The first fault that hits this request now, counted; NULL: none. A loan until faults change. */
const struct emu_fault *emu_fault_take(struct emulator *emulator, const char *method, const char *path);
/* From its JSON; the new fault as JSON with its number, or NULL: refused. */
cJSON *emu_fault_add(struct emulator *emulator, const cJSON *body, struct emu_refusal *refusal);
bool emu_fault_remove(struct emulator *emulator, uint64_t number); /* false: no such fault */
cJSON *emu_faults_json(const struct emulator *emulator);
void emu_faults_end(struct emulator *emulator); /* takes all of them back */
void emu_faults_done(struct emu_faults *faults);
