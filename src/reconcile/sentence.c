/* What is said of one resource: why it is not as the spec wants, and who can do what about it; and what its machines are asked. */
#include <string.h>

#include "reconcile/status.h"

static const char CURRENT_IMAGE[] =
	"projects/deeplearning-platform-release/global/images/family/common-cu129-ubuntu-2204-nvidia-580";

static char *missing_image(const struct node *node)
{
	return arena_printf(json_arena(),
		"image family projects/%s/global/images/family/%s was not found: it does not exist or was withdrawn; "
		"set "
		"spec.template.image to a current one, such as %s",
		node->own_project, node->own_name, CURRENT_IMAGE);
}

static char *missing_reference(const struct node *node)
{
	const char *advice =
		text_equal(node->own_role, "ipv6-address")
			? "reserve it with ipVersion IPV6, or set spec.frontend.ipv6.address.type to Reserved"
			: "reserve it, or set spec.frontend.address.type to Reserved";

	if (node->kind->id == KIND_IMAGE)
		return missing_image(node);
	if (node->kind->id == KIND_ACCELERATOR)
		return arena_printf(json_arena(),
			"accelerator type %s is not offered in zone %s; change spec.template.guestAccelerators, or the "
			"zone "
			"of the pool",
			node->own_name, node->own_location);
	if (node->kind->id == KIND_SUBNETWORK)
		advice = "create it, or change spec.template.subnetwork";
	if (node->kind->id == KIND_SSL_CERTIFICATE)
		advice = "create it, or change spec.frontend.tls.certificates";
	if (node->kind->id == KIND_SSL_POLICY)
		advice = "create it, or change spec.frontend.tls.sslPolicy.name";
	return arena_printf(json_arena(), "%s %s does not exist in project %s; %s", node->kind->text, node->own_name,
		node->own_project, advice);
}

/* It is there, and is not enough (usable of its kind). */
static char *too_few_cards(const struct node *node)
{
	return arena_printf(json_arena(),
		"a machine in zone %s has at most %lld cards of accelerator type %s, not %lld; change "
		"spec.template.guestAccelerators, or use more machines",
		node->own_location, (long long)json_int(node->seen, "maximumCardsPerInstance", 0), node->own_name,
		(long long)node->cards);
}

static char *foreign(const struct node *node)
{
	if (node->why_foreign)
		return arena_printf(json_arena(), "%s %s can't be taken over: %s", node->kind->text, node->own_name,
			node->why_foreign);
	return arena_printf(json_arena(),
		"%s %s exists and does not carry our mark; it is left alone: delete it, rename this TFLoadBalancer, or "
		"set spec.adoptionPolicy to Adopt to take it over",
		node->kind->text, node->own_name);
}

static char *members_of(const struct diff *diff)
{
	char *text = arena_strdup(json_arena(), diff->items[0].path);

	for (size_t i = 1; i < diff->count && strlen(text) < 512; i++)
		text = arena_printf(json_arena(), "%s, %s", text, diff->items[i].path);
	return text;
}

static char *drifted(const struct verdict *verdict)
{
	if (verdict->stuck)
		return arena_printf(json_arena(),
			"%s was written twice and still reads differently; the cloud keeps another value",
			verdict->stuck);
	return arena_printf(json_arena(), "differs from the spec: %s", members_of(verdict->diff));
}

/* What an autoscaler can't do, in the cloud's words; its ups and downs are not told, for they go on for ever. */
static const char *autoscaler_trouble(const struct node *node)
{
	if (node->kind->id != KIND_AUTOSCALER || !text_equal(json_text(node->seen, "status"), "ERROR"))
		return "";
	return json_text_or(node->seen, "statusDetails[0].message", "");
}

/* What keeps us from doing what is due. */
static char *why_waiting(const struct status_input *input, const struct node *node, const struct verdict *verdict)
{
	const char *due = node->wanted ? "made" : "deleted";

	if (verdict->waits_for)
		return arena_printf(
			json_arena(), "waits for %s %s", verdict->waits_for->kind->text, verdict->waits_for->own_name);
	if (node->own_error)
		return arena_strdup(json_arena(), node->own_error->message);
	if (input->suspended)
		return arena_printf(json_arena(), "%s once spec.suspend is false", due);
	if (input->reporting)
		return arena_printf(json_arena(), "%s once spec.driftPolicy is Correct", due);
	if (input->problem)
		return arena_printf(json_arena(), "%s once what Ready says is mended", due);
	return arena_printf(json_arena(), "%s after the next complete look at the project", due);
}

