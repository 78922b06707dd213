/* An update has arrived when every machine that it is to change is at its template and enough of them are healthy. Until then it
 * must come nearer its end within the deadline, and not make too many machines ill; canaries must not afterwards either. */
#include "kinds/rollout.h"

#include <string.h>

#include "kinds/internal.h"

enum { PROBE_SLACK_MS = 30000, UNPROBED_MS = 120000 };

static bool is_at(const struct node *group, const cJSON *version, const cJSON *machine)
{
	const char *link = json_text(machine, "version.instanceTemplate");

	return link && link_equal(link, json_text_or(version, "instanceTemplate", ""), group->own_project);
}

static bool is_of(const struct node *group, const cJSON *versions, const cJSON *machine)
{
	const cJSON *version;

	cJSON_ArrayForEach(version, versions)
	{
		if (is_at(group, version, machine))
			return true;
	}
	return false;
}

static const cJSON *machines_of(const struct node *group)
{
	return json_member(group->views[VIEW_MACHINES].tree, "managedInstances");
}

static bool is_done(const cJSON *machine)
{
	return text_equal(json_text(machine, "currentAction"), "NONE");
}

static int64_t done_at(const struct node *group, const cJSON *version)
{
	int64_t done = 0;
	const cJSON *machine;

	cJSON_ArrayForEach(machine, machines_of(group)) done += is_at(group, version, machine) && is_done(machine);
	return done;
}

/* Machines that are what they are to be; and, once all are, how many of them are healthy. */
static int64_t progress_of(const struct node *group, const cJSON *versions, const struct group_sight *sight)
{
	int64_t done = 0;
	const cJSON *version;

	if (sight->at_version)
		return sight->target + 1 + sight->healthy;
	cJSON_ArrayForEach(version, versions)
	{
		int64_t here = done_at(group, version), most = group_version_size(versions, version, sight->target);

		done += here < most ? here : most;
	}
	return done;
}

/* The group waited for it in vain. */
static bool was_given_up(const cJSON *error)
{
	return text_equal(json_text(error, "error.code"), "WAITING_FOR_HEALTHY_TIMEOUT_EXCEEDED");
}

static struct machines given_up(const struct node *group)
{
	return machines_pick(
		json_member(group->views[VIEW_ERRORS].tree, "items"), "instanceActionDetails.instance", was_given_up);
}

/* Machines of the version that had their time to start, and don't answer. target: how many there are to be. */
static bool too_many_are_ill(const struct node *group, const cJSON *version, int64_t target)
{
	int64_t allowed = (group->terms->lb->spec.rollout.max_unhealthy_percent * target + 99) / 100, ill = 0;
	struct probes probes = group_probes(group);
	struct machines lost = given_up(group);
	const cJSON *machine;

	cJSON_ArrayForEach(machine, machines_of(group))
	{
		bool done = is_done(machine) || machines_have(&lost, json_text_or(machine, "instance", ""));

		ill += done && is_at(group, version, machine) && !group_stands_by(group, machine) &&
		       !group_machine_is_healthy(group, &probes, machine);
	}
	return ill > allowed;
}

/* Has the pool still to become healthy at it? Else what ails its machines is none of the update's doing. */
static bool is_new(const struct node *group, const cJSON *version)
{
	return !text_equal(version_template(version), rollout_of(group).healthy);
}

/* Canaries are few: they are counted by themselves. */
static bool makes_ill(const struct node *group, const cJSON *versions, const struct group_sight *sight)
{
	const cJSON *version;

	if (!sight->health_known)
		return false;
	cJSON_ArrayForEach(version, versions)
	{
		int64_t size = group_version_size(versions, version, sight->target);

		if (is_new(group, version) && too_many_are_ill(group, version, size))
			return true;
	}
	return false;
}

static bool canaries_are_healthy(const struct node *group)
{
	const struct rollout_terms *terms = group->terms;
	struct canary_sight canary = group_canary_sight(group);

	return canary.healthy >= lb_pool_least_of(terms->lb, terms->pool, canary.target);
}

