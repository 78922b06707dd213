/* The change of a front's scheme, told step by step; and that of its address. */
#include "kinds/migration.h"
#include "reconcile/internal.h"

void migration_tell(struct entry *entry, const struct action *action)
{
	char *step = NULL;

	if (action->type == ACTION_PATCH && action->node->kind->id == KIND_BACKEND_SERVICE)
		step = migration_step(action->body, action->assumed);
	if (step)
		tell(entry, false, "Migrating", "Update", "%s", step);
}

void front_tell(struct entry *entry, const struct action *action)
{
	char *farewell = NULL;

	if (action->type == ACTION_DELETE && action->node->kind->id == KIND_FORWARDING_RULE)
		farewell = rule_farewell(action->node, &entry->nodes);
	if (farewell)
		tell(entry, false, "FrontMoves", "Delete", "%s", farewell);
}