static char *why_unknown(const struct node *node)
{
	if (node->own_error)
		return arena_strdup(json_arena(), node->own_error->message);
	return arena_strdup(json_arena(),
		node->unclear ? "what became of the last write is not known; it is read again" : "not read yet");
}

/* A group whose machines still serve what had begun (group_drain.c). */
static char *why_deleting(const struct status_input *input, const struct node *node)
{
	if (input->deleting || !node->kind->goes_at || node->busy || node->running || !node->drain.drain_ms)
		return arena_strdup(json_arena(), "");
	return arena_printf(json_arena(), "requests that had begun have %lld s to end before the machines go",
		(long long)(node->drain.drain_ms / 1000));
}

char *story_node(const struct status_input *input, size_t index)
{
	const struct node *node = input->entry->nodes.items[index];
	const struct verdict *verdict = &input->plan->verdicts[index];

	if (move_is_idle(&input->move) && input->move.message &&
		(verdict->state == STATE_KEPT || verdict->state == STATE_WAITING))
		return input->move.message;
	switch (verdict->state) {
	case STATE_FOREIGN:
		return foreign(node);
	case STATE_KEPT:
		return arena_strdup(
			json_arena(), node->kind->id == KIND_ADDRESS
					      ? "no longer used; kept so that the address is not lost, until "
						"this object goes"
					      : "an earlier template of the pool, to go back to or still in use");
	case STATE_WAITING:
		return why_waiting(input, node, verdict);
	case STATE_UNKNOWN:
		return why_unknown(node);
	case STATE_DELETING:
		return why_deleting(input, node);
	case STATE_FAILED:
		if (node->external && node->presence == NODE_ABSENT)
			return missing_reference(node);
		if (node->kind->id == KIND_ACCELERATOR && node->presence == NODE_PRESENT)
			return too_few_cards(node);
		return arena_strdup(json_arena(), node->own_error ? node->own_error->message : "");
	case STATE_DRIFTED:
		return drifted(verdict);
	case STATE_READY:
		return arena_strdup(json_arena(), autoscaler_trouble(node));
	default:
		return arena_strdup(json_arena(), "");
	}
}

/* --- on probes --- */

/* "/ on port 80" by HTTP, "GRPC on port 8500" by another protocol. */
static char *probe_of(const struct lb_spec *spec, const struct lb_service *service)
{
	const struct lb_health_check *check = &service->health_check;
	bool http = text_starts(check->type, "HTTP");
	const char *asked = !http ? check->type : check->request_path ? check->request_path : "/";

	return arena_printf(json_arena(), "%s on port %lld", asked, (long long)lb_probe_port(spec, service));
}

static bool is_served(const struct lb_spec *spec, const struct lb_service *service)
{
	for (size_t i = 0; i < spec->pools.count; i++) {
		if (lb_pool_serves(&spec->pools.items[i], service->name))
			return true;
	}
	return false;
}

/* "/ on port 80", or of several backends "/ on port 80 (default), /v2 on port 8501 (v2)". */
char *sentence_probes(const struct lb *lb)
{
	const struct lb_services *services = &lb->spec.services;
	char *all = NULL;

	if (services->count == 1)
		return probe_of(&lb->spec, &services->items[0]);
	for (size_t i = 0; i < services->count; i++) {
		const struct lb_service *service = &services->items[i];

		if (is_served(&lb->spec, service))
			all = arena_printf(json_arena(), "%s%s%s (%s)", all ? all : "", all ? ", " : "",
				probe_of(&lb->spec, service), service->name);
	}
	return all ? all : probe_of(&lb->spec, &services->items[0]);
}

char *sentence_failing(const struct node *node)
{
	const char *message = node->own_error->message;

	if (!back_off_lasts(node->own_error, node->attempts))
		return arena_strdup(json_arena(), message);
	return arena_printf(json_arena(),
		"%s%s came so often that it may not pass by itself: see https://status.cloud.google.com; if all is "
		"well "
		"there, the cloud may not bear what the spec asks for here, so change that back, or ask Google's "
		"support",
		message, text_ends(message, ".") ? " It" : "; it");
}
