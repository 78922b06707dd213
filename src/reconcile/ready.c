/* What a replica must know before it can be relied upon. */
#include "reconcile/internal.h"

static const char *cluster_trouble(const struct controller *controller)
{
	if (controller->own_cluster)
		return NULL;
	return controller->own_start_trouble ? controller->own_start_trouble : "the API server was not heard of yet";
}

/* Why not, in the arena. */
static const char *watch_trouble(const struct watch_state *state)
{
	const char *namespace = state->namespace ? state->namespace : "*";

	return arena_printf(json_arena(), "the objects of namespace %s are not listed yet%s%s", namespace,
		state->own_trouble ? ": " : "", state->own_trouble ? state->own_trouble : "");
}

static const char *list_trouble(const struct controller *controller)
{
	if (access_trouble(controller->own_access))
		return access_trouble(controller->own_access);
	if (controller->watches.count == 0)
		return "nothing is listed yet";
	for (size_t i = 0; i < controller->watches.count; i++) {
		const struct watch_state *state = controller->watches.own_items[i];

		if (!state->listed)
			return watch_trouble(state);
	}
	return NULL;
}

void controller_ready(
	const struct controller *controller, void (*fn)(void *arg, const char *check, const char *why_not), void *arg)
{
	JSON_WORK(work);

	fn(arg, "cluster", cluster_trouble(controller));
	fn(arg, "synced", list_trouble(controller));
	fn(arg, "shutdown", controller->stopping ? "it is stopping" : NULL);
}