/* Machines that leave are probed to their end: only those of the update count, as they are told of since it has reached all. */
static bool are_healthy(const struct node *group, const cJSON *versions)
{
	int64_t since = group->rollout.reached_at, healthy = 0;
	struct probes probes;
	const cJSON *machine;

	if (group_probed_at(group) <= since || group->views[VIEW_MACHINES].read_at <= since)
		return false;
	probes = group_probes(group);
	cJSON_ArrayForEach(machine, machines_of(group)) healthy +=
		is_of(group, versions, machine) && group_machine_is_healthy(group, &probes, machine);
	return (healthy >= group->least_healthy || !is_new(group, group_main(versions))) && canaries_are_healthy(group);
}

/* What is left to others has not. Where nobody probes, machines that the group is content with are good. */
static bool has_arrived(const struct node *group, const cJSON *versions, const struct group_sight *sight, int64_t now)
{
	if (!sight->at_version || sight->mixed)
		return false;
	if (sight->health_known && rollout_runs(group))
		return are_healthy(group, versions);
	if (sight->health_known || group->least_healthy == 0)
		return sight->healthy >= group->least_healthy;
	return sight->stable && group->rollout.progress_at && now - group->rollout.progress_at >= UNPROBED_MS;
}

/* Time that the slowest of the pool's probes needs to change its mind. */
static int64_t patience_ms(const struct rollout_terms *terms)
{
	const struct lb_services *services = &terms->lb->spec.services;
	int64_t longest = 0;

	for (size_t i = 0; i < services->count; i++) {
		const struct lb_health_check *check = &services->items[i].health_check;
		int64_t ms = check->check_interval_sec * (check->healthy_threshold + check->unhealthy_threshold) * 1000;

		if (lb_pool_serves(terms->pool, services->items[i].name) && ms > longest)
			longest = ms;
	}
	return longest + PROBE_SLACK_MS;
}

static bool is_late(const struct node *group, int64_t now)
{
	return now - group->rollout.progress_at >= group->terms->lb->spec.rollout.progress_deadline_sec * 1000;
}

static void begin(struct rollout_memory *memory, uint64_t goal, const struct rollout_clock *clock)
{
	*memory = (struct rollout_memory){.goal = goal,
		.arrived = memory->arrived,
		.inputs = memory->inputs,
		.reached_at = clock->now,
		.progress_at = clock->now,
		.progress_s = clock->wall_s,
		.best = -1};
}

/* An edit that may make it succeed gives it its time again. */
static void note_inputs(struct node *group, const struct rollout_clock *clock)
{
	struct rollout_memory *memory = &group->rollout;
	uint64_t inputs;

	if (memory->inputs && !clock->edited)
		return;
	inputs = hash_text(rollout_digest(group));
	if (memory->inputs && memory->inputs != inputs)
		begin(memory, memory->goal, clock);
	memory->inputs = inputs;
}

static void note_progress(struct rollout_memory *memory, int64_t progress, const struct rollout_clock *clock)
{
	if (progress > memory->best) {
		memory->best = progress;
		memory->progress_at = clock->now;
		memory->progress_s = clock->wall_s;
	}
	if (clock->stopped)
		memory->progress_at = clock->now;
}

static void note_illness(struct rollout_memory *memory, bool ill, int64_t now)
{
	if (!ill)
		memory->ill_at = 0;
	else if (!memory->ill_at)
		memory->ill_at = now;
}

static enum rollout_failure judge(const struct node *group, int64_t now)
{
	const struct rollout_memory *memory = &group->rollout;

	if (memory->ill_at && now - memory->ill_at >= patience_ms(group->terms))
		return ROLLOUT_MAKES_ILL;
	return is_late(group, now) ? ROLLOUT_IS_LATE : ROLLOUT_GOES_ON;
}

/* A canary is on trial as long as there is one, not only until it has arrived. */
static bool is_tried(const struct node *group)
{
	return rollout_is_noted(group) && group->rollout.arrived == group->rollout.goal &&
	       group_canary(rollout_versions(group)) && group_has_versions(group);
}

/* No time passes while canaries are healthy, or nobody knows. */
static void try_canary(struct node *group, const cJSON *versions, const struct rollout_clock *clock)
{
	struct rollout_memory *memory = &group->rollout;
	struct group_sight sight = group_sight(group);

	if (clock->stopped || !group_canary_sight(group).known || canaries_are_healthy(group))
		memory->progress_at = clock->now;
	note_inputs(group, clock);
	note_illness(memory, makes_ill(group, versions, &sight), clock->now);
}

