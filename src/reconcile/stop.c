/* A clean end: nothing new is started, what was asked of the cloud is answered or given up, the statuses that are owed are
 * written, events told, and then, when nobody writes any more, the Lease is given back. */
#include "kube/lease.h"
#include "reconcile/internal.h"

enum { LOOK_MS = 20, EVENTS_MS = 2000, CALLS_MS = 6000, WRITES_MS = 8000 };

static bool is_busy(const struct entry *entry)
{
	return entry->dirty || entry->status_call || entry->status_waits || entry->finalizer_call ||
	       carry_unanswered(entry);
}

static bool somebody_is_busy(const struct controller *controller)
{
	for (size_t i = 0; i < controller->entries.count; i++) {
		if (is_busy(controller->entries.own_entries[i].value))
			return true;
	}
	return false;
}

/* Reads tell nothing that anybody would use, and an operation that the cloud accepted goes on without us. */
static void abandon(struct controller *controller, bool all)
{
	for (size_t i = 0; i < controller->entries.count; i++) {
		struct entry *entry = controller->entries.own_entries[i].value;

		if (all)
			carry_cancel_all(entry);
		else
			carry_cancel_answered(entry);
	}
}

static void on_released(void *arg)
{
	struct controller *controller = arg;

	controller->stopped(controller->stopped_arg);
}

static void finish(struct controller *controller)
{
	/* A status that is still on its way could arrive when another one leads. */
	for (size_t i = 0; i < controller->entries.count; i++)
		entry_cancel(controller->entries.own_entries[i].value);
	if (controller->candidate)
		lease_release(controller->lease, on_released, controller);
	else
		on_released(controller);
}

/* Events are the least of it: they wait for nobody's refusal. */
static bool something_is_owed(const struct controller *controller, int64_t passed)
{
	return somebody_is_busy(controller) ? passed < WRITES_MS
	                                    : kube_events_owed(controller->kube) && passed < EVENTS_MS;
}

static void look(void *arg)
{
	struct controller *controller = arg;
	int64_t passed = loop_now(controller->loop) - controller->stop_began;

	abandon(controller, passed >= CALLS_MS);
	if (may_write(controller) && something_is_owed(controller, passed))
		timer_start(controller->loop, &controller->stop_timer, LOOK_MS, look, controller);
	else
		finish(controller);
}

void controller_stop(struct controller *controller, loop_fn stopped, void *arg)
{
	controller->stopping = true;
	controller->stopped = stopped;
	controller->stopped_arg = arg;
	controller->stop_began = loop_now(controller->loop);
	entries_dirty(controller);
	election_ends(controller);
	timer_start(controller->loop, &controller->stop_timer, 0, look, controller);
}
