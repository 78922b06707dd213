/* What is said of a load balancer: one reason of the closed list (api.md section 10) and a sentence a person can act on. The
 * worst thing comes first: what needs a person, then what we wait for, then what we do, then how the machines are. */
#include <string.h>

#include "gce/error.h"
#include "kinds/migration.h"
#include "reconcile/status.h"

/* Waiting is told as Stalled after about five minutes; with the back-off of WAIT errors that is the twelfth try. */
enum {
	WAIT_TOLD_ATTEMPTS = 2,
	WAIT_STALLED_ATTEMPTS = 12,
	STALE_TOLD_ATTEMPTS = 6, /* what is only read too early is in order before */
	TRANSIENT_TOLD_ATTEMPTS = 3,
};

/* --- the previous status --- */

static enum truth truth_before(const cJSON *before, const char *type)
{
	const char *status = json_text(status_condition(before, type), "status");

	return text_equal(status, "True") ? TRUTH_TRUE : text_equal(status, "False") ? TRUTH_FALSE : TRUTH_UNKNOWN;
}

static const char *reason_before(const cJSON *before)
{
	return json_text_or(status_condition(before, "Ready"), "reason", "");
}

/* Was it serving before, as far as the last status tells? Then machines that start are a repair or a new size. */
static bool has_served(const cJSON *before)
{
	static const char *const reasons[] = {"Serving", "Running", "Scaling", "Unhealthy", "RollingOut", "Updating",
		"Migrating", "Drifted", "RollingBack", "RolledBack"};
	const char *reason = reason_before(before);

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (text_equal(reason, reasons[i]))
			return true;
	}
	return false;
}

/* --- chapters: each returns true when it had something to say --- */

struct telling {
	const struct status_input *input;
	const cJSON *before;
	const struct pool_sums *sums;
	struct story *story;
};

static bool say(struct telling *telling, const char *reason, char *message)
{
	telling->story->reason = reason;
	telling->story->message = message;
	return true;
}

static bool say_stalled(struct telling *telling, const char *reason, char *message)
{
	telling->story->stalled = true;
	return say(telling, reason, message);
}

static bool say_working(struct telling *telling, const char *reason, char *message)
{
	telling->story->reconciling = true;
	return say(telling, reason, message);
}

static char *and_again(const char *message)
{
	bool ended = message[0] && message[strlen(message) - 1] == '.';

	return arena_printf(json_arena(), "%s%s tried again", message, ended ? " It is" : ";");
}

/* When what failed on node is tried again; a time that is over is none. */
static void tell_time(struct telling *telling, const struct node *node)
{
	telling->story->again = node->not_before > telling->input->now_ms ? node->not_before : 0;
}

/* What failed on node is to be tried again: the time is told beside the message, or, where that is over, the message says so. Its
 * turn may come late: a project that refuses calls gets few. */
static char *tell_again(struct telling *telling, const struct node *node, char *message)
{
	tell_time(telling, node);
	return node->not_before && !telling->story->again ? and_again(message) : message;
}

/* A spec that can't be kept is no news to somebody who deletes it. */
static bool tell_problem(struct telling *telling)
{
	const struct error *problem = telling->input->problem;

	if (!problem || telling->input->deleting)
		return false;
	return say_stalled(telling, problem->reason[0] ? problem->reason : "InvalidSpec",
		arena_strdup(json_arena(), problem->message));
}

static bool tell_suspended(struct telling *telling)
{
	if (!telling->input->suspended)
		return false;
	telling->story->ready = truth_before(telling->before, "Ready");
	return say(telling, "Suspended",
		arena_strdup(json_arena(), telling->input->deleting
						   ? "suspend is true: deletion waits until it is false again"
						   : "suspend is true: nothing is written to the cloud"));
}

