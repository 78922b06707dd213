#include "emulator/journal.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/str.h"
#include "emulator/secret.h"
#include "emulator/core.h"

/* Changes with what a line means. */
enum { FORMAT = 1, DIGEST_CHARACTERS = 16, LINE_MAX_DEPTH = 4 };

static const char kind[] = "gce-emulator/state";

char *journal_head(const struct emulator_options *options)
{
	JSON_WORK(work);
	cJSON *head = cJSON_CreateObject();

	json_set_text(head, "kind", kind);
	json_set_int(head, "format", FORMAT);
	json_setf(head, "seed", "%llu", (unsigned long long)options->seed);
	json_set_int(head, "wallStartUs", options->wall_start_us);
	json_set_bool(head, "lenient", options->lenient);
	json_set(head, "speed", cJSON_CreateNumber(options->speed > 0 ? options->speed : 1));
	return json_print_owned(head);
}

bool journal_head_read(const char *line, size_t length, struct emulator_options *options, struct error *err)
{
	JSON_WORK(work);
	const cJSON *head = json_parse(line, length, (struct json_limits){.depth = LINE_MAX_DEPTH}, NULL);
	const cJSON *speed = json_member(head, "speed");
	const char *seed = json_text(head, "seed");

	if (!text_equal(json_text(head, "kind"), kind) || !cJSON_IsNumber(speed) || !(speed->valuedouble > 0) ||
		!seed || !*seed || seed[strspn(seed, "0123456789")])
		return error_set(err, ERROR_REJECTED, "it is no state of gce-emulator");
	if (json_int(head, "format", 0) != FORMAT)
		return error_set(err, ERROR_REJECTED, "its format is %lld, and this gce-emulator reads format %d",
			(long long)json_int(head, "format", 0), FORMAT);
	options->seed = strtoull(seed, NULL, 10);
	options->wall_start_us = json_int(head, "wallStartUs", 0);
	options->lenient = json_bool(head, "lenient", false);
	options->speed = speed->valuedouble;
	return true;
}

/* --- what changed --- */

uint64_t emu_mark(const struct emulator *emulator)
{
	uint64_t parts[] = {emulator->dice.state, emulator->changes, emulator->projects.count,
		emulator->operations.by_path.count, emulator->faults.next, emulator->faults.items.count, 0};

	for (size_t i = 0; i < emulator->faults.items.count; i++) {
		const struct emu_fault *fault = emulator->faults.items.own_items[i];

		parts[sizeof(parts) / sizeof(*parts) - 1] += fault->hits + (uint64_t)fault->skip;
	}
	return hash_bytes(parts, sizeof(parts));
}

bool emulator_changed(const struct emulator *emulator)
{
	return emu_mark(emulator) != emulator->mark_before;
}

/* --- lines --- */

static bool is_text(const char *text, size_t length)
{
	return text_utf8(text, length) == length && !memchr(text, '\0', length);
}

static void set_answer(cJSON *line, int status, const char *body, size_t length)
{
	char digest[DIGEST_CHARACTERS + 1];

	digest_base32(body, length, digest, DIGEST_CHARACTERS);
	json_set_int(line, "status", status);
	json_set_text(line, "answer", digest);
}

/* What is asked for tokens holds secrets; it changes nothing but that a fault was met. */
static bool is_secret(const struct emulator_request *request)
{
	return request->metadata || emu_identity_serves(request->path);
}

/* Requests are text but for those that somebody tries out: they are refused, and may have been the first in a project. */
static bool all_text(const struct emulator_request *request)
{
	return is_text(request->method, strlen(request->method)) && is_text(request->path, strlen(request->path)) &&
	       is_text(request->query, strlen(request->query)) && is_text(request->body, request->body_length);
}

static void set_part(cJSON *line, const char *name, const char *bytes, size_t length, bool plain)
{
	AUTO_STR struct str encoded = STR_INIT(0);

	if (plain) {
		json_set_text(line, name, arena_strndup(json_arena(), bytes, length));
		return;
	}
	str_add_base64(&encoded, bytes, length, false);
	json_set_text(line, name, str_text(&encoded));
}

