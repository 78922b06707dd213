/* F14 in small: many objects at once. */
#include <stdlib.h>
#include <string.h>

#include "sim/script.h"

enum { MANY = 40 };

static char *key_of(int number)
{
	return arena_printf(json_arena(), "default/tf%d", number);
}

static void apply_many(struct world *world)
{
	for (int i = 0; i < MANY; i++) {
		AUTO_FREE char *object =
			mem_printf(OBJECT("default", "tf%d", "%s,\"replicas\":1,%s"), i, TEMPLATE, POOL);

		apiserver_apply(&world->api, object);
	}
}

/* A start among many that are as they should be writes nothing; an edit of all of them costs one write each. */
void load_many(struct world *world)
{
	JSON_WORK(work);
	struct writes writes;

	world_start(world);
	apply_many(world);
	check_rest(world, MANY, MANY);
	writes = writes_now(world);
	world_kill(world);
	world_start(world);
	check_rest(world, MANY, MANY);
	check_no_writes(world, writes.asked);

	for (int i = 0; i < MANY; i++)
		apiserver_edit(&world->api, key_of(i), "{\"serving\":{\"timeoutSec\":55}}");
	check_rest(world, MANY, MANY);
	check_writes(world, &writes, MANY);
	check_nothing_refused(world);
}

/* --- what was asked, by a witness --- */

struct count {
	struct world *world;
	int sweeps, more_pages; /* of the cloud */
	int writes, statuses;   /* to it; of the API server */
	int64_t written_ms;     /* when a write about `part` came first; 0: none did */
	const char *part;       /* of a path */
};

static void on_served(void *arg, struct replica *replica, struct fake_call *call)
{
	struct count *count = arg;
	bool writes = world_is_for_cloud(call) && world_is_mutation(call);

	count->more_pages += strstr(call->query, "pageToken=") != NULL;
	count->sweeps += text_equal(call->method, "GET") && text_ends(call->path, "/global/forwardingRules") &&
	                 !strstr(call->path, "/bad-project/");
	count->writes += writes;
	count->statuses += text_ends(call->path, "/status");
	if (writes && count->part && strstr(call->path, count->part) && !count->written_ms)
		count->written_ms = count->world->loop.now_ms;
}

static void begin_count(struct count *count, struct world *world)
{
	*count = (struct count){.world = world};
	world->witness = (struct world_hooks){.served = on_served, .arg = count};
}

/* --- one object that changes all the time --- */

/* A hundred edits a second of one object: few of them are written, the last one is, and another object's edit leaves at once. */
void load_flapping(struct world *world)
{
	enum { EDITS = 3000, EVERY_MS = 10, AT_ONCE_MS = 200, WRITES_MOST = 20, STATUSES_MOST = 60 };
	struct count count;
	int64_t edited = 0;
	uint64_t begun;

	start_with(world, SEED_OBJECT);
	apiserver_apply(&world->api, OBJECT("default", "calm", TEMPLATE "," POOL));
	check_rest(world, 2, 2);
	begin_count(&count, world);
	count.part = "-calm-";
	begun = world->cloud_begun;
	for (int i = 0; i < EDITS; i++) {
		AUTO_FREE char *edit = mem_printf("{\"serving\":{\"timeoutSec\":%d}}", 40 + i % 2);

		if (i == EDITS / 2) {
			edited = world->loop.now_ms;
			apiserver_edit(&world->api, "default/calm", "{\"serving\":{\"timeoutSec\":60}}");
		}
		apiserver_edit(&world->api, KEY, edit);
		world_run(world, EVERY_MS);
	}
	begun = world->cloud_begun - begun;
	if ((int)begun > for_each(world, WRITES_MOST) || count.statuses > for_each(world, STATUSES_MOST) ||
		(world->replica_count == 1 && count.writes > WRITES_MOST))
		world_complain(world, "%d writes, %d carried out, and %d statuses for %d edits", count.writes,
			(int)begun, count.statuses, EDITS);
	if (!count.written_ms || count.written_ms - edited > AT_ONCE_MS)
		world_complain(world, "the other one's edit was written after %lld ms",
			(long long)(count.written_ms - edited));
	check_ready(world, KEY);
	check_rest(world, 2, 2);
	world->witness = (struct world_hooks){0};
}

/* --- servers that come and go --- */

struct flap {
	struct world *world;
	bool of_cloud;
	int64_t from, until;
	int turned_away;
};

static bool on_flap(void *arg, struct replica *replica, struct fake_call *call)
{
	enum { HALF_MS = 4000 };
	struct flap *flap = arg;
	int64_t now = flap->world->loop.now_ms;

	if (world_is_for_cloud(call) != flap->of_cloud || now >= flap->until || (now - flap->from) / HALF_MS % 2)
		return false;
	flap->turned_away++;
	fake_answer(call, 503, "text/html", "<html>down</html>");
	return true;
}

