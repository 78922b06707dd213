/* F2, F3, F8, F10: what API servers, users and other replicas may do at any moment. */
#include <string.h>

#include "sim/fault.h"
#include "sim/script.h"

/* --- F2: watches --- */

enum {
	WATCH_DROPS,
	WATCH_REPEATS,
	WATCH_REPEATS_OLD,
	WATCH_COALESCES,
	WATCH_LATE,
	WATCH_BOOKMARKS,
	WATCH_ERROR,
	WATCH_GONE,
	WATCH_COMPACTED,
	WATCH_LIST_GONE,
	WATCH_ENDS,
	WATCH_BREAKS,
	WATCH_SILENT,
	WATCH_GARBAGE,
};

#define STATUS_EVENT(code, reason)                                                                                     \
	"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":"        \
	"\"Failure\","                                                                                                 \
	"\"message\":\"no\",\"reason\":\"" reason "\",\"code\":" #code "}}\n"

static void break_watches(struct injector *injector, struct fake_call *call, void *own_data)
{
	injector->world->api.skip_events = 0;
	apiserver_break_watches(&injector->world->api);
}

static void on_time_again(struct injector *injector, struct fake_call *call, void *own_data)
{
	injector->world->api.watch_lag_ms = 0;
}

static void bookmarks(struct apiserver *api)
{
	for (int i = 0; i < 20; i++) {
		AUTO_FREE char *line = mem_printf("{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"TFLoadBalancer\","
						  "\"apiVersion\":\"tflb.dev/v1alpha1\",\"metadata\":{"
						  "\"resourceVersion\":\"%llu\"}}}\n",
			(unsigned long long)api->version);

		apiserver_tell(api, line);
	}
}

bool strike_watch(struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call)
{
	struct apiserver *api = &injector->world->api;

	switch (fault->variant) {
	case WATCH_DROPS:
	case WATCH_COALESCES:
		api->skip_events = 1;
		injector_later(injector, fault->variant == WATCH_DROPS ? 2000 : 30000, break_watches, NULL, NULL);
		injector_lasts(injector, 31000);
		break;
	case WATCH_REPEATS:
		apiserver_repeat(api, 0);
		break;
	case WATCH_REPEATS_OLD:
		apiserver_repeat(api, 1);
		break;
	case WATCH_LATE:
		api->watch_lag_ms = 60000;
		injector_later(injector, 60000, on_time_again, NULL, NULL);
		injector_lasts(injector, 120000);
		break;
	case WATCH_BOOKMARKS:
		bookmarks(api);
		break;
	case WATCH_ERROR:
		apiserver_tell(api, STATUS_EVENT(500, "InternalError"));
		break;
	case WATCH_GONE:
		apiserver_tell(api, STATUS_EVENT(410, "Expired"));
		break;
	case WATCH_LIST_GONE:
		injector->gone_left = 2;
		apiserver_compact(api);
		break;
	case WATCH_COMPACTED:
		apiserver_compact(api);
		break;
	case WATCH_ENDS:
		apiserver_drop_watches(api);
		break;
	case WATCH_BREAKS:
		apiserver_break_watches(api);
		break;
	case WATCH_SILENT:
		apiserver_silence_watches(api);
		injector_lasts(injector, 300000);
		break;
	case WATCH_GARBAGE:
		apiserver_tell(api, "{\"type\":\"MODIFIED\",\"object\":{\"kind\":7}}\n\x13\x37{]\n");
		break;
	}
	return false;
}

/* --- F3: stale --- */

enum { STALE_FACE, STALE_RESTORED, STALE_BEFORE_IT, STALE_FAR_BACK };
enum { BACK_A_LITTLE = 2, BACK_FAR = 4, LAG_MS = 45000, APPLY_AGAIN_MS = 120000 };

static void apply_again(struct injector *injector, struct fake_call *call, void *own_data)
{
	if (!map_find(&injector->world->api.objects, KEY))
		apiserver_apply(&injector->world->api, SEED_OBJECT);
}

bool strike_stale(struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call)
{
	struct apiserver *api = &injector->world->api;

	switch (fault->variant) {
	case STALE_FACE:
		api->watch_lag_ms = LAG_MS;
		injector_later(injector, LAG_MS, on_time_again, NULL, NULL);
		injector_lasts(injector, LAG_MS * 2);
		world_die_in(injector->world, replica, call, KILL_AFTER_APPLIED);
		return true;
	case STALE_RESTORED:
		apiserver_restore(api, BACK_A_LITTLE);
		break;
	case STALE_FAR_BACK:
		apiserver_restore(api, BACK_FAR);
		break;
	case STALE_BEFORE_IT:
		apiserver_restore(api, SIZE_MAX);
		break;
	}
	injector_later(injector, APPLY_AGAIN_MS, apply_again, NULL, NULL);
	injector_lasts(injector, APPLY_AGAIN_MS + 1000);
	return false;
}

/* --- F8: users who do not wait --- */

enum { USER_EDITS, USER_EDITS_TWICE, USER_DELETES, USER_RECREATES, USER_SUSPENDS, USER_STRIPS };

static void edit_again(struct injector *injector, struct fake_call *call, void *own_data)
{
	apiserver_edit(&injector->world->api, KEY,
		"{\"template\":{\"machineType\":\"n1-standard-2\"},\"healthCheck\":{\"requestPath\":\"/other\"}}");
}