/* What serves goes on serving, but not what the user wants. */
static bool tell_secret(struct telling *telling)
{
	const struct error *trouble = telling->input->secret;

	if (!trouble)
		return false;
	return say_stalled(telling, trouble->reason, arena_strdup(json_arena(), trouble->message));
}

/* An error that was overcome may still be remembered by its node. */
static bool is_past(enum node_state state)
{
	return state == STATE_READY || state == STATE_GONE || state == STATE_KEPT;
}

static bool tell_refused_node(struct telling *telling, size_t index)
{
	const struct node *node = telling->input->entry->nodes.items[index];
	const struct error *err = node->own_error;
	enum node_state state = telling->input->plan->verdicts[index].state;
	char *message = story_node(telling->input, index);

	if (state == STATE_FOREIGN && node->wanted)
		return say_stalled(telling, "Conflict", message);
	if (state == STATE_FAILED && node->external && node->presence == NODE_ABSENT)
		return say_stalled(
			telling, node->kind->id == KIND_IMAGE ? "ImageNotFound" : "ReferenceNotFound", message);
	if (state == STATE_FAILED && node->external && node->presence == NODE_PRESENT)
		return say_stalled(telling, "InvalidSpec", message);
	message = arena_printf(json_arena(), "%s %s: %s", node->kind->text, node->own_name, message);
	if (telling->input->plan->verdicts[index].stuck && state == STATE_DRIFTED)
		return say_stalled(telling, "Drifted", message);
	if (!err || err->class != ERROR_REJECTED || is_past(state))
		return false;
	message = arena_printf(json_arena(), "%s %s: %s", node->kind->text, node->own_name, err->message);
	return say_stalled(telling, err->reason[0] ? err->reason : "InvalidSpec", tell_again(telling, node, message));
}

/* By one of the backend services that probe the group; NULL: none. */
static const struct error *health_denied(const struct node *node)
{
	for (size_t front = 0; node->wanted && front < FRONTS_MAX; front++) {
		const struct error *err = node->views[view_of_front(front)].own_error;

		if (err && text_equal(err->reason, "PermissionDenied"))
			return err;
	}
	return NULL;
}

/* That we may not ask must not look like machines that don't answer. */
static bool tell_refused_view(struct telling *telling, const struct node *node)
{
	const struct error *err = health_denied(node);

	if (!err)
		return false;
	return say_stalled(telling, "PermissionDenied",
		arena_printf(json_arena(), "health of %s %s can't be read: %s", node->kind->text, node->own_name,
			err->message));
}

/* Whoever waits for a deletion must know that it waits for them. */
static bool tell_refused_project(struct telling *telling)
{
	const struct project *project = telling->input->project;
	const struct error *err = project ? project->own_error : NULL;

	if (!err || err->class != ERROR_REJECTED)
		return false;
	return say_stalled(telling, err->reason[0] ? err->reason : "PermissionDenied",
		arena_printf(json_arena(), "project %s can't be read: %s%s", project->own_name, err->message,
			telling->input->deleting
				? "; until it can, nothing is known to be gone: if nothing is left there, "
				  "remove the finalizer " MODEL_FINALIZER " by hand"
				: ""));
}

static bool tell_refused(struct telling *telling)
{
	const struct nodes *nodes = &telling->input->entry->nodes;

	for (size_t i = 0; i < nodes->count; i++) {
		if (tell_refused_node(telling, i) || tell_refused_view(telling, nodes->items[i]))
			return true;
	}
	return tell_refused_project(telling);
}

static bool is_out_of_reach(const struct node *node)
{
	const struct error *err = node->own_error;

	return err && node->attempts >= TRANSIENT_TOLD_ATTEMPTS &&
	       (err->class == ERROR_TRANSIENT || err->class == ERROR_THROTTLED);
}

/* Did the last sweep fail to show something that is to be known here? That nothing is left only a sweep of everything proves. */
static bool is_missed(const struct telling *telling)
{
	const struct status_input *input = telling->input;

	return input->project &&
	       (input->deleting ? input->project->own_error != NULL : project_missed(input->project, input->entry));
}

