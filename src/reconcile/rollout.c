/* Updates of machines, in the words of whoever watches them. */
#include "kinds/link.h"
#include "reconcile/internal.h"

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

void rollout_tell(struct entry *entry, const struct action *action)
{
	const struct node *node = action->node;
	const char *template = json_text(action->body, "versions[0].instanceTemplate");

	if (action->type != ACTION_PATCH || node->kind->id != KIND_GROUP || !template)
		return;
	tell(entry, false, "RollingOut", "Update", "pool %s goes to instance template %s: %s", node->own_part,
		link_name(template), what_it_does(json_member(action->assumed, "updatePolicy")));
}