/* As soon as the one with this uid is gone; somebody else may be quicker. One whose delete a restore took back stays. */
static void recreate(struct injector *injector, struct fake_call *call, void *own_data)
{
	JSON_WORK(work);
	const cJSON *object = apiserver_get(&injector->world->api, KEY);
	const char *uid = json_text(object, "metadata.uid");

	injector_lasts(injector, 3000);
	if (uid && text_equal(uid, own_data) && json_has(object, "metadata.deletionTimestamp")) {
		injector_later(injector, 1000, recreate, NULL, own_data);
		return;
	}
	if (!uid)
		apiserver_apply(&injector->world->api, SEED_OBJECT);
	mem_free(own_data);
}

static char *own_uid(const struct injector *injector)
{
	JSON_WORK(work);

	return mem_strdup(json_text_or(apiserver_get(&injector->world->api, KEY), "metadata.uid", ""));
}

static void resume(struct injector *injector, struct fake_call *call, void *own_data)
{
	apiserver_edit(&injector->world->api, KEY, "{\"suspend\":false}");
}

bool strike_user(struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call)
{
	struct apiserver *api = &injector->world->api;

	injector_lasts(injector, 3000);
	switch (fault->variant) {
	case USER_EDITS:
		apiserver_edit(api, KEY, "{\"replicas\":2,\"serving\":{\"timeoutSec\":77}}");
		break;
	case USER_EDITS_TWICE:
		apiserver_edit(api, KEY,
			"{\"template\":{\"machineType\":\"n1-standard-8\"},\"healthCheck\":{\"requestPath\":\"/"
			"one\"}}");
		injector_later(injector, 1700, edit_again, NULL, NULL);
		break;
	case USER_DELETES:
		apiserver_delete(api, KEY);
		break;
	case USER_RECREATES:
		apiserver_delete(api, KEY);
		recreate(injector, NULL, own_uid(injector));
		break;
	case USER_SUSPENDS:
		apiserver_edit(api, KEY, "{\"suspend\":true}");
		injector_later(injector, 60000, resume, NULL, NULL);
		injector_lasts(injector, 61000);
		break;
	case USER_STRIPS:
		apiserver_strip(api, KEY);
		injector_later(injector, 10000, recreate, NULL, own_uid(injector));
		injector_lasts(injector, 12000);
		break;
	}
	return false;
}

/* --- F10: leaders --- */

enum {
	LEADER_STOPS,
	LEADER_DIES,
	LEADER_PAUSES_5,
	LEADER_PAUSES_30,
	LEADER_PAUSES_60,
	LEADER_CUT,
	LEASE_DELETED,
	CLOCK_AHEAD,
	CLOCK_BEHIND,
	CLOCK_DOUBLED,
	LEASES_DOWN,
};

static void thaw(struct injector *injector, struct fake_call *call, void *own_data)
{
	struct world *world = injector->world;

	for (int i = 0; i < REPLICAS_MAX; i++) {
		if (world->replicas[i].frozen)
			replica_thaw(&world->replicas[i]);
		if (world->replicas[i].cut)
			replica_cut(&world->replicas[i], false);
	}
	world_start(world);
}

static void clocks_right(struct injector *injector, struct fake_call *call, void *own_data)
{
	for (int i = 0; i < REPLICAS_MAX; i++)
		replica_rate(&injector->world->replicas[i], 1);
}

static void pause_leader(struct injector *injector, struct replica *replica, int64_t ms)
{
	replica_freeze(replica);
	injector_later(injector, ms, thaw, NULL, NULL);
	injector_lasts(injector, ms + 5000);
}

bool strike_leader(
	struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call)
{
	struct world *world = injector->world;
	int64_t hour = INT64_C(3600) * 1000000;

	switch (fault->variant) {
	case LEADER_STOPS:
		replica_stop(replica);
		injector_later(injector, 20000, thaw, NULL, NULL);
		injector_lasts(injector, 21000);
		break;
	case LEADER_DIES:
		replica_kill(replica);
		world_restart(world);
		fake_drop(call);
		return true;
	case LEADER_PAUSES_5:
		pause_leader(injector, replica, 5000);
		break;
	case LEADER_PAUSES_30:
		pause_leader(injector, replica, 30000);
		break;
	case LEADER_PAUSES_60:
		pause_leader(injector, replica, 60000);
		break;
	case LEADER_CUT:
		replica_cut(replica, true);
		injector_later(injector, 30000, thaw, NULL, NULL);
		injector_lasts(injector, 120000); /* what it asked for meanwhile runs out of time */
		break;
	case LEASE_DELETED:
		mem_free(map_remove(&world->leases.texts, WORLD_LEASE));
		break;
	case CLOCK_DOUBLED:
		replica_rate(replica, 2);
		injector_later(injector, 300000, clocks_right, NULL, NULL);
		injector_lasts(injector, 301000);
		break;
	case LEASES_DOWN: /* for all of them, longer than a lease lasts */
		injector->leases_down_until = world->loop.now_ms + 45000;
		injector_lasts(injector, 120000);
		break;
	default:
		fake_env_set_wall(
			&replica->env, env_wall_us(&replica->env.env) + (fault->variant == CLOCK_AHEAD ? hour : -hour));
		break;
	}
	return false;
}