char *journal_line(const struct emulator_request *request, const struct emulator_answer *answer, int64_t now)
{
	JSON_WORK(work);
	cJSON *line = cJSON_CreateObject();
	bool secret = is_secret(request), plain = all_text(request);
	bool keys = emu_secret_is_meant(request->path);
	const char *body = keys ? emu_secret_shown(request->path, request->body, request->body_length) : request->body;

	json_set_int(line, "at", now);
	if (!plain)
		json_set_bool(line, "base64", true);
	set_part(line, "method", request->method, strlen(request->method), plain);
	set_part(line, "path", request->path, strlen(request->path), plain);
	if (request->metadata)
		json_set_bool(line, "metadata", true);
	if (!secret) {
		set_part(line, "query", request->query, strlen(request->query), plain);
		json_set_text(line, "type", request->content_type);
		set_part(line, "body", body, keys ? strlen(body) : request->body_length, plain);
	}
	/* Batches answer in parts, whose boundary is new each time; and what is wrong with a pair is said of the pair itself. */
	if (answer && !secret && !text_starts(request->path, "/batch/") && !(keys && answer->status >= 400))
		set_answer(line, answer->status, answer->body, answer->length);
	return json_print_owned(line);
}

/* --- playing --- */

struct heard {
	bool came;
	char *own_body;
	size_t length;
	int status;
};

static void hear(void *arg, const struct emulator_answer *answer)
{
	struct heard *heard = arg;

	heard->came = true;
	heard->status = answer->status;
	heard->length = answer->length;
	mem_free(heard->own_body);
	heard->own_body = mem_copy(answer->body, answer->length);
}

static bool same_answer(const cJSON *line, const struct heard *heard)
{
	cJSON *mine = cJSON_CreateObject();

	if (!json_has(line, "answer"))
		return true;
	if (!heard->came)
		return false;
	set_answer(mine, heard->status, heard->own_body, heard->length);
	return json_int(line, "status", -1) == heard->status &&
	       text_equal(json_text(line, "answer"), json_text(mine, "answer"));
}

/* No request of a caller is being worked on meanwhile, so only this one can be answered within. */
static void serve(struct emulator *emulator, const struct emulator_request *request, int64_t at, struct heard *heard)
{
	emulator_answer_fn fn = emulator->fn;
	void *arg = emulator->fn_arg;

	emulator_advance(emulator, at);
	emulator->fn = hear;
	emulator->fn_arg = heard;
	emulator->trusting = true;
	emulator_request(emulator, request, at);
	emulator->trusting = false;
	emulator->fn = fn;
	emulator->fn_arg = arg;
}

/* In the current arena; NULL: it is not there, or no base64. */
static const char *part(const cJSON *line, const char *name, size_t *length)
{
	const char *text = json_text(line, name);
	AUTO_STR struct str decoded = STR_INIT(0);

	*length = text ? strlen(text) : 0;
	if (!text || !json_bool(line, "base64", false))
		return text;
	if (!str_decode_base64(&decoded, text, *length))
		return NULL;
	*length = decoded.length;
	char *copy = arena_alloc(json_arena(), decoded.length + 1);
	memcpy(copy, str_text(&decoded), decoded.length);
	return copy;
}

static const char *part_or_empty(const cJSON *line, const char *name, size_t *length)
{
	const char *text = part(line, name, length);

	return text ? text : "";
}

bool journal_play(struct emulator *emulator, const char *text, size_t length, int64_t *now, struct error *err)
{
	JSON_WORK(work);
	const cJSON *line =
		json_parse(text, length, (struct json_limits){.depth = LINE_MAX_DEPTH, .bytes = length}, NULL);
	int64_t at = json_int(line, "at", -1);
	size_t unused;
	struct heard heard = {0};
	struct emulator_request request = {.id = UINT64_MAX - ++emulator->played,
		.method = part(line, "method", &unused),
		.path = part(line, "path", &unused),
		.query = part_or_empty(line, "query", &unused),
		.content_type = json_text_or(line, "type", ""),
		.metadata = json_bool(line, "metadata", false)};

	if (!request.method || !request.path || at < emulator->now)
		return error_set(err, ERROR_REJECTED, "it cannot be read");
	request.body = part_or_empty(line, "body", &request.body_length);
	serve(emulator, &request, at, &heard);
	*now = at;
	bool same = same_answer(line, &heard);
	mem_free(heard.own_body);
	return same || error_set(err, ERROR_REJECTED, "%s %s is answered otherwise now", request.method, request.path);
}