static void flap_for(struct world *world, struct flap *flap, bool of_cloud)
{
	enum { FLAPS = 5 * MINUTE };

	*flap = (struct flap){
		.world = world, .of_cloud = of_cloud, .from = world->loop.now_ms, .until = world->loop.now_ms + FLAPS};
	world->faults = (struct world_hooks){.call = on_flap, .arg = flap};
	apiserver_edit(&world->api, KEY, of_cloud ? "{\"replicas\":5}" : "{\"replicas\":4}");
	world_run(world, MINUTE);
	apiserver_edit(
		&world->api, KEY, of_cloud ? "{\"serving\":{\"timeoutSec\":55}}" : "{\"serving\":{\"timeoutSec\":45}}");
	world_run(world, FLAPS - MINUTE);
}

/* The API server, and then the cloud, is there for four seconds, and away for four: all the same everything is done, once, and not
 * every answer that is missed is asked for at once. */
void load_servers_flap(struct world *world)
{
	enum { AWAY_MOST = 300 };
	struct flap flap;
	struct writes writes;

	world->meddled = true; /* 503 */
	start_with(world, SEED_OBJECT);
	check_rest(world, 1, 1);
	for (int of_cloud = 0; of_cloud <= 1; of_cloud++) {
		writes = writes_now(world);
		flap_for(world, &flap, of_cloud);
		check_ready(world, KEY);
		check_rest(world, 1, 1);
		check_writes(world, &writes, 2);
		if (flap.turned_away > for_each(world, AWAY_MOST))
			world_complain(world, "%d calls turned away", flap.turned_away);
	}
	world->faults = (struct world_hooks){0};
}

/* --- an object as large as may be --- */

/* The largest object that an API server holds is kept like any other, and delays no other. */
void load_large(struct world *world)
{
	enum { BYTES = 3 << 19, LESS = 8 << 10, AT_ONCE_MS = 200 };
	struct count count;
	int64_t edited;

	start_with(world, SEED_OBJECT);
	apiserver_apply(&world->api, OBJECT("default", "calm", TEMPLATE "," POOL));
	check_rest(world, 2, 2);
	apiserver_swell(&world->api, KEY, BYTES - LESS, true);
	check_rest(world, 2, 2);
	begin_count(&count, world);
	count.part = "-calm-";
	apiserver_edit(&world->api, KEY, "{\"replicas\":4}");
	apiserver_edit(&world->api, "default/calm", "{\"serving\":{\"timeoutSec\":60}}");
	edited = world->loop.now_ms;
	check_rest(world, 2, 2);
	if (!count.written_ms || count.written_ms - edited > AT_ONCE_MS)
		world_complain(world, "the other one's edit was written after %lld ms",
			(long long)(count.written_ms - edited));
	world->witness = (struct world_hooks){0};
}

/* --- a project full of what others made --- */

enum { FOREIGN = 1500, PAGE = 500 };

static const char *const full_of[] = {"addresses", "healthChecks"};
enum { FULL = sizeof(full_of) / sizeof(full_of[0]) };

static const char *foreign_body(const char *collection, int number)
{
	return arena_printf(json_arena(), "{\"name\":\"other-%d\"%s}", number,
		text_equal(collection, "healthChecks") ? ",\"type\":\"TCP\",\"tcpHealthCheck\":{\"port\":80}" : "");
}

static void fill_project(struct world *world)
{
	world_cloud_begin(world, "POST", "/emulator/v1/world",
		"{\"quota\":{\"project\":\"my-project\",\"metric\":\"STATIC_ADDRESSES\",\"limit\":10000}}");
	world_cloud_begin(world, "POST", "/emulator/v1/world",
		"{\"quota\":{\"project\":\"my-project\",\"metric\":\"HEALTH_CHECKS\",\"limit\":10000}}");
	for (int i = 0; i < FOREIGN * FULL; i++) {
		JSON_WORK(work);
		const char *collection = full_of[i % FULL];
		char *path = arena_printf(json_arena(), "global/%s", collection);

		world_cloud_begin(world, "POST", path, foreign_body(collection, i / FULL));
		if (world->direct_status != 200)
			world_complain(world, "a foreign one could not be made: %s", world->own_direct);
	}
	world_run(world, 2 * MINUTE);
}

static size_t pieces_of_controller(struct world *world)
{
	size_t with = mem_counted().allocations;

	world_kill(world);
	return with - mem_counted().allocations;
}

static int count_foreign(struct world *world)
{
	int count = 0;

	for (int i = 0; i < FULL; i++) {
		JSON_WORK(work);
		const char *path = arena_printf(json_arena(), "global/%s", full_of[i]);
		const cJSON *item;

		cJSON_ArrayForEach(item, world_list(world, path)) count +=
			text_starts(json_text(item, "name"), "other-");
	}
	return count;
}

