#include "request_log.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"

bool request_log_open(struct request_log *log, const char *path, struct error *err)
{
	*log = (struct request_log){0};
	if (!path)
		return true;
	log->own_file = fopen(path, "ae");
	return log->own_file ||
	       error_set(err, ERROR_REJECTED, "cannot write the request log %s: %s", path, strerror(errno));
}

static const char *key_of(uint64_t id)
{
	return arena_printf(json_arena(), "%" PRIu64, id);
}

/* What cannot stand in a line of JSON is cut off. */
static const char *shown(const char *text, size_t length)
{
	return arena_strndup(json_arena(), text, text_utf8(text, length));
}

void request_log_request(struct request_log *log, const struct emulator_request *request, int64_t wall_us)
{
	JSON_WORK(work);
	cJSON *line = cJSON_CreateObject();
	char time[TIME_TEXT_SIZE];

	if (!log->own_file)
		return;
	time_text_micro(wall_us, time);
	json_set_text(line, "time", time);
	json_set_text(line, "method", shown(request->method, strlen(request->method)));
	json_set_text(line, "path", shown(request->path, strlen(request->path)));
	json_set_text(line, "query", shown(request->query, strlen(request->query)));
	AUTO_FREE char *body = emulator_shown_body(request);
	json_set_text(line, "body", shown(body, strlen(body)));
	map_put(&log->pending, key_of(request->id), json_print_owned(line));
}

void request_log_answer(struct request_log *log, const struct emulator_answer *answer)
{
	JSON_WORK(work);
	AUTO_FREE char *text = log->own_file ? map_remove(&log->pending, key_of(answer->id)) : NULL;
	cJSON *line = text ? json_parse_text(text) : NULL;

	if (!line)
		return;
	json_set_int(line, "status", answer->status);
	json_set_text(line, "reason", answer->reason);
	fprintf(log->own_file, "%s\n", json_print(line));
	fflush(log->own_file);
}

void request_log_close(struct request_log *log)
{
	if (log->own_file)
		fclose(log->own_file);
	map_done(&log->pending, mem_free);
}