/* Too much may have changed since the cloud was last read. */
static bool is_old(const struct telling *telling)
{
	const struct project *project = telling->input->project;

	return project && (is_missed(telling) ? project->old : project->old_reached);
}

static bool say_old(struct telling *telling)
{
	const struct project *project = telling->input->project;
	const struct error *err = project->own_error;

	telling->story->ready = TRUTH_UNKNOWN;
	return say_working(telling, "CloudUnavailable",
		arena_printf(json_arena(), "project %s could not be read for three sweeps%s%s; tried again",
			project->own_name, err ? ": " : "", err ? err->message : ""));
}

/* What was said of another spec is no answer about this one, unless nothing has to be changed for it. */
static enum truth ready_before(const struct telling *telling)
{
	const cJSON *before = status_condition(telling->before, "Ready");
	bool same = json_int(before, "observedGeneration", -1) == telling->input->entry->generation;
	enum truth truth = truth_before(telling->before, "Ready");

	return truth == TRUTH_TRUE && !same && !telling->input->plan->programmed ? TRUTH_FALSE : truth;
}

static bool say_unreachable(struct telling *telling, const struct error *err, const char *message)
{
	char *again = and_again(message);

	if (text_equal(err->reason, "StockOut"))
		return say_working(telling, "StockOut", again);
	telling->story->ready = is_old(telling) ? TRUTH_UNKNOWN : ready_before(telling);
	return say_working(telling, err->class == ERROR_THROTTLED ? "RateLimited" : "CloudUnavailable", again);
}

static bool tell_unreachable(struct telling *telling)
{
	const struct status_input *input = telling->input;
	const struct project *project = input->project;
	const struct error *err =
		is_missed(telling) && project->failed_sweeps >= SWEEPS_TOLD ? project->own_error : NULL;

	for (size_t i = 0; i < input->entry->nodes.count; i++) {
		const struct node *node = input->entry->nodes.items[i];

		if (is_past(input->plan->verdicts[i].state) || !is_out_of_reach(node))
			continue;
		tell_time(telling, node);
		return say_unreachable(telling, node->own_error,
			arena_printf(
				json_arena(), "%s %s: %s", node->kind->text, node->own_name, sentence_failing(node)));
	}
	if (err)
		return say_unreachable(telling, err, err->message);
	return is_old(telling) && say_old(telling);
}

/* Others are in the way of node, and that for a while. */
static bool is_held_up(const struct node *node)
{
	const struct error *err = node->own_error;

	return err && ((err->class == ERROR_WAIT && node->attempts >= WAIT_TOLD_ATTEMPTS) ||
			      (err->class == ERROR_STALE && node->attempts >= STALE_TOLD_ATTEMPTS));
}

/* What was refused as not being as we saw it was looked at again each time. */
static const char *why_again(const struct node *node)
{
	if (node->own_error->class != ERROR_STALE)
		return "";
	return node->failed == CHANGE_INSERT ? "; reading it finds nothing, so an operation on it may still be running"
	                                     : "; it is read anew each time, so somebody else seems to change it, too";
}

static bool tell_waiting(struct telling *telling)
{
	const struct status_input *input = telling->input;

	for (size_t i = 0; i < input->entry->nodes.count; i++) {
		const struct node *node = input->entry->nodes.items[i];

		if (!is_held_up(node) || is_past(input->plan->verdicts[i].state))
			continue;
		telling->story->stalled = node->attempts >= WAIT_STALLED_ATTEMPTS;
		telling->story->reconciling = !telling->story->stalled;
		return say(telling, "Waiting",
			tell_again(telling, node,
				arena_printf(json_arena(), "%s %s: %s%s", node->kind->text, node->own_name,
					node->own_error->message, why_again(node))));
	}
	return false;
}

