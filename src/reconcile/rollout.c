/* Updates of machines: watched before each plan, and told in the words of whoever waits for them. */
#include "kinds/rollout.h"

#include <string.h>

#include "kinds/link.h"
#include "reconcile/internal.h"

/* What our last status says of the pool; NULL: nothing. */
static const cJSON *pool_before(const struct entry *entry, const char *pool)
{
	const cJSON *status = json_parse(entry->own_status, strlen(entry->own_status), (struct json_limits){0}, NULL);
	const cJSON *item;

	cJSON_ArrayForEach(item, json_member(status, "pools"))
	{
		if (text_equal(json_text(item, "name"), pool))
			return item;
	}
	return NULL;
}

static bool is_name_of(const char *name, const cJSON *version)
{
	const char *link = json_text(version, "instanceTemplate");

	return name && link && text_equal(name, link_name(link));
}

/* Have they arrived, as our last status tells? */
static bool canaries_were_there(const cJSON *pool, const cJSON *canary)
{
	return !canary || (is_name_of(json_text(pool, "canary.template"), canary) && !json_has(pool, "progressTime"));
}

/* A restart forgets at which template the pool was healthy. */
static void recall(const struct entry *entry, struct node *group)
{
	const cJSON *seen = json_member(group->seen, "versions"), *pool;

	if (group->rollout.goal || !seen || !rollout_healthy(group))
		return;
	pool = pool_before(entry, group->own_part);
	if (is_name_of(json_text(pool, "healthyTemplate"), group_main(seen)) &&
		canaries_were_there(pool, group_canary(seen)))
		rollout_recall(group);
}

/* Somebody broke the note while it was needed: our last status says the same. */
static void mend_note(const struct entry *entry, struct node *group)
{
	struct rollout_terms *terms;
	const cJSON *pool, *rejected;
	const char *healthy;
	cJSON *note;

	if (rollout_is_noted(group) ||
		!(strstr(entry->own_status, "\"rolledBack\"") || strstr(entry->own_status, "\"progressTime\"")))
		return;
	pool = pool_before(entry, group->own_part);
	healthy = json_text(pool, "healthyTemplate");
	rejected = json_member(pool, "rolledBack");
	if (!group->terms || !healthy || !(rejected || json_has(pool, "progressTime")))
		return;
	note = cJSON_CreateObject();
	json_set_text(note, "healthy", healthy);
	if (rejected)
		json_set(note, "rejected", json_copy(rejected));
	if (!rollout_is_note(note))
		return;
	terms = arena_alloc(json_arena(), sizeof(*terms));
	*terms = *group->terms;
	terms->lost_note = note;
	group->terms = terms;
}

void rollouts_watch(struct entry *entry, bool edited, bool stopped)
{
	struct rollout_clock clock = {
		.now = loop_now(entry->controller->loop),
		.wall_s = env_wall_us(entry->controller->env) / 1000000,
		.edited = edited,
		.stopped = stopped,
	};

	for (size_t i = 0; i < entry->nodes.count; i++) {
		struct node *node = entry->nodes.items[i];

		if (node->kind->id != KIND_GROUP || node->presence != NODE_PRESENT)
			continue;
		group_watch_drain(node, &entry->nodes, clock.now);
		if (!node->wanted)
			continue;
		mend_note(entry, node);
		recall(entry, node);
		rollout_watch(node, &clock);
	}
}

static const char *what_it_does(const cJSON *policy)
{
	const char *action = json_text_or(policy, "minimalAction", "REPLACE");

	if (text_equal(json_text(policy, "type"), "OPPORTUNISTIC"))
		return "machines get it when they are made anew (OPPORTUNISTIC)";
	if (text_equal(action, "REFRESH") || text_equal(action, "NONE"))
		return "no machine restarts (REFRESH)";
	if (text_equal(action, "RESTART"))
		return "each machine restarts (RESTART)";
	return text_equal(json_text(policy, "replacementMethod"), "RECREATE")
	               ? "each machine is replaced under its name (REPLACE)"
	               : "each machine is replaced by another one (REPLACE)";
}

const cJSON *rollout_rejection(const struct action *action)
{
	struct mark mark;

	if (action->type != ACTION_PATCH || action->node->kind->id != KIND_GROUP || rollout_of(action->node).rejected ||
		!mark_parse(json_text(action->body, "description"), &mark))
		return NULL;
	return json_member(mark.note, "rejected");
}

bool rollout_only_notes(const struct action *action)
{
	struct mark mark;

	return action->type == ACTION_PATCH && action->node->kind->id == KIND_GROUP &&
	       text_equal(action->reason, "description") &&
	       mark_parse(json_text(action->node->seen, "description"), &mark) && !mark.note;
}

static const char *template_of(const cJSON *version)
{
	return link_name(json_text_or(version, "instanceTemplate", ""));
}

const char *rollout_name(const struct node *group, const char *template)
{
	const cJSON *canary = group_canary(json_member(group->want, "versions"));

	return is_name_of(template, canary) ? "canary of" : "update to";
}

/* "instance template A", "instance template A, and B on 2 canary machines" */
static const char *where_it_goes(const struct node *group, const cJSON *versions)
{
	const cJSON *canary = group_canary(versions);
	const char *template = template_of(group_main(versions));
	int64_t count = group_version_size(versions, canary, group_sight(group).target);

	if (!canary)
		return template;
	return arena_printf(json_arena(), "%s, and %s on %lld canary machine%s", template, template_of(canary),
		(long long)count, count == 1 ? "" : "s");
}

void rollout_tell(struct entry *entry, const struct action *action)
{
	const struct node *node = action->node;
	const cJSON *versions = json_member(action->body, "versions"), *rejected;
	const cJSON *policy = json_member(action->assumed, "updatePolicy");
	const char *template;

	if (action->type != ACTION_PATCH || node->kind->id != KIND_GROUP)
		return;
	if (!versions && json_has(action->body, "allInstancesConfig"))
		tell(entry, false, "RollingOut", "Update", "pool %s gets other properties of all machines: %s",
			node->own_part, what_it_does(policy));
	if (!versions)
		return;
	rejected = rollout_rejection(action);
	template = json_text_or(rejected, "template", "");
	if (rejected)
		tell(entry, true, "RolledBack", "Rollback",
			"pool %s: the %s instance template %s has failed: %s; back to %s", node->own_part,
			rollout_name(node, template), template, json_text_or(rejected, "message", ""),
			template_of(group_main(versions)));
	else
		tell(entry, false, "RollingOut", "Update", "pool %s goes to instance template %s: %s", node->own_part,
			where_it_goes(node, versions), what_it_does(policy));
}
