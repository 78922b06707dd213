/* The judge of what stands: in the cloud, and at the API server. A scan of the cloud is cheap: only what changed since the last is read. */
#include "sim/invariants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulator/core.h"
#include "emulator/groups.h"
#include "emulator/kind.h"

enum { TICK_MS = 5000, TOUCH_MS = 90000 /* what somebody else did shows within */ };

static const char CLUSTER[] = "c1u5-7e4";

int64_t judge_now(const struct judge *judge)
{
	return judge->world->loop.now_ms;
}

bool judge_touched(const struct judge *judge, const char *path)
{
	const int64_t *at = map_find(&judge->touched, path);

	return at && judge_now(judge) - *at < TOUCH_MS;
}

/* --- what stands in the cloud --- */

static bool is_our_kind(const struct emu_resource *resource)
{
	static const struct emu_kind *const kinds[] = {&emu_address_kind, &emu_firewall_kind, &emu_health_check_kind,
		&emu_instance_template_kind, &emu_group_manager_kind, &emu_autoscaler_kind, &emu_backend_service_kind,
		&emu_backend_bucket_kind, &emu_url_map_kind, &emu_ssl_certificate_kind, &emu_ssl_policy_kind,
		&emu_target_http_proxy_kind, &emu_target_https_proxy_kind, &emu_forwarding_rule_kind};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (resource->kind == kinds[i])
			return true;
	}
	return false;
}

static void read_mark(struct sight *sight, const struct emu_resource *resource, int64_t now)
{
	JSON_WORK(work);
	const char *description = json_text(emu_resource_body(resource), "description");
	const cJSON *mark =
		description ? json_parse(description, strlen(description), (struct json_limits){0}, NULL) : NULL;
	bool was_ours = sight->ours;

	sight->ours =
		text_equal(json_text(mark, "manager"), "tflb.dev") && text_equal(json_text(mark, "cluster"), CLUSTER);
	text_copy(sight->uid, sizeof(sight->uid), sight->ours ? json_text_or(mark, "uid", "") : "");
	snprintf(sight->owner, sizeof(sight->owner), "%s/%s", json_text_or(mark, "namespace", ""),
		json_text_or(mark, "name", ""));
	if (!sight->ours && (was_ours || !sight->foreign_since))
		sight->foreign_since = now, sight->shown = false;
}

/* "I2 No theft": a resource without our mark for this object's uid (and this cluster's id) is never changed or deleted. The cloud's
 * deletes and half of its patches take no precondition: what became foreign after the last sweep can't be told from ours. */
static void i2_no_theft(struct judge *judge, const char *path, const struct sight *sight, const char *how)
{
	if (sight->ours || judge_touched(judge, path))
		return;
	if (!sight->shown && judge_now(judge) - sight->foreign_since < JUDGE_SWEEP_MS)
		return;
	world_complain(judge->world, "I2 theft: %s, which is not ours, was %s", path, how);
}

/* "I8": at most one insert per object's uid, kind and revision takes effect. */
static void i8_one_insert(struct judge *judge, const char *path, const struct sight *sight)
{
	JSON_WORK(work);

	for (size_t i = 0; i < judge->objects.count; i++) {
		const struct object_sight *object = judge->objects.own_entries[i].value;
		char *key;

		if (!text_equal(object->uid, sight->uid))
			continue;
		key = arena_printf(json_arena(), "%s %lld %s", object->uid, (long long)object->generation, path);
		if (map_put(&judge->births, key, (void *)"") && !judge->unforeseen && !judge->stripped &&
			!map_find(&judge->touched, path))
			world_complain(judge->world, "I8 inserted twice: %s, at generation %lld", path,
				(long long)object->generation);
	}
}

static void look_at(struct judge *judge, const struct emu_resource *resource)
{
	struct sight *sight = map_find(&judge->resources, resource->own_path);
	bool fresh = !sight;

	if (fresh) {
		sight = mem_alloc(sizeof(*sight));
		map_put(&judge->resources, resource->own_path, sight);
	}
	sight->seen = true;
	if (!fresh && sight->id == resource->id && sight->revision == resource->revision &&
		sight->label_revision == resource->label_revision)
		return;
	if (!fresh && sight->id == resource->id)
		i2_no_theft(judge, resource->own_path, sight, "changed");
	fresh |= sight->id != resource->id;
	sight->id = resource->id;
	sight->revision = resource->revision;
	sight->label_revision = resource->label_revision;
	read_mark(sight, resource, judge_now(judge));
	if (fresh && sight->ours)
		i8_one_insert(judge, resource->own_path, sight);
}

