/* What the cloud answers to calls: errors, answers to mutations, operations. A mutation ends once, is accepted at most once before,
 * and whatever goes wrong is told in one sentence. */
#include "fuzz.h"

#include "base/str.h"
#include "gce/error.h"
#include "gce/gce.h"
#include "gce/operation.h"
#include "session.h"

struct told {
	unsigned accepted, ended, answered;
};

static void on_mutation(void *arg, const struct gce_mutation_event *event)
{
	struct told *told = arg;
	assert(!told->ended);
	if (event->outcome == GCE_ACCEPTED) {
		assert(!told->accepted++);
		assert(text_starts(event->operation, "projects/") && path_is_plain(event->operation));
		return;
	}
	told->ended++;
	assert((event->outcome == GCE_DONE) == !event->err);
	assert(!event->err || is_error(event->err));
}

static void on_answer(void *arg, const struct gce_answer *answer, const struct error *err)
{
	struct told *told = arg;
	assert(!answer == !!err && !told->answered++);
	assert(err ? is_error(err) : answer->status >= 200 && answer->status < 300);
}

/* No request goes elsewhere than to the endpoint. */
static void on_request(void *arg, const struct fake_call *call)
{
	assert(text_starts(call->url, "http://127.0.0.1:1/compute/v1/projects/my-project/"));
}

static void call(struct input answers)
{
	struct session session;
	struct told told = {0};
	session_open(&session, answers, 0);
	session.see = on_request;
	struct gce_options options = {.loop = &session.loop.loop,
		.env = &session.env.env,
		.http = &session.http.http,
		.endpoint = "http://127.0.0.1:1/compute/v1"};
	struct gce *gce = gce_new(&options, NULL);
	struct gce_request insert = {.project = "my-project",
		.budget = GCE_WRITE,
		.method = "POST",
		.path = "projects/my-project/global/urlMaps",
		.body = "{\"name\":\"m\"}"};
	struct gce_request get = {.project = "my-project",
		.budget = GCE_READ,
		.method = "GET",
		.path = "projects/my-project/global/urlMaps/m"};
	gce_mutate(gce, &insert, on_mutation, &told);
	session_run(&session);
	gce_send(gce, &get, on_answer, &told);
	session_run(&session);
	gce_free(gce);
	session_close(&session);
}

static const struct error_scene scene = {.project = "my-project", .identity = "service account a@p.iam"};

static void errors(struct part part)
{
	struct error err = {0}, again = {0};
	struct part line = part_line(&part);
	struct error_answer answer = {.status = 300 + (int)(part_number(line) % 300),
		.body = part.length ? part.text : "",
		.length = part.length};
	gce_error_from_answer(&err, &scene, &answer);
	assert(is_error(&err));
	gce_error_from_answer(&again, &scene, &answer);
	assert(memcmp(&err, &again, sizeof(err)) == 0);
	if (gce_error_absent(&err, "projects/my-project/global/urlMaps/m"))
		assert(err.status == 404);
	gce_error_from_item(&err, &scene, json_at(part_json(part), "error.errors[0]"));
	assert(is_error(&err));
}

static void operations(struct part part)
{
	struct error err = {0};
	enum gce_outcome outcome;
	part_line(&part);
	const cJSON *tree = part_json(part);
	AUTO_FREE char *path = operation_path(tree, "my-project");
	assert(!path || path_is_plain(path));
	if (!gce_error_from_operation(tree, &scene, &err))
		assert(is_error(&err));
	if (operation_ended(tree, &scene, "url map m", &outcome, &err) && outcome != GCE_DONE)
		assert(is_error(&err));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	JSON_WORK(work);
	struct input input = {(const char *)bytes, length, false};
	struct part first;
	call(input);
	input_part(&input, &first);
	errors(first);
	operations(first);
	return 0;
}
