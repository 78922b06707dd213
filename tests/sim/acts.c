/* The judge of what is done: calls of the controllers, and what they knew when they made them. */
#include <stdio.h>
#include <string.h>

#include "emulator/core.h"
#include "sim/invariants.h"

enum { MOST_IN_FLIGHT = 400, MOST_ALLOCATIONS = 60000, MOST_LOG_LINES = 8000 }; /* of a world of few objects */

static const char SESAME[] = "sesame"; /* stands in every secret, and in no word of ours */

struct last_write {
	char *own_body;
	unsigned revision;
	uint64_t id;
	bool observed; /* it was read since, and had not happened yet */
	char request[64];
};

static void free_write(void *value)
{
	struct last_write *write = value;

	mem_free(write->own_body);
	mem_free(write);
}

static void process_done(struct process_sight *process)
{
	map_done(&process->begun, NULL);
	map_done(&process->listed, NULL);
	map_done(&process->lives, mem_free);
}

static struct process_sight *process_of(struct judge *judge, const struct replica *replica)
{
	struct process_sight *process = &judge->processes[replica - judge->world->replicas];

	if (text_equal(process->identity, replica->identity))
		return process;
	process_done(process);
	*process = (struct process_sight){0};
	text_copy(process->identity, sizeof(process->identity), replica->identity);
	return process;
}

/* Path of the resource that a mutation is about, below /compute/v1/: without a verb, with the name of an insert; arena. */
static char *target_of(const struct fake_call *call)
{
	char *path = arena_strdup(json_arena(), call->path + strlen("/compute/v1/"));
	const char *name = call->body_length ? json_text(json_parse_text(call->body), "name") : NULL;
	int slashes = 0, wanted = strstr(path, "/global/") ? 4 : 5;

	if (text_equal(call->method, "POST") && name)
		return arena_printf(json_arena(), "%s/%s", path, name);
	for (char *at = path; *at; at++) {
		if (*at == '/' && ++slashes > wanted)
			*at = '\0';
	}
	return path;
}

/* What the cloud showed it since it began. */
static void check_lists(struct judge *judge, const struct process_sight *process, const char *target)
{
	static const char *const lists[] = {"global/addresses", "global/firewalls", "global/healthChecks",
		"global/instanceTemplates", "aggregated/instanceGroupManagers", "aggregated/autoscalers",
		"global/backendServices", "global/backendBuckets", "global/urlMaps", "global/sslCertificates",
		"global/sslPolicies", "global/targetHttpProxies", "global/targetHttpsProxies",
		"global/forwardingRules"};
	size_t project = strlen("projects/") + strcspn(target + strlen("projects/"), "/");

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		JSON_WORK(work);
		char *path = arena_printf(json_arena(), "/compute/v1/%.*s/%s", (int)project, target, lists[i]);

		if (!map_find(&process->listed, path))
			world_complain(judge->world, "I10 uninformed: %s is deleted before %s was read whole", target,
				lists[i]);
	}
}

/* "I10": a destructive act needs a complete, consistent observation (full lists, no partial success) of this process's own, and a
 * live read of the object that showed this uid and the generation it has now. An edit may be on its way to us for LIVE_MS. */
static void i10_destructive_acts_are_informed(
	struct judge *judge, struct process_sight *process, const struct fake_call *call)
{
	enum { LIVE_MS = 6000 };
	JSON_WORK(work);
	char *target = target_of(call);
	const struct sight *sight = map_find(&judge->resources, target);

	if (!text_equal(call->method, "DELETE"))
		return;
	check_lists(judge, process, target);
	judge_look_at_objects(judge); /* a restore brings back what was before without anybody's call */
	for (size_t i = 0; sight && i < judge->objects.count; i++) {
		const struct object_sight *object = judge->objects.own_entries[i].value;
		const char *key = judge->objects.own_entries[i].own_key;
		const struct live_read *live = map_find(&process->lives, key);

		if (!text_equal(object->uid, sight->uid) || judge_now(judge) - object->generation_at < LIVE_MS)
			continue;
		if (!live || !text_equal(live->uid, object->uid))
			world_complain(
				judge->world, "I10 uninformed: %s is deleted without a live read of %s", target, key);
		else if (live->generation < object->generation)
			world_complain(judge->world,
				"I10 uninformed: %s is deleted by generation %lld of %s, which has %lld", target,
				(long long)live->generation, key, (long long)object->generation);
	}
}

/* "I9 Order": dependants are deleted before dependencies: nothing of the same object that stands refers to what is deleted. Of two
 * at once one may make what the other is about to delete; the cloud refuses that then. */
static void i9_dependants_first(struct judge *judge, const struct fake_call *call)
{
	JSON_WORK(work);
	char *target = target_of(call);
	const struct sight *sight = map_find(&judge->resources, target);

	if (!text_equal(call->method, "DELETE") || !sight || judge->unforeseen || judge->several)
		return;
	for (size_t i = 0; i < judge->resources.count; i++) {
		const char *path = judge->resources.own_entries[i].own_key;
		const struct sight *other = judge->resources.own_entries[i].value;
		const struct emu_resource *resource = emu_store_find(&judge->world->emulator->store, path);

		for (size_t j = 0; resource && text_equal(other->owner, sight->owner) && j < resource->links.count;
			j++) {
			if (text_equal(resource->links.own_items[j], target))
				world_complain(
					judge->world, "I9 order: %s is deleted, and %s refers to it", target, path);
		}
	}
}

