/* Each part is a whole request and is served as one; a part may be a long poll. Parts are answered in their order. */
#include "emulator/batch.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/str.h"
#include "emulator/call.h"
#include "emulator/core.h"

enum { PARTS_MAX = 1000 };

struct part {
	char *own_content_id; /* as sent, with its angle brackets; NULL: none */
	int status;           /* 0: not answered yet */
	char *own_body;
};

struct batch {
	uint64_t number;
	struct emu_slot slot; /* of the whole */
	struct part *own_parts;
	size_t count, open;
	bool starting; /* parts are still being handed out: nothing is sent before the last one is */
};

/* One part as it stands in the body: loans of it, or in json_arena(). */
struct inner {
	const char *content_id, *method, *target, *body;
	size_t body_length;
};

void emu_batch_free(void *value)
{
	struct batch *batch = value;

	for (size_t i = 0; i < batch->count; i++) {
		mem_free(batch->own_parts[i].own_content_id);
		mem_free(batch->own_parts[i].own_body);
	}
	mem_free(batch->own_parts);
	mem_free(batch);
}

static char *batch_key(uint64_t number)
{
	return arena_printf(json_arena(), "%" PRIu64, number);
}

static const char *reason_phrase(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} phrases[] = {{200, "OK"}, {204, "No Content"}, {400, "Bad Request"}, {401, "Unauthorized"},
		{403, "Forbidden"}, {404, "Not Found"}, {409, "Conflict"}, {412, "Precondition Failed"},
		{500, "Internal Server Error"}, {503, "Service Unavailable"}};

	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Status";
}

static void add_part(struct str *text, const struct part *part, const char *boundary)
{
	const char *id = part->own_content_id ? part->own_content_id : "<>";
	const char *body = part->own_body ? part->own_body : "";

	str_addf(text, "--%s\r\nContent-Type: application/http\r\n", boundary);
	if (*id == '<')
		str_addf(text, "Content-ID: <response-%s\r\n", id + 1);
	else
		str_addf(text, "Content-ID: response-%s\r\n", id);
	str_addf(text,
		"\r\nHTTP/1.1 %d %s\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: %zu\r\n\r\n",
		part->status, reason_phrase(part->status), strlen(body));
	str_adds(text, body);
	str_adds(text, "\r\n");
}

static void send_whole(struct emulator *emulator, struct batch *own_batch)
{
	JSON_WORK(work);
	AUTO_STR struct str text = STR_INIT(0);
	const char *boundary = arena_printf(json_arena(), "batch_%" PRIu64 "_answers", own_batch->number);
	struct emu_message message = {.status = 200, .reason = ""};

	for (size_t i = 0; i < own_batch->count; i++)
		add_part(&text, &own_batch->own_parts[i], boundary);
	str_addf(&text, "--%s--\r\n", boundary);
	message.content_type = arena_printf(json_arena(), "multipart/mixed; boundary=%s", boundary);
	message.body = str_text(&text);
	message.length = text.length;
	map_remove(&emulator->replies.batches, batch_key(own_batch->number));
	emu_reply(emulator, own_batch->slot, &message, 0);
	emu_batch_free(own_batch);
}

void emu_batch_part_answered(struct emulator *emulator, struct emu_slot slot, const struct emu_message *message)
{
	JSON_WORK(work);
	struct batch *batch = map_find(&emulator->replies.batches, batch_key(slot.batch));
	struct part *part = batch ? &batch->own_parts[slot.part] : NULL;

	if (!batch)
		return;
	part->status = message->status ? message->status : 503;
	part->own_body = mem_strndup(message->body, message->length);
	if (--batch->open == 0 && !batch->starting)
		send_whole(emulator, batch);
}

void emu_batch_forget(struct emulator *emulator, uint64_t id)
{
	struct map *all = &emulator->replies.batches;

	for (size_t i = all->count; i-- > 0;) {
		struct batch *batch = all->own_entries[i].value;

		if (batch->slot.id == id) {
			map_remove(all, all->own_entries[i].own_key);
			emu_batch_free(batch);
		}
	}
}

/* The boundary of "multipart/mixed; boundary=x" or with quotes; NULL: none. */
static char *boundary_of(const char *content_type)
{
	const char *at = strcasestr(content_type, "boundary=");

	if (!at)
		return NULL;
	at += strlen("boundary=");
	if (*at == '"')
		return arena_strndup(json_arena(), at + 1, strcspn(at + 1, "\""));
	return arena_strndup(json_arena(), at, strcspn(at, "; \t"));
}