static void drop_unseen(struct judge *judge)
{
	for (size_t i = judge->resources.count; i-- > 0;) {
		struct sight *sight = judge->resources.own_entries[i].value;

		if (!sight->seen) {
			i2_no_theft(judge, judge->resources.own_entries[i].own_key, sight, "deleted");
			mem_free(map_remove(&judge->resources, judge->resources.own_entries[i].own_key));
		}
	}
}

static void scan(struct judge *judge)
{
	const struct map *all = &judge->world->emulator->store.resources;

	for (size_t i = 0; i < judge->resources.count; i++)
		((struct sight *)judge->resources.own_entries[i].value)->seen = false;
	for (size_t i = 0; i < all->count; i++) {
		const struct emu_resource *resource = all->own_entries[i].value;

		if (resource->visible && is_our_kind(resource))
			look_at(judge, resource);
	}
	drop_unseen(judge);
}

static bool keeps_mark(const char *path)
{
	static const char *const fixed[] = {"/addresses/", "/instanceTemplates/", "/sslCertificates/", "/sslPolicies/",
		"/targetHttpProxies/", "/targetHttpsProxies/", "/forwardingRules/"};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (strstr(path, fixed[i]))
			return true;
	}
	return false;
}

bool judge_is_of(const struct judge *judge, const char *path, const struct sight *sight, const char *key)
{
	return text_equal(sight->owner, key) ||
	       (text_equal(judge->taker, key) && text_equal(sight->owner, judge->giver) && keeps_mark(path));
}

const char *judge_find_ours(const struct judge *judge, const char *key)
{
	for (size_t i = 0; i < judge->resources.count; i++) {
		const struct sight *sight = judge->resources.own_entries[i].value;

		if (key && text_equal(judge->giver, key) && keeps_mark(judge->resources.own_entries[i].own_key))
			continue; /* another one has it */
		if (sight->ours && (!key || text_equal(sight->owner, key)))
			return judge->resources.own_entries[i].own_key;
	}
	return NULL;
}

/* --- what serves --- */

static const char *used(const struct emu_resource *resource, const char *collection)
{
	for (size_t i = 0; i < resource->links.count; i++) {
		if (strstr(resource->links.own_items[i], collection))
			return resource->links.own_items[i];
	}
	return NULL;
}

static const struct emu_resource *follow(
	const struct judge *judge, const struct emu_resource *from, const char *collection)
{
	const char *path = from ? used(from, collection) : NULL;
	const struct emu_resource *to = path ? emu_store_find(&judge->world->emulator->store, path) : NULL;

	return to && to->visible ? to : NULL;
}

static bool has_machine(const struct judge *judge, const struct emu_resource *service)
{
	for (size_t i = 0; service && i < service->links.count; i++) {
		struct emu_resource *manager =
			emu_group_manager_of(judge->world->emulator, service->links.own_items[i]);
		const struct group *group = manager ? emu_group_of(manager)->own_group : NULL;

		for (size_t j = 0; group && j < group->instance_count; j++) {
			if (group_instance_answers(group->own_instances[j], judge->world->emulator->now))
				return true;
		}
	}
	return false;
}

static bool serves(const struct judge *judge, const char *key)
{
	JSON_WORK(work);

	for (size_t i = 0; i < judge->resources.count; i++) {
		const struct sight *sight = judge->resources.own_entries[i].value;
		const char *path = judge->resources.own_entries[i].own_key;
		const struct emu_resource *at;

		if (!strstr(path, "/forwardingRules/") || !judge_is_of(judge, path, sight, key))
			continue;
		at = follow(judge, emu_store_find(&judge->world->emulator->store, path), "Proxies/");
		at = follow(judge, follow(judge, at, "/urlMaps/"), "/backendServices/");
		if (has_machine(judge, at))
			return true;
	}
	return false;
}