/* What is not ours costs the pages that show it, and no memory. */
void load_foreign(struct world *world)
{
	enum { SWEEPS = 10, SWEEP_MS = 50000, MORE = FULL * FOREIGN / PAGE, PIECES_MORE = 40 };
	struct count count;
	size_t few, many;

	start_with(world, SEED_OBJECT);
	check_rest(world, 1, 1);
	few = pieces_of_controller(world);
	fill_project(world);
	world_start(world);
	check_rest(world, 1, 1);
	begin_count(&count, world);
	world_run(world, SWEEPS * SWEEP_MS);
	many = pieces_of_controller(world);
	if (count.sweeps < SWEEPS || count.more_pages < (count.sweeps - 1) * MORE ||
		count.more_pages > (count.sweeps + 1) * MORE)
		world_complain(world, "%d more pages in %d sweeps", count.more_pages, count.sweeps);
	if (many > few + PIECES_MORE)
		world_complain(world, "%zu pieces of memory among few, %zu among many", few, many);
	world_start(world);
	apiserver_delete(&world->api, KEY);
	check_gone(world, KEY);
	judge_nothing(world);
	if (count_foreign(world) != FULL * FOREIGN)
		world_complain(world, "%d foreign ones are left of %d", count_foreign(world), FULL * FOREIGN);
	world->witness = (struct world_hooks){0};
}

/* --- a project that only refuses, beside others --- */

enum { GOOD_PROJECTS = 5, BAD_OBJECTS = 20, A_WHILE = 15 * MINUTE };

#define IN_PROJECT                                                                                                     \
	"{\"apiVersion\":\"tflb.dev/v1alpha1\",\"kind\":\"TFLoadBalancer\",\"metadata\":{\"namespace\":\"default\","   \
	"\"name\":\"%s%d\"},\"spec\":{\"project\":\"%s\"," TEMPLATE "," POOL "}}"

struct refuser {
	int turned_away;
};

static bool refuse_all(void *arg, struct replica *replica, struct fake_call *call)
{
	struct refuser *refuser = arg;

	if (!strstr(call->path, "/projects/bad-project/"))
		return false;
	refuser->turned_away++;
	fake_answer(call, 403, "application/json",
		"{\"error\":{\"code\":403,\"message\":\"Required 'compute.x.y' permission for "
		"'projects/bad-project'\",\"errors\":[{\"message\":\"Required 'compute.x.y' permission for "
		"'projects/bad-project'\",\"domain\":\"global\",\"reason\":\"forbidden\"}]}}");
	return true;
}

/* How often the good projects are looked at in a while, and for how long edits in them wait, in all. */
struct attention {
	int sweeps;
	int64_t waited_ms;
};

static struct attention watch_good(struct world *world, int timeout_s)
{
	struct attention attention = {0};
	AUTO_FREE char *edit = mem_printf("{\"serving\":{\"timeoutSec\":%d}}", timeout_s);
	struct count count;

	for (int i = 0; i < GOOD_PROJECTS; i++) {
		AUTO_FREE char *key = mem_printf("default/good%d", i);
		AUTO_FREE char *part = mem_printf("-good%d-", i);
		int64_t edited = world->loop.now_ms;

		begin_count(&count, world);
		count.part = part;
		apiserver_edit(&world->api, key, edit);
		check_ready(world, key);
		attention.waited_ms += count.written_ms - edited;
	}
	begin_count(&count, world);
	world_run(world, A_WHILE);
	attention.sweeps = count.sweeps;
	world->witness = (struct world_hooks){0};
	return attention;
}

/* A project with many objects that answers 403 to everything takes nothing of the others' time, and is asked now and then. */
void load_refused_project(struct world *world)
{
	enum { ASKED_MOST = 60 * A_WHILE / MINUTE };
	struct refuser refuser = {0};
	struct attention alone, beside;

	world->meddled = true; /* 403 */
	world->faults = (struct world_hooks){.call = refuse_all, .arg = &refuser};
	world_start(world);
	for (int i = 0; i < GOOD_PROJECTS; i++) {
		AUTO_FREE char *project = mem_printf("good-project-%d", i);
		AUTO_FREE char *object = mem_printf(IN_PROJECT, "good", i, project);

		apiserver_apply(&world->api, object);
	}
	check_settled(world);
	alone = watch_good(world, 50);
	for (int i = 0; i < BAD_OBJECTS; i++) {
		AUTO_FREE char *object = mem_printf(IN_PROJECT, "bad", i, "bad-project");

		apiserver_apply(&world->api, object);
	}
	check_reason(world, "default/bad0", "PermissionDenied", "bad-project");
	refuser.turned_away = 0;
	beside = watch_good(world, 60);
	if (llabs(beside.waited_ms - alone.waited_ms) > GOOD_PROJECTS * 20 || alone.waited_ms > GOOD_PROJECTS * 200)
		world_complain(world, "edits waited for %lld ms alone, for %lld ms beside the refused project",
			(long long)alone.waited_ms, (long long)beside.waited_ms);
	if (abs(beside.sweeps - alone.sweeps) > alone.sweeps / 20 || alone.sweeps < GOOD_PROJECTS * A_WHILE / MINUTE)
		world_complain(world, "%d sweeps alone, %d beside the refused project", alone.sweeps, beside.sweeps);
	if (refuser.turned_away > for_each(world, ASKED_MOST))
		world_complain(world, "the refused project was asked %d times", refuser.turned_away);
	world->faults = (struct world_hooks){0};
}