/* "I15 Scope": no request leaves for a host or project outside the allow-list of the object's namespace. */
static void i15_scope(struct judge *judge, const struct fake_call *call)
{
	static const char *const allowed[] = {"/compute/v1/projects/my-project/",
		"/compute/v1/projects/deeplearning-platform-release/global/images/",
		"/compute/v1/projects/" OTHER_PROJECT "/"};
	size_t count = sizeof(allowed) / sizeof(allowed[0]) - !judge->two_projects;

	for (size_t i = 0; i < count; i++) {
		if (text_starts(call->path, allowed[i]))
			return;
	}
	world_complain(judge->world, "I15 scope: %s %s", call->method, call->url);
}

/* Does the read show the resource? path without "/compute/v1/". */
static bool shows(const char *read, const char *path)
{
	const char *aggregated = strstr(read, "/aggregated/");

	if (aggregated)
		return strstr(path, aggregated + strlen("/aggregated")) != NULL;
	return text_starts(path, read);
}

/* From now on it is known not to be ours. */
static void note_shown(struct judge *judge, const struct fake_call *call)
{
	for (size_t i = 0; text_equal(call->method, "GET") && i < judge->resources.count; i++) {
		struct sight *sight = judge->resources.own_entries[i].value;

		if (!sight->ours && shows(call->path + strlen("/compute/v1/"), judge->resources.own_entries[i].own_key))
			sight->shown = true;
	}
}

/* It was told how these stand. */
static void note_read(struct judge *judge, const struct fake_call *call)
{
	for (size_t i = 0; i < judge->resources.count; i++) {
		struct sight *sight = judge->resources.own_entries[i].value;

		if (sight->ours && sight->read_revision != sight->revision &&
			shows(call->path + strlen("/compute/v1/"), judge->resources.own_entries[i].own_key)) {
			sight->read_revision = sight->revision;
			sight->read_at = judge_now(judge);
		}
	}
}

static void note_observed(struct judge *judge, const struct fake_call *call)
{
	for (size_t i = 0; text_equal(call->method, "GET") && i < judge->written.count; i++) {
		const char *path = judge->written.own_entries[i].own_key;
		struct last_write *write = judge->written.own_entries[i].value;
		const struct sight *sight = map_find(&judge->resources, path);

		if (sight && sight->revision == write->revision && shows(call->path + strlen("/compute/v1/"), path))
			write->observed = true;
	}
}

/* What runs on the resource now was begun by this call: it was not refused. */
static bool was_taken(const struct judge *judge, const struct emu_resource *resource, const char *request)
{
	const char *path = resource->own_operation;
	const struct emu_operation *operation = path ? emu_operation_find(judge->world->emulator, path) : NULL;

	return operation && text_equal(operation->own_client_id, request);
}

/* Does what runs on the resource change nothing, and was it long known how it stands? */
static bool is_idle(const struct judge *judge, const struct emu_resource *resource)
{
	enum { KNOWN_MS = 1000 };
	const struct emu_operation *operation = emu_operation_find(judge->world->emulator, resource->own_operation);
	const struct sight *sight = map_find(&judge->resources, resource->own_path);

	return sight && sight->read_revision == resource->revision && judge_now(judge) - sight->read_at > KNOWN_MS &&
	       operation->own_body && json_equal(json_parse_text(operation->own_body), emu_resource_body(resource));
}

/* "I5 No flapping": no resource is written twice with the same content; a write is always preceded by an observed difference. */
static void i5_no_flapping(struct judge *judge, const struct fake_call *call)
{
	JSON_WORK(work);
	char *target = target_of(call);
	const struct emu_resource *resource = emu_store_find(&judge->world->emulator->store, target);
	struct last_write *write;
	char request[64] = "";
	cJSON *body;
	char *text;

	if (!text_equal(call->method, "PATCH") || !resource)
		return;
	body = json_parse_text(call->body);
	json_remove(body, "fingerprint");
	text = json_print(body);
	write = map_find(&judge->written, target);
	fake_query(call, "requestId", request, sizeof(request));
	if (write && text_equal(write->request, request))
		return; /* sent again after trouble on the way: it happens once */
	if (write && text_equal(write->own_body, text) && write->id == resource->id &&
		write->revision + 1 == resource->revision && !write->observed && !judge->several &&
		!judge->unforeseen && !judge_touched(judge, target))
		world_complain(judge->world, "I5 flapping: %s is written again with %s", target, text);
	if (!was_taken(judge, resource, request))
		return;
	if (is_idle(judge, resource) && !judge->several && !judge->unforeseen && !judge_touched(judge, target))
		world_complain(judge->world, "I5 flapping: %s already was as it is written with %s", target, text);
	write = mem_alloc(sizeof(*write));
	*write = (struct last_write){.own_body = mem_strdup(text), .revision = resource->revision, .id = resource->id};
	text_copy(write->request, sizeof(write->request), request);
	write = map_put(&judge->written, target, write);
	if (write)
		free_write(write);
}