static size_t count_present(const struct status_input *input, size_t *wanted)
{
	size_t present = 0;

	*wanted = 0;
	for (size_t i = 0; i < input->entry->nodes.count; i++) {
		const struct node *node = input->entry->nodes.items[i];

		if (!node->wanted || node->external)
			continue;
		++*wanted;
		present += node->presence == NODE_PRESENT && !node->running;
	}
	return present;
}

static bool tell_deleting(struct telling *telling)
{
	const struct status_input *input = telling->input;
	size_t left = 0;

	if (!input->deleting)
		return false;
	for (size_t i = 0; i < input->entry->nodes.count; i++)
		left += input->plan->verdicts[i].state != STATE_GONE;
	if (left == 0)
		return say_working(telling, "Deleting", arena_strdup(json_arena(), "making sure that nothing is left"));
	return say_working(telling, "Deleting", arena_printf(json_arena(), "%zu resources are left", left));
}

static char *why_pending(const struct status_input *input)
{
	const struct entry *entry = input->entry;

	if (input->pending && access_unknowable(entry->controller->own_access, entry->namespace))
		return arena_printf(json_arena(),
			"namespace %s is too large or nested too deep to be read, so nobody knows which policies "
			"select it; make it smaller with kubectl edit namespace %s",
			entry->namespace, entry->namespace);
	if (!input->pending && input->unread)
		return arena_strdup(json_arena(), input->unread->message);
	return arena_strdup(json_arena(), input->pending   ? "what the policies say is not known yet"
					  : input->reading ? "a Secret is being read"
							   : "the cloud is being read");
}

static bool tell_pending(struct telling *telling)
{
	const struct entry *entry = telling->input->entry;

	if (!telling->input->pending && !telling->input->reading && (entry->born_here || nodes_census(entry)))
		return false;
	telling->story->ready = TRUTH_UNKNOWN;
	telling->story->programmed = TRUTH_UNKNOWN;
	return say_working(telling, "Pending", why_pending(telling->input));
}

/* With driftPolicy Report nothing of this changes before a person acts. */
static bool tell_reported(struct telling *telling)
{
	const struct status_input *input = telling->input;

	if (!input->reporting || !differences_make(input)->child)
		return false;
	return say_stalled(telling, "Drifted",
		arena_strdup(json_arena(),
			"driftPolicy is Report and not everything is as the spec wants: status.differences shows what; "
			"nothing is written before driftPolicy is Correct"));
}

/* Of two objects between which resources move. */
static bool tell_idle(struct telling *telling)
{
	const struct move *move = &telling->input->move;

	if (!move_is_idle(move))
		return false;
	telling->story->programmed = TRUTH_FALSE;
	telling->story->healthy = TRUTH_UNKNOWN;
	if (!move->message)
		return false; /* it is read, or it goes */
	return move->stalled ? say_stalled(telling, move->reason, move->message)
	                     : say_working(telling, move->reason, move->message);
}

static bool tell_taking(struct telling *telling)
{
	const struct nodes *nodes = &telling->input->entry->nodes;
	size_t left = 0;

	if (telling->input->move.part != MOVE_TAKES)
		return false;
	for (size_t i = 0; i < nodes->count; i++)
		left += nodes->items[i]->inherited && !nodes->items[i]->kind->description_fixed &&
		        !nodes->items[i]->kind->immutable;
	return say_working(
		telling, "Moving", arena_printf(json_arena(), "%s: %zu left", telling->input->move.message, left));
}

static bool is_missing(const struct node *node)
{
	return node->wanted && !node->external && node->kind->id != KIND_INSTANCE_TEMPLATE &&
	       (node->presence != NODE_PRESENT || node->change == CHANGE_INSERT);
}

static bool tell_creating(struct telling *telling)
{
	const struct status_input *input = telling->input;
	size_t wanted, present = count_present(input, &wanted);

	for (size_t i = 0; i < input->entry->nodes.count; i++) {
		if (is_missing(input->entry->nodes.items[i]))
			return say_working(telling, "Creating",
				arena_printf(json_arena(), "%zu of %zu resources are there", present, wanted));
	}
	return false;
}

