/* Who may write. Without an election everybody may, always. With one: whoever holds the Lease, and the clock is asked in the
 * very moment in which something leaves, since a process may stand still at any time. The others only watch. */
#include "kube/lease.h"
#include "reconcile/internal.h"

/* As client-go's processes tell it; kubectl describe shows of a Lease what names its uid. */
static void tell_of_lease(struct controller *controller, const char *what)
{
	const struct lease_terms *terms = lease_terms(controller->lease);
	AUTO_FREE char *note = mem_printf("%s %s", terms->identity, what);
	struct kube_event event = {
		.api_version = "coordination.k8s.io/v1",
		.kind = "Lease",
		.namespace = terms->namespace,
		.name = terms->name,
		.uid = lease_uid(controller->lease),
		.reason = "LeaderElection",
		.action = "LeaderElection",
		.note = note,
	};

	kube_event(controller->kube, &event);
}

static void on_leading(void *arg)
{
	struct controller *controller = arg;

	log_line(controller->log, LOG_INFO, "this replica leads", "identity", lease_terms(controller->lease)->identity,
		NULL);
	tell_of_lease(controller, "became leader");
	entries_dirty(controller);
	orphans_start(controller);
}

static void on_lost(void *arg, const char *why)
{
	struct controller *controller = arg;

	log_line(controller->log, LOG_ERROR, "the lease is lost; nothing is written any more", "lease",
		lease_terms(controller->lease)->name, "why", why, NULL);
	controller->lost(controller->lost_arg);
}

static void on_follows(void *arg, const char *holder)
{
	struct controller *controller = arg;

	log_line(controller->log, LOG_INFO, "another replica leads; this one watches", "leader", holder, NULL);
}

static void on_trouble(void *arg, const struct error *err)
{
	struct controller *controller = arg;

	if (err)
		log_line(controller->log, LOG_WARN, "the lease fails; tried again", "error", err->message, NULL);
	else
		log_line(controller->log, LOG_INFO, "the lease works", NULL);
}

void election_init(struct controller *controller, const struct lease_terms *terms)
{
	struct lease_handler handler = {
		.leading = on_leading,
		.lost = on_lost,
		.follows = on_follows,
		.trouble = on_trouble,
		.arg = controller,
	};

	controller->lease = lease_new(controller->kube, terms, &handler);
}

void election_start(struct controller *controller)
{
	if (!controller->lease || controller->candidate || controller->stopping)
		return;
	controller->candidate = true;
	lease_start(controller->lease);
}

void election_ends(struct controller *controller)
{
	if (controller->candidate && lease_held(controller->lease))
		tell_of_lease(controller, "stopped leading");
}

bool may_write(const struct controller *controller)
{
	return !controller->lease || lease_held(controller->lease);
}

bool may_act(const struct controller *controller)
{
	return !controller->stopping && may_write(controller);
}
