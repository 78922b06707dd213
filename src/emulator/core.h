/* What an emulator consists of. Only the emulator's own files include this. */
#pragma once

#include "emulator/agenda.h"
#include "emulator/dice.h"
#include "emulator/emulator.h"
#include "emulator/fault.h"
#include "emulator/identity.h"
#include "emulator/log.h"
#include "emulator/operation.h"
#include "emulator/reply.h"
#include "emulator/schema.h"
#include "emulator/store.h"
#include "emulator/world.h"

struct emulator {
	emulator_answer_fn fn;
	void *fn_arg;
	uint64_t seed;
	int64_t wall_start_us;
	bool lenient, require_token, issued_tokens_only;
	double speed;
	struct emu_schema *own_schema;
	int64_t now;
	struct emu_dice dice;
	struct emu_agenda agenda;
	struct emu_store store;
	struct emu_operations operations;
	struct emu_replies replies;
	struct emu_faults faults;
	struct emu_world world;
	struct emu_identity identity;
	struct emu_log log;
	unsigned next_machine; /* number of the next machine, for its address */
	struct map templates;  /* path -> own struct emu_template; of all instance templates that ever were */
	struct map schemes;    /* path -> own struct of migration.c; of what can be migrated */
	struct map projects;   /* id -> own number as text: those that were asked for so far */
	uint64_t changes;      /* of the world, and resets, so far */
	uint64_t mark_before;  /* emu_mark before the last request */
	uint64_t played;       /* lines of a journal */
	bool trusting;         /* a line is being played: who asked was checked then */
};

/* Two equal marks: no request has changed anything between them. */
uint64_t emu_mark(const struct emulator *emulator);

/* The emulated time as Compute Engine prints it, in json_arena(). */
char *emu_time(const struct emulator *emulator, int64_t at);
/* Makes the project known, with its default network. False: there is no such project. */
bool emu_project_open(struct emulator *emulator, const char *project);
/* Works on one request (not its log entry) and sends the answer. Also for the parts of a batch. */
struct emu_call;
void emu_serve(struct emu_call *call);
/* Everything back to the beginning; settings of the start stay. */
void emu_reset(struct emulator *emulator, uint64_t seed);
