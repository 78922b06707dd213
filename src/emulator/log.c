#include "emulator/log.h"

#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "emulator/call.h"
#include "emulator/secret.h"
#include "emulator/identity.h"

static void entry_done(struct emu_log_entry *entry)
{
	mem_free(entry->own_method);
	mem_free(entry->own_path);
	mem_free(entry->own_query);
	mem_free(entry->own_body);
}

/* What cannot be shown as JSON is cut off. */
static char *own_shown(const char *text, size_t length)
{
	return mem_strndup(text, text_utf8(text, length));
}

static struct emu_log_entry *entry_at(const struct emu_log *log, uint64_t number)
{
	struct emu_log_entry *entry = log->own_entries ? &log->own_entries[number % EMU_LOG_MAX] : NULL;

	return entry && number && entry->number == number ? entry : NULL;
}

uint64_t emu_log_add(struct emu_log *log, const struct emu_call *call, int64_t at)
{
	struct emu_log_entry *entry;
	const char *said = emu_identity_shown(call->path, call->body, call->body_length);
	const char *body = emu_secret_shown(call->path, said, strlen(said));
	size_t length = strnlen(body, EMU_LOG_BODY_MAX);

	if (!log->own_entries)
		log->own_entries = mem_alloc(EMU_LOG_MAX * sizeof(*log->own_entries));
	entry = &log->own_entries[++log->next % EMU_LOG_MAX];
	entry_done(entry);
	*entry = (struct emu_log_entry){.number = log->next,
		.at = at,
		.own_method = own_shown(call->method, strlen(call->method)),
		.own_path = own_shown(call->path, strlen(call->path)),
		.own_query = own_shown(call->query_text, strlen(call->query_text)),
		.own_body = length ? own_shown(body, length) : NULL};
	return entry->number;
}

void emu_log_answer(struct emu_log *log, uint64_t number, int status, const char *reason)
{
	struct emu_log_entry *entry = entry_at(log, number);

	if (!entry)
		return;
	entry->status = status;
	text_copy(entry->reason, sizeof(entry->reason), reason ? reason : "");
}

static cJSON *entry_json(const struct emu_log_entry *entry)
{
	cJSON *item = cJSON_CreateObject();

	json_set_int(item, "number", (int64_t)entry->number);
	json_set_int(item, "time", entry->at);
	json_set_text(item, "method", entry->own_method);
	json_set_text(item, "path", entry->own_path);
	json_set_text(item, "query", entry->own_query);
	json_set_text(item, "body", entry->own_body);
	json_set_int(item, "status", entry->status);
	json_set_text(item, "reason", entry->reason);
	return item;
}

cJSON *emu_log_json(const struct emu_log *log, uint64_t after)
{
	cJSON *array = cJSON_CreateArray();
	uint64_t first = log->next > EMU_LOG_MAX ? log->next - EMU_LOG_MAX + 1 : 1;

	for (uint64_t number = after + 1 > first ? after + 1 : first; number <= log->next; number++)
		json_add(array, entry_json(entry_at(log, number)));
	return array;
}

void emu_log_done(struct emu_log *log)
{
	for (size_t i = 0; log->own_entries && i < EMU_LOG_MAX; i++)
		entry_done(&log->own_entries[i]);
	mem_free(log->own_entries);
	*log = (struct emu_log){0};
}
