#include "emulator/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "emulator/batch.h"
#include "emulator/call.h"
#include "emulator/core.h"

/* An answer that is kept: either ready, or one that waits for an operation. */
struct pending {
	struct emu_slot slot;
	struct emu_message message; /* texts owned */
	char *own_operation;        /* path; NULL: the message is ready */
	char *own_query;            /* how to print the operation: fields and prettyPrint */
};

static void pending_free(void *value)
{
	struct pending *pending = value;

	mem_free((char *)pending->message.content_type);
	mem_free((char *)pending->message.body);
	mem_free((char *)pending->message.reason);
	mem_free(pending->own_operation);
	mem_free(pending->own_query);
	mem_free(pending);
}

static void keep(struct emulator *emulator, struct pending *own_pending, int64_t due)
{
	char key[24];

	snprintf(key, sizeof(key), "%" PRIu64, ++emulator->replies.next);
	map_put(&emulator->replies.pending, key, own_pending);
	emu_agenda_add(&emulator->agenda, due, EVENT_REPLY, key);
}

static void deliver(struct emulator *emulator, struct emu_slot slot, const struct emu_message *message)
{
	struct emulator_answer answer = {
		.id = slot.id,
		.status = message->status,
		.content_type = message->content_type,
		.body = message->body,
		.length = message->length,
		.reason = message->reason,
		.retry_after_s = message->retry_after_s,
	};

	emu_log_answer(&emulator->log, slot.log, message->status, message->reason);
	if (slot.batch)
		emu_batch_part_answered(emulator, slot, message);
	else
		emulator->fn(emulator->fn_arg, &answer);
}

void emu_reply(struct emulator *emulator, struct emu_slot slot, const struct emu_message *message, int64_t delay_ms)
{
	struct pending *pending;

	if (delay_ms <= 0) {
		deliver(emulator, slot, message);
		return;
	}
	pending = mem_alloc(sizeof(*pending));
	pending->slot = slot;
	pending->message = *message;
	pending->message.content_type = mem_strdup(message->content_type);
	pending->message.body = mem_copy(message->body, message->length);
	pending->message.reason = mem_strdup(message->reason);
	keep(emulator, pending, emulator->now + delay_ms);
}

/* Only what emu_answer looks at. */
static char *query_kept(const struct emu_query *query)
{
	const char *fields = emu_query_get(query, "fields");
	struct str text = STR_INIT(0);

	str_adds(&text, emu_query_true(query, "prettyPrint", true) ? "prettyPrint=true" : "prettyPrint=false");
	if (fields) {
		str_adds(&text, "&fields=");
		str_add_escaped(&text, fields);
	}
	return str_take(&text);
}

void emu_reply_when_done(struct emulator *emulator, struct emu_slot slot, const char *path,
	const struct emu_query *query, int64_t deadline)
{
	struct pending *pending = mem_alloc(sizeof(*pending));

	pending->slot = slot;
	pending->own_operation = mem_strdup(path);
	pending->own_query = query_kept(query);
	keep(emulator, pending, deadline);
}

/* The operation as it is now; one that was forgotten meanwhile is 404. */
static void answer_operation(struct emulator *emulator, const struct pending *pending)
{
	JSON_WORK(work);
	const struct emu_operation *operation = emu_operation_find(emulator, pending->own_operation);
	struct emu_call call = {.emulator = emulator, .slot = pending->slot};
	struct emu_message message;

	emu_query_parse(&call.query, pending->own_query);
	if (!operation)
		emu_refuse_not_found(&call.refusal, pending->own_operation);
	else
		emu_answer(&call, "Operation", emu_operation_json(emulator, operation));
	if (call.refusal.status)
		emu_answer_refusal(&call);
	message = (struct emu_message){.status = call.status,
		.content_type = call.answer_type,
		.body = call.answer,
		.length = call.answer_length,
		.reason = call.refusal.status ? call.refusal.reason : ""};
	deliver(emulator, pending->slot, &message);
}

static void send_pending(struct emulator *emulator, struct pending *own_pending)
{
	if (own_pending->own_operation)
		answer_operation(emulator, own_pending);
	else
		deliver(emulator, own_pending->slot, &own_pending->message);
	pending_free(own_pending);
}

void emu_replies_due(struct emulator *emulator, const char *key)
{
	struct pending *pending = map_remove(&emulator->replies.pending, key);

	if (pending)
		send_pending(emulator, pending);
}

void emu_replies_operation_done(struct emulator *emulator, const char *path)
{
	struct map *all = &emulator->replies.pending;

	for (size_t i = 0; i < all->count;) {
		struct pending *pending = all->own_entries[i].value;

		if (!pending->own_operation || strcmp(pending->own_operation, path) != 0) {
			i++;
			continue;
		}
		map_remove(all, all->own_entries[i].own_key);
		send_pending(emulator, pending);
		i = 0; /* the callback may have changed the map */
	}
}

void emu_replies_forget(struct emulator *emulator, uint64_t id)
{
	struct map *all = &emulator->replies.pending;

	for (size_t i = all->count; i-- > 0;) {
		struct pending *pending = all->own_entries[i].value;

		if (pending->slot.id == id) {
			map_remove(all, all->own_entries[i].own_key);
			pending_free(pending);
		}
	}
	emu_batch_forget(emulator, id);
}

void emu_replies_reset(struct emulator *emulator)
{
	while (emulator->replies.pending.count) {
		char *key = arena_strdup(json_arena(), emulator->replies.pending.own_entries[0].own_key);

		emu_replies_due(emulator, key);
	}
}

void emu_replies_done(struct emu_replies *replies)
{
	map_done(&replies->pending, pending_free);
	map_done(&replies->batches, emu_batch_free);
}
