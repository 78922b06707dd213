/* The change of a front's scheme, told step by step. */
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