void rollout_watch(struct node *group, const struct rollout_clock *clock)
{
	struct rollout_memory *memory = &group->rollout;
	const cJSON *versions = rollout_versions(group);
	struct group_sight sight = group_sight(group);
	uint64_t goal = versions_key(versions);

	if (memory->goal != goal || sight.mixed)
		begin(memory, goal, clock);
	if (!sight.at_version)
		memory->reached_at = clock->now;
	if (rollout_runs(group)) {
		note_inputs(group, clock);
		note_progress(memory, progress_of(group, versions, &sight), clock);
		note_illness(memory, makes_ill(group, versions, &sight), clock->now);
	}
	if (has_arrived(group, versions, &sight, clock->now))
		memory->arrived = goal;
	if (is_tried(group))
		try_canary(group, versions, clock);
	memory->failed = rollout_runs(group) || is_tried(group) ? judge(group, clock->now) : ROLLOUT_GOES_ON;
}

bool rollout_runs(const struct node *group)
{
	return group->presence == NODE_PRESENT && group->terms && group->rollout.arrived != group->rollout.goal &&
	       rollout_is_noted(group) && group_has_versions(group) && !group_sight(group).mixed;
}

bool rollout_is_noted(const struct node *group)
{
	return json_has(rollout_note(group), "healthy");
}

void rollout_recall(struct node *group)
{
	group->rollout.arrived = versions_key(json_member(group->seen, "versions"));
}

const char *rollout_healthy(const struct node *group)
{
	const cJSON *seen = json_member(group->seen, "versions");

	if (seen && group->rollout.arrived == versions_key(seen))
		return versions_template(seen);
	return json_text(rollout_note(group), "healthy");
}

/* --- why --- */

static char *words_of(const struct node *group, const cJSON *error)
{
	return kind_in_spec(&kind_instance_template, group->own_part, NULL, json_text_or(error, "message", ""));
}

/* What the cloud said of a machine of the update last; NULL: nothing. */
static char *machine_trouble(const struct node *group, const cJSON *versions)
{
	const cJSON *machine, *item;

	cJSON_ArrayForEach(machine, machines_of(group))
	{
		const cJSON *error = json_at(machine, "lastAttempt.errors.errors[0]");

		if (error && is_of(group, versions, machine))
			return arena_printf(json_arena(), "machine %s: %s", json_text_or(machine, "name", ""),
				words_of(group, error));
	}
	cJSON_ArrayForEach(item, json_member(group->views[VIEW_ERRORS].tree, "items"))
	{
		const cJSON *details = json_member(item, "instanceActionDetails");

		if (is_of(group, versions, details))
			return arena_printf(json_arena(), "machine %s: %s",
				link_name(json_text_or(details, "instance", "")),
				words_of(group, json_member(item, "error")));
	}
	return NULL;
}

static char *health_of(const struct node *group, const struct group_sight *sight)
{
	struct canary_sight canary = group_canary_sight(group);

	if (canary.template && canary.healthy < canary.target)
		return arena_printf(json_arena(), "%lld of %lld canary machines are healthy", (long long)canary.healthy,
			(long long)canary.target);
	return arena_printf(
		json_arena(), "%lld of %lld machines are healthy", (long long)sight->healthy, (long long)sight->target);
}

char *rollout_failure(const struct node *group)
{
	const struct lb_rollout *terms = group->terms ? &group->terms->lb->spec.rollout : NULL;
	struct group_sight sight = group_sight(group);
	char *trouble;

	if (!terms || group->rollout.failed == ROLLOUT_GOES_ON)
		return NULL;
	trouble = machine_trouble(group, json_member(group->want, "versions"));
	if (!trouble)
		trouble = health_of(group, &sight);
	if (group->rollout.failed == ROLLOUT_IS_LATE)
		return arena_printf(
			json_arena(), "no progress for %lld s: %s", (long long)terms->progress_deadline_sec, trouble);
	return arena_printf(json_arena(), "more than %lld%% of the machines are unhealthy: %s",
		(long long)terms->max_unhealthy_percent, trouble);
}
