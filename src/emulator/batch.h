/* The batch endpoint: many requests in one multipart body, answered together when the last answer is there. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emulator/reply.h"

struct emu_call;

/* POST /batch/compute/v1. False: refused. */
bool emu_batch(struct emu_call *call);
void emu_batch_part_answered(struct emulator *emulator, struct emu_slot slot, const struct emu_message *message);
void emu_batch_forget(struct emulator *emulator, uint64_t id); /* the batch of the caller's request */
void emu_batch_free(void *batch);