/* An update that was given up: nothing of it is tried before the spec changes. */
static bool tell_rolled_back(struct telling *telling)
{
	const struct pool_sums *sums = telling->sums;

	if (!sums->back_message)
		return false;
	if (sums->going_back)
		return say_working(telling, "RollingBack", sums->back_message);
	return say_stalled(telling, "RolledBack",
		arena_printf(json_arena(), "%s; it is not tried again before the spec changes", sums->back_message));
}

static bool tell_rolling(struct telling *telling)
{
	const struct pool_sums *sums = telling->sums;
	const char *trouble = sums->held_message ? sums->held_message : sums->failing_message;

	if (sums->at_version || !has_served(telling->before))
		return false;
	return say_working(telling, "RollingOut",
		arena_printf(json_arena(), "%lld of %lld machines are at the wanted template%s%s",
			(long long)sums->updated, (long long)sums->target, trouble ? "; " : "",
			trouble ? trouble : ""));
}

/* Only once all is there: what else is late is told first. */
static bool tell_certificates(struct telling *telling)
{
	bool for_good;
	char *late = certificates_late(telling->input, &for_good);

	if (!late)
		return false;
	return for_good ? say_stalled(telling, "CertificateFailed", late)
	                : say_working(telling, "CertificatePending", late);
}

/* All else is as it is to be, or waits for it. */
static bool tell_migrating(struct telling *telling)
{
	char *story = telling->input->plan->programmed ? NULL : migration_story(&telling->input->entry->nodes);

	return story && say_working(telling, "Migrating", story);
}

static bool tell_updating(struct telling *telling)
{
	const struct status_input *input = telling->input;

	if (input->plan->programmed)
		return false;
	if (telling->sums->made_again)
		return say_working(telling, telling->sums->failing_reason, telling->sums->failing_message);
	for (size_t i = 0; i < input->entry->nodes.count; i++) {
		const struct node *node = input->entry->nodes.items[i];

		if (node->kind->id == KIND_GROUP && node->wanted &&
			(node->change == CHANGE_VERB || (!node->verified && text_equal(node->written, "targetSize"))))
			return say_working(telling, "Scaling",
				arena_printf(json_arena(), "pool %s: to %lld machines", node->own_part,
					(long long)json_int(node->want, "targetSize", 0)));
	}
	return say_working(telling, has_served(telling->before) ? "Updating" : "Creating",
		arena_strdup(json_arena(), "resources are being brought to what the spec wants"));
}

/* Machines start because the load balancer is made, rolls, or grows; what was said last tells which. NULL: none of these.
 * They have started when they answer, and for that they have some time: probes come later than machines. */
static const char *why_machines_start(const struct telling *telling)
{
	const char *before = reason_before(telling->before);

	if (telling->sums->stable && telling->input->rest_ms >= SETTLE_MS)
		return NULL;
	if (!has_served(telling->before))
		return "Creating";
	if (text_equal(before, "RollingOut") || text_equal(before, "Scaling"))
		return before;
	return !telling->sums->stable && telling->sums->existing < telling->sums->target ? "Scaling" : NULL;
}

/* What a machine lacks that is not healthy; without a front they only have to run. */
static char *what_is_asked(const struct telling *telling, const char *before)
{
	const struct lb *lb = telling->input->lb;

	return lb_has_front(&lb->spec) ? arena_printf(json_arena(), "%s %s", before, sentence_probes(lb))
	                               : arena_strdup(json_arena(), "");
}

/* All else serves. */
static bool tell_canaries(struct telling *telling)
{
	const struct pool_sums *sums = telling->sums;

	if (!sums->serving || !sums->canary_message)
		return false;
	if (sums->held_message)
		return say_working(telling, "Unhealthy", sums->held_message);
	return sums->late_message && say_working(telling, "RollingOut", sums->late_message);
}