/* "I9 Order": no serving gap during an update that the API can do in place; make-before-break for templates. */
static void i9_no_gap(struct judge *judge)
{
	for (size_t i = 0; i < judge->objects.count; i++) {
		struct object_sight *object = judge->objects.own_entries[i].value;

		if (object->leaving || !object->finalizer || judge->gap_allowed || judge->unforeseen)
			object->was_ready = false;
		if (!object->was_ready || serves(judge, judge->objects.own_entries[i].own_key))
			continue;
		world_complain(judge->world, "I9 gap: %s served, and no way leads to a machine any more",
			judge->objects.own_entries[i].own_key);
		object->was_ready = false;
	}
}

/* --- the judge --- */

static void on_served(void *arg, struct replica *replica, struct fake_call *call)
{
	struct judge *judge = arg;

	judge_call(judge, replica, call);
	scan(judge);
	if (!text_equal(call->method, "GET") && !world_is_for_cloud(call))
		judge_look_at_objects(judge);
	i9_no_gap(judge);
}

static void on_answered(void *arg, const struct fake_call *call, const struct emulator_answer *answer)
{
	judge_answer(arg, call, answer);
}

static void on_meddled(void *arg, const char *path)
{
	struct judge *judge = arg;
	AUTO_FREE char *whole = mem_printf("projects/my-project/%s", path);
	int64_t now = judge_now(judge);

	whole[strcspn(whole, "?")] = '\0';
	scan(judge);
	for (char *end = whole + strlen(whole); end > whole && strlen(whole) > strlen("projects/my-project/");) {
		mem_free(
			map_put(&judge->touched, whole, mem_copy(&now, sizeof(now)))); /* it, or what it is a verb of */
		end = strrchr(whole, '/');
		*end = '\0';
	}
}

static void look_at_metrics(struct judge *judge)
{
	for (int i = 0; i < judge->world->replica_count; i++) {
		AUTO_STR struct str text = STR_INIT(1 << 20);

		metrics_write(judge->world->replicas[i].metrics, METRICS_PROMETHEUS, &text);
		i13_secrets(judge, "the metrics", str_text(&text));
	}
}

static void on_tick(void *arg)
{
	struct judge *judge = arg;

	scan(judge);
	judge_look_at_objects(judge);
	i9_no_gap(judge);
	timer_start(&judge->world->loop.loop, &judge->tick, TICK_MS, on_tick, judge);
}

static void write_log(void *arg, enum log_level level, const char *line, size_t length)
{
	struct judge *judge = arg;

	judge->log_lines++;
	i13_secrets(judge, "the log", line);
	if (getenv("TFLB_SIM_LOG"))
		fwrite(line, 1, length, stderr);
}

void judge_init(struct judge *judge, struct world *world)
{
	*judge = (struct judge){.world = world};
	world->witness =
		(struct world_hooks){.served = on_served, .answered = on_answered, .meddled = on_meddled, .arg = judge};
	world->log.write = write_log;
	world->log.write_arg = judge;
	timer_start(&world->loop.loop, &judge->tick, TICK_MS, on_tick, judge);
}

void judge_done(struct judge *judge)
{
	timer_stop(&judge->world->loop.loop, &judge->tick);
	judge->world->witness = (struct world_hooks){0};
	judge->world->log.write = NULL;
	map_done(&judge->resources, mem_free);
	map_done(&judge->touched, mem_free);
	map_done(&judge->objects, judge_object_free);
	map_done(&judge->births, NULL);
	judge_calls_done(judge);
}

/* "I1 No leak": whenever no object exists and all faults have ended, no resource with our mark exists. */
void i1_no_leak(struct judge *judge)
{
	const char *left;

	scan(judge);
	look_at_metrics(judge);
	left = judge_find_ours(judge, NULL);
	if (left)
		world_complain(judge->world, "I1 leak: no object is left, and %s stands", left);
	i14_bounds(judge);
}

/* A chain takes twenty calls to make and twenty to change; machines that start are looked at every few seconds, and a sweep reads nine
 * lists. Whoever goes round in circles asks for more. Where no object is left a sweep still looks for what may be, in every list and
 * in that of the operations, and there is one every 45 to 55 s. */