/* "I6": finalizers are only taken away from the very object that was looked at. */
static void i6_uid_precondition(struct judge *judge, const struct fake_call *call)
{
	if (text_equal(call->method, "PATCH") && strstr(call->body, "\"remove\"") &&
		!strstr(call->body, "/metadata/uid"))
		world_complain(judge->world, "I6: a finalizer is removed without a test of the uid");
}

static void note_bounds(struct judge *judge)
{
	size_t in_flight = 0, allocations = mem_counted().allocations;

	for (int i = 0; i < REPLICAS_MAX; i++)
		in_flight += judge->world->replicas[i].http.calls.count;
	if (in_flight > judge->most_in_flight)
		judge->most_in_flight = in_flight;
	if (allocations > judge->most_allocations)
		judge->most_allocations = allocations;
}

/* "I14 Bounds": memory, calls in flight and log volume stay under fixed caps. */
void i14_bounds(const struct judge *judge)
{
	if (judge->most_in_flight > MOST_IN_FLIGHT)
		world_complain(judge->world, "I14 bounds: %zu calls were in flight", judge->most_in_flight);
	if (judge->most_allocations > MOST_ALLOCATIONS)
		world_complain(judge->world, "I14 bounds: %zu pieces of memory were in use", judge->most_allocations);
	if (judge->log_lines > MOST_LOG_LINES)
		world_complain(judge->world, "I14 bounds: %zu lines were logged", judge->log_lines);
}

/* "I13 Secrets": no token, key or authorization header in any log, event, status or metric. Each secret has the word in it. */
void i13_secrets(struct judge *judge, const char *where, const char *text)
{
	if (strstr(text, SESAME))
		world_complain(judge->world, "I13 secret: in %s: %s", where, text);
}

static void see_list(struct judge *judge, const struct fake_call *call)
{
	if (!text_equal(call->method, "GET"))
		return;
	if (text_ends(call->path, "/forwardingRules"))
		judge->rules_read_at = judge_now(judge);
	else if (text_ends(call->path, "/instanceGroupManagers"))
		judge->groups_read_at = judge_now(judge);
}

/* The last page makes a list whole; any answer that is none of it means another beginning. */
void judge_answer(struct judge *judge, const struct fake_call *call, const struct emulator_answer *answer)
{
	struct process_sight *process = process_of(judge, world_sender(judge->world, call));
	bool goes_on = strstr(call->query, "pageToken=");
	bool right = answer->status == 200 && !strstr(answer->body, "\"unreachables\"");

	if (call->gone || !text_equal(call->method, "GET") || (goes_on && !map_find(&process->begun, call->path)))
		return;
	map_remove(&process->begun, call->path);
	if (right)
		note_read(judge, call);
	if (right && strstr(answer->body, "\"nextPageToken\""))
		map_put(&process->begun, call->path, (void *)"");
	else if (right)
		map_put(&process->listed, call->path, (void *)"");
}

static void see_live_read(struct judge *judge, struct process_sight *process, const struct fake_call *call)
{
	char namespace[128], name[128], more[8] = "";
	const char *from = strstr(call->path, "/namespaces/");
	struct live_read *live;
	const cJSON *object;
	JSON_WORK(work);
	char *key;

	if (!text_equal(call->method, "GET") || !from ||
		sscanf(from, "/namespaces/%127[^/]/tfloadbalancers/%127[^/]%7s", namespace, name, more) != 2)
		return;
	key = arena_printf(json_arena(), "%s/%s", namespace, name);
	object = apiserver_get(&judge->world->api, key);
	live = mem_alloc(sizeof(*live));
	text_copy(live->uid, sizeof(live->uid), json_text_or(object, "metadata.uid", ""));
	live->generation = json_int(object, "metadata.generation", -1);
	mem_free(map_put(&process->lives, key, live));
}

void judge_call(struct judge *judge, const struct replica *replica, const struct fake_call *call)
{
	struct process_sight *process = process_of(judge, replica);

	note_bounds(judge);
	if (!world_is_for_cloud(call)) {
		see_live_read(judge, process, call);
		i6_uid_precondition(judge, call);
		if (call->body_length)
			i13_secrets(judge, call->path, call->body);
		return;
	}
	judge->calls++;
	i15_scope(judge, call);
	i12_rate(judge, replica, call);
	see_list(judge, call);
	note_observed(judge, call);
	note_shown(judge, call);
	if (!world_is_mutation(call))
		return;
	i11_call(judge, call);
	i5_no_flapping(judge, call);
	i10_destructive_acts_are_informed(judge, process, call);
	i9_dependants_first(judge, call);
}

void judge_calls_done(struct judge *judge)
{
	map_done(&judge->written, free_write);
	map_done(&judge->windows, mem_free);
	for (int i = 0; i < REPLICAS_MAX; i++)
		process_done(&judge->processes[i]);
}