static bool tell_machines(struct telling *telling)
{
	const struct pool_sums *sums = telling->sums;
	const char *starting = why_machines_start(telling);

	if (tell_canaries(telling))
		return true;
	if (sums->serving)
		return false;
	if (sums->held_message)
		return say_working(telling, sums->failing ? sums->failing_reason : "Unhealthy", sums->held_message);
	if (sums->failing)
		return say_working(telling, sums->failing_reason, sums->failing_message);
	if (starting)
		return say_working(telling, starting,
			arena_printf(json_arena(), "machines are starting: %lld of %lld exist, %lld healthy%s",
				(long long)sums->existing, (long long)sums->target, (long long)sums->healthy,
				what_is_asked(telling, "; probes ask")));
	if (!sums->health_known)
		return say_working(telling, "Unhealthy",
			arena_strdup(json_arena(), "the load balancer has not probed the machines yet"));
	telling->story->reconciling = !sums->stable;
	return say(telling, "Unhealthy",
		arena_printf(json_arena(), "%lld of %lld machines are healthy%s", (long long)sums->healthy,
			(long long)sums->target, what_is_asked(telling, "; check that they answer")));
}

static const char *joined(const char *first, const char *second)
{
	return first && second ? arena_printf(json_arena(), "%s; %s", first, second) : first ? first : second;
}

static bool tell_serving(struct telling *telling)
{
	const struct pool_sums *sums = telling->sums;
	const char *note = joined(sums->canary_message, telling->input->move.message),
		   *machines = sums->stable ? "" : "; machines are changing";
	bool front;

	telling->story->ready = TRUTH_TRUE;
	telling->story->reconciling = !sums->stable;
	if (sums->mixed)
		machines = arena_printf(json_arena(),
			"; %lld of %lld machines keep an earlier template, since updatePolicy leaves them alone",
			(long long)(sums->existing - sums->updated), (long long)sums->existing);
	else if (sums->unrefreshed)
		machines =
			"; machines keep earlier metadata and labels of allInstancesConfig, since updatePolicy leaves "
			"them alone";
	note = joined(certificates_ending(telling->input), note);
	front = lb_has_front(&telling->input->lb->spec);
	return say(telling, front ? "Serving" : "Running",
		arena_printf(json_arena(), "%s%s%s%s",
			front ? "traffic is served" : "machines run, no pool has a backend", machines, note ? "; " : "",
			note ? note : ""));
}

struct story story_make(const struct status_input *input, const cJSON *before, const struct pool_sums *sums)
{
	struct story story = {.ready = TRUTH_FALSE, .programmed = TRUTH_FALSE, .healthy = TRUTH_UNKNOWN};
	struct telling telling = {.input = input, .before = before, .sums = sums, .story = &story};

	if (!input->plan) {
		tell_problem(&telling);
		return story;
	}
	story.programmed = input->plan->programmed && !input->deleting ? TRUTH_TRUE : TRUTH_FALSE;
	if (!input->deleting && (sums->health_known || story.programmed == TRUTH_TRUE))
		story.healthy = sums->serving ? TRUTH_TRUE : sums->health_known ? TRUTH_FALSE : TRUTH_UNKNOWN;
	if (tell_problem(&telling) || tell_suspended(&telling) || tell_idle(&telling) || tell_secret(&telling) ||
		tell_refused(&telling) || tell_unreachable(&telling) || tell_waiting(&telling) ||
		tell_deleting(&telling) || tell_pending(&telling) || tell_reported(&telling) || tell_taking(&telling) ||
		tell_creating(&telling) || tell_rolled_back(&telling) || tell_rolling(&telling) ||
		tell_certificates(&telling) || tell_migrating(&telling) || tell_updating(&telling) ||
		tell_machines(&telling))
		return story;
	tell_serving(&telling);
	return story;
}