/* The value of a header in the lines up to end, in json_arena(). */
static char *header_value(const char *lines, const char *end, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = lines; line && line < end;
		line = memchr(line, '\n', (size_t)(end - line)), line = line ? line + 1 : NULL) {
		if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
			const char *value = line + length + 1;

			value += strspn(value, " \t");
			return arena_strndup(json_arena(), value, strcspn(value, "\r\n"));
		}
	}
	return NULL;
}

/* Just behind the empty line that ends headers; NULL: there is none before end. */
static const char *after_headers(const char *text, const char *end)
{
	for (const char *at = text; at && at < end;
		at = memchr(at, '\n', (size_t)(end - at)), at = at ? at + 1 : NULL) {
		if (at[0] == '\n')
			return at + 1;
		if (at[0] == '\r' && at + 1 < end && at[1] == '\n')
			return at + 2;
	}
	return NULL;
}

/* "POST /compute/v1/projects/... HTTP/1.1", its headers and body. */
static bool parse_inner(struct inner *inner, const char *text, const char *end)
{
	const char *request = after_headers(text, end);
	const char *body = request ? after_headers(request, end) : NULL;
	size_t method, target;

	if (!request)
		return false;
	inner->content_id = header_value(text, request, "Content-ID");
	method = strcspn(request, " \r\n");
	target = request[method] == ' ' ? strcspn(request + method + 1, " \r\n") : 0;
	if (!target)
		return false;
	inner->method = arena_strndup(json_arena(), request, method);
	inner->target = arena_strndup(json_arena(), request + method + 1, target);
	inner->body = body ? body : end;
	while (end > inner->body && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	inner->body_length = (size_t)(end - inner->body);
	return true;
}

/* Fills parts and returns how many there are; -1: the body is not what its boundary promises. */
static int parse_parts(struct inner *parts, const char *body, const char *boundary)
{
	char *mark = arena_printf(json_arena(), "--%s", boundary);
	const char *at = strstr(body, mark);
	int count = 0;

	while (at) {
		const char *text = at + strlen(mark);
		const char *end = strstr(text, mark);

		if (text_starts(text, "--"))
			return count;
		if (!end || count == PARTS_MAX || !parse_inner(&parts[count], text + strspn(text, "\r\n"), end))
			return -1;
		count++;
		at = end;
	}
	return -1;
}

static void serve_part(struct emu_call *whole, const struct inner *inner, struct emu_slot slot)
{
	const char *path = strstr(inner->target, "://") ? strchr(strstr(inner->target, "://") + 3, '/') : inner->target;
	const char *query = path ? strchr(path, '?') : NULL;
	struct emu_call part = {
		.emulator = whole->emulator,
		.slot = slot,
		.method = inner->method,
		.path = !path   ? "/"
	                : query ? arena_strndup(json_arena(), path, (size_t)(query - path))
	                        : path,
		.query_text = query ? query + 1 : "",
		.content_type = "application/json",
		.authorization = whole->authorization,
		.body = inner->body,
		.body_length = inner->body_length,
	};

	part.slot.log = emu_log_add(&whole->emulator->log, &part, whole->emulator->now);
	emu_serve(&part);
}

static struct batch *batch_new(struct emu_call *call, const struct inner *parts, size_t count)
{
	struct batch *batch = mem_alloc(sizeof(*batch));

	batch->number = ++call->emulator->replies.next;
	batch->slot = call->slot;
	batch->own_parts = mem_alloc(count * sizeof(*batch->own_parts));
	batch->count = batch->open = count;
	batch->starting = true;
	for (size_t i = 0; i < count; i++)
		batch->own_parts[i].own_content_id = mem_strdup(parts[i].content_id);
	map_put(&call->emulator->replies.batches, batch_key(batch->number), batch);
	return batch;
}

bool emu_batch(struct emu_call *call)
{
	const char *boundary = boundary_of(call->content_type);
	struct inner *parts = arena_alloc(json_arena(), PARTS_MAX * sizeof(*parts));
	const char *body = arena_strndup(json_arena(), call->body, call->body_length);
	int count = boundary ? parse_parts(parts, body, boundary) : -1;
	struct batch *batch;

	if (strcmp(call->method, "POST") != 0 || count < 1)
		return emu_refuse(&call->refusal, 400, "badRequest", "Failed to parse batch request.");
	batch = batch_new(call, parts, (size_t)count);
	for (int i = 0; i < count; i++)
		serve_part(call, &parts[i],
			(struct emu_slot){.id = call->slot.id, .batch = batch->number, .part = (size_t)i});
	batch->starting = false;
	call->later = true;
	if (!batch->open)
		send_whole(call->emulator, batch);
	return true;
}
