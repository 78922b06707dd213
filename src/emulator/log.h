/* The last requests, for tests and people: GET /emulator/v1/requests. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

enum { EMU_LOG_MAX = 8192, EMU_LOG_BODY_MAX = 16384 };

struct emu_log_entry {
	uint64_t number; /* from 1 */
	int64_t at;
	char *own_method, *own_path, *own_query, *own_body;
	int status; /* 0: not answered yet, or dropped */
	char reason[64];
};

/* A ring of the newest EMU_LOG_MAX entries. */
struct emu_log {
	struct emu_log_entry *own_entries;
	uint64_t next;
};

struct emu_call;
/* Returns the number of the new entry. */
uint64_t emu_log_add(struct emu_log *log, const struct emu_call *call, int64_t at);
void emu_log_answer(struct emu_log *log, uint64_t number, int status, const char *reason);
/* Entries with a higher number than after, oldest first, as an array. */
cJSON *emu_log_json(const struct emu_log *log, uint64_t after);
void emu_log_done(struct emu_log *log);
