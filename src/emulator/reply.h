/* Answers on their way: sent at once, later (a slow server, a long poll) or as parts of a batch. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"

struct emulator;
struct emu_query;

/* Whom an answer is for: a request of the caller, or one part of a batch. */
struct emu_slot {
	uint64_t id;    /* of the caller's request */
	uint64_t log;   /* entry of the request log */
	uint64_t batch; /* number of the batch; 0: answers the caller itself */
	size_t part;
};

struct emu_message {
	int status; /* 0: drop the connection */
	const char *content_type;
	const char *body;
	size_t length;
	const char *reason; /* for the request log */
	int retry_after_s;  /* 0: not said */
};

struct emu_replies {
	struct map pending; /* number as text -> own struct of reply.c */
	struct map batches; /* number as text -> own struct of batch.c */
	uint64_t next;
};

/* Sends now (delay_ms 0) or so much later; everything is copied when it has to be kept. */
void emu_reply(struct emulator *emulator, struct emu_slot slot, const struct emu_message *message, int64_t delay_ms);
/* Answers with the operation at path when it is done or at deadline, whichever comes first. */
void emu_reply_when_done(struct emulator *emulator, struct emu_slot slot, const char *path,
	const struct emu_query *query, int64_t deadline);
void emu_replies_operation_done(struct emulator *emulator, const char *path);
/* The time of pending reply `key` has come. */
void emu_replies_due(struct emulator *emulator, const char *key);
void emu_replies_forget(struct emulator *emulator, uint64_t id);
/* The world was reset: long polls end with 404; batches end when their parts do. */
void emu_replies_reset(struct emulator *emulator);
void emu_replies_done(struct emu_replies *replies);
