/* Requests to the emulator, one per part: "METHOD PATH?QUERY", then the body. Each is answered once, in the end; what says that it
 * is JSON is; the state prints whatever happened; and what --state would have kept is the same world. */
#include "fuzz.h"

#include "base/str.h"
#include "sim/journal.h"

enum { REQUESTS_MAX = 24, STEP_MS = 3000, LAST_MS = 600 * 1000 };

struct world {
	struct emulator *emulator;
	int64_t now;
	uint64_t next, first; /* ids of this run: first and up to next */
	unsigned char answers[REQUESTS_MAX + 1];
	struct journal journal; /* since the last reset, which begins it */
	struct emulator *twin;  /* the world that is made of it */
};
static struct world world;

int LLVMFuzzerInitialize(int *count, char ***arguments);

static void on_answer(void *arg, const struct emulator_answer *answer)
{
	journal_answered(&world.journal, world.emulator, answer, world.now);
	assert(answer->id >= world.first && answer->id < world.next);
	assert(!world.answers[answer->id - world.first]++);
	assert(answer->status == 0 || (answer->status >= 100 && answer->status <= 599));
	if (answer->status && text_starts(answer->content_type, "application/json")) {
		JSON_WORK(work);
		assert(json_parse(answer->body, answer->length, (struct json_limits){0}, NULL));
	}
}

static void ignore(void *arg, const struct emulator_answer *answer)
{
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
	struct emulator_options options = {.seed = 1, .wall_start_us = INT64_C(1781346991100000)};
	world.emulator = emulator_new(&options, on_answer, NULL, NULL);
	world.twin = emulator_new(&options, ignore, NULL, NULL);
	assert(world.emulator && world.twin);
	journal_begin(&world.journal, &options);
	return 0;
}

static void send(const char *method, const char *path, const char *query, struct part body)
{
	bool metadata = text_starts(path, "/computeMetadata/");
	struct emulator_request request = {.id = world.next++,
		.method = method,
		.path = path,
		.query = query,
		.metadata = metadata,
		.metadata_flavor = metadata ? "Google" : NULL,
		.content_type = "application/json",
		.body = body.length ? body.text : "",
		.body_length = body.length};
	if (text_starts(path, "/token") || text_starts(path, "/v1/token"))
		request.content_type = "application/x-www-form-urlencoded";
	if (text_starts(path, "/batch/"))
		request.content_type = "multipart/mixed; boundary=B";
	AUTO_FREE char *shown = emulator_shown_body(&request);
	assert(shown && strlen(shown) <= 4 * request.body_length + 1024);
	journal_ask(&world.journal, &request);
	emulator_request(world.emulator, &request, world.now);
	journal_answered(&world.journal, world.emulator, NULL, world.now);
}

static void take(struct part part)
{
	char *line = part_text(part_line(&part));
	char *path = line + strcspn(line, " ");
	if (*path)
		*path++ = '\0';
	char *query = path + strcspn(path, "?");
	if (*query)
		*query++ = '\0';
	if (*line == '+') /* time passes */
		world.now += STEP_MS << (part_number((struct part){line, strlen(line)}) % 8);
	if (*line == '+' || *path != '/')
		return;
	AUTO_FREE char *body = mem_strndup(part.length ? part.text : "", part.length);
	send(line, path, query, (struct part){body, part.length});
}

static void advance(int64_t ms)
{
	world.now += ms;
	emulator_advance(world.emulator, world.now);
}

/* Plays what was kept, and forgets it. */
static void same_world(void)
{
	struct journal *journal = &world.journal;
	for (size_t i = 0; i < journal->lines.count; i++) {
		int64_t at;
		const char *line = journal->lines.own_items[i];
		assert(journal_play(world.twin, line, strlen(line), &at, NULL));
	}
	emulator_advance(world.twin, world.now);
	AUTO_FREE char *one = emulator_state(world.emulator);
	AUTO_FREE char *other = emulator_state(world.twin);
	assert(text_equal(one, other));
	vec_done(&journal->lines, mem_free);
	journal->lines = (struct vec){0};
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	JSON_WORK(work);
	struct input input = {(const char *)bytes, length, false};
	struct part part;
	memset(world.answers, 0, sizeof(world.answers));
	world.first = world.next;
	while (world.next - world.first < REQUESTS_MAX && input_part(&input, &part))
		take(part);
	AUTO_FREE char *state = emulator_state(world.emulator);
	assert(json_parse(state, strlen(state), (struct json_limits){0}, NULL));
	advance(LAST_MS);
	same_world();
	send("POST", "/emulator/v1/reset", "", (struct part){"{\"seed\":1}", strlen("{\"seed\":1}")});
	advance(LAST_MS);
	for (uint64_t i = 0; i < world.next - world.first; i++)
		assert(world.answers[i] == 1);
	return 0;
}