static void check_calls(struct judge *judge, uint64_t calls, int64_t took_ms)
{
	enum { PER_OBJECT = 120, PER_MINUTE = 60, SWEEP = 15, SWEEP_MS = 45000 };
	const struct world *world = judge->world;
	size_t objects = world->api.objects.count;
	uint64_t looking = objects ? (1 + objects) / 2 * PER_MINUTE * (uint64_t)(1 + took_ms / 60000)
	                           : SWEEP * (uint64_t)(1 + took_ms / SWEEP_MS);
	uint64_t most = (objects * PER_OBJECT + looking) * (uint64_t)world->replica_count;

	if (calls > most)
		world_complain(judge->world, "I3 no convergence: %llu calls in %lld s, %llu are enough",
			(unsigned long long)calls, (long long)took_ms / 1000, (unsigned long long)most);
}

/* "I3 Convergence": once the faults have ended, everything becomes Ready within bounded time and calls. */
void i3_convergence(struct judge *judge, int64_t bound_ms, bool at_rest)
{
	struct world *world = judge->world;
	int64_t since = world->loop.now_ms;
	uint64_t calls = judge->calls;
	bool reached = true;
	size_t i;

	for (i = 0; reached && i < world->api.objects.count; i++)
		reached = world_until_ready(world, world->api.objects.own_entries[i].own_key, bound_ms);
	if (reached && at_rest)
		reached = world_until_settled(world, bound_ms);
	if (reached) {
		check_calls(judge, judge->calls - calls, world->loop.now_ms - since);
		return;
	}
	for (i = 0; i < world->api.objects.count; i++) {
		JSON_WORK(work);
		const cJSON *object = json_parse_text(world->api.objects.own_entries[i].value);

		world_complain(world, "I3 no convergence: %s after %lld s: %s: %s",
			world->api.objects.own_entries[i].own_key, (long long)(world->loop.now_ms - since) / 1000,
			json_text_or(judge_condition(object, "Ready"), "reason", "no status"),
			json_text_or(judge_condition(object, "Ready"), "message", ""));
	}
}

/* "I4 Stability": once Ready with nothing changing, no write to the cloud or the API server for 10 sweeps. */
void i4_stability(struct judge *judge)
{
	enum { STATUS_LAG_MS = 40000, FIVE_SWEEPS_MS = 5 * 55000 };
	struct world *world = judge->world;
	uint64_t cloud, api;
	long before, after;

	world_run(world, STATUS_LAG_MS);
	cloud = world->cloud_writes;
	api = world->api.status_writes + world->api.finalizer_writes;
	before = judge_fewest_pieces(judge, FIVE_SWEEPS_MS);
	after = judge_fewest_pieces(judge, FIVE_SWEEPS_MS);
	if (world->cloud_writes != cloud)
		world_complain(world, "I4 unrest: %llu writes to the cloud in ten sweeps",
			(unsigned long long)(world->cloud_writes - cloud));
	if (world->api.status_writes + world->api.finalizer_writes != api)
		world_complain(world, "I4 unrest: %llu writes to the API server in ten sweeps",
			(unsigned long long)(world->api.status_writes + world->api.finalizer_writes - api));
	i14_nothing_gathers(judge, before, after, FIVE_SWEEPS_MS);
}

/* "": there is no such object. */
static void copy_uid(const struct world *world, const char *key, char *uid, size_t size)
{
	const char *text = map_find(&world->api.objects, key);
	struct json_pick pick = {.path = "metadata.uid"};

	uid[0] = '\0';
	if (text && json_pick(text, strlen(text), &pick, 1))
		json_pick_text(&pick, uid, size);
}

static bool is_same_object(const struct world *world, const char *key, const char *uid)
{
	char now[64];

	copy_uid(world, key, now, sizeof(now));
	return now[0] && text_equal(now, uid);
}

/* "I6 Deletion always ends": within bounded time once the faults have ended. */
void i6_deletion_ends(struct judge *judge, const char *key, int64_t bound_ms)
{
	enum { STEP_MS = 500 };
	char uid[64];

	copy_uid(judge->world, key, uid, sizeof(uid));
	for (int64_t passed = 0; passed < bound_ms; passed += STEP_MS) {
		if (!is_same_object(judge->world, key, uid))
			return;
		world_run(judge->world, STEP_MS);
	}
	JSON_WORK(work);
	const cJSON *object = apiserver_get(&judge->world->api, key);

	world_complain(judge->world, "I6 deletion does not end: %s: %s: %s", key,
		json_text_or(judge_condition(object, "Ready"), "reason", "no status"),
		json_text_or(judge_condition(object, "Ready"), "message", ""));
}
