/* What the policies say of an entry, looked at anew in each unit of work. A refusal stops writes and deletes nothing; who is being
 * deleted is not asked for its rights. */
#include <string.h>

#include "reconcile/internal.h"

/* --- machines of a namespace --- */

/* What it may have as it was last judged, else what it was seen to have; nothing where another object has it all. */
static int64_t machines_of(const struct entry *entry)
{
	if (entry->move == MOVE_GAVE || entry->move == MOVE_WAITS)
		return 0;
	return entry->granted >= 0 ? entry->granted : entry->machines;
}

static int64_t machines_of_others(const struct entry *entry)
{
	struct map *entries = &entry->controller->entries;
	int64_t sum = 0;

	for (size_t i = 0; i < entries->count; i++) {
		const struct entry *other = entries->own_entries[i].value;

		if (!text_equal(other->id, entry->id) && text_equal(other->namespace, entry->namespace))
			sum += machines_of(other);
	}
	return sum;
}

static void wake_refused(const struct entry *entry)
{
	struct map *entries = &entry->controller->entries;

	for (size_t i = 0; entry->controller->refused && i < entries->count; i++) {
		struct entry *other = entries->own_entries[i].value;

		if (other != entry && other->refusal && text_equal(other->namespace, entry->namespace))
			entry_dirty(other);
	}
}

static void grant_machines(struct entry *entry, int64_t machines)
{
	bool fewer = machines < entry->granted;

	entry->granted = machines;
	if (fewer)
		wake_refused(entry);
}

/* --- the question --- */

static bool some_policy_counts(const struct policy *policies, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!policies[i].trouble && policies[i].spec.machines_per_namespace != LB_ABSENT)
			return true;
	}
	return false;
}

/* The project of our own credentials. false: the first token will tell. */
static bool ask_home(const struct controller *controller, struct policy_question *question)
{
	enum gce_home home = gce_home(controller->gce, &question->home);

	if (controller->own_home)
		question->home = controller->own_home;
	else
		question->homeless = home == GCE_HOME_NOBODYS;
	return controller->own_home || home != GCE_HOME_LATER;
}

/* false: it can't be asked yet. labels must outlive the question. */
static bool ask(struct entry *entry, struct lb_map *labels, struct policy_question *question)
{
	const struct access *access = entry->controller->own_access;

	*labels = (struct lb_map){0};
	question->labels = labels;
	if (access && !access_labels(access, entry->namespace, labels))
		return false;
	if (access)
		question->policies = access_policies(access, &question->count);
	return ask_home(entry->controller, question);
}

/* --- the answer --- */

static void set_refusal(struct entry *entry, const char *message)
{
	uint64_t refusal = message ? hash_text(message) : 0;

	if (entry->refusal == refusal)
		return;
	entry->controller->refused -= entry->refusal != 0;
	entry->controller->refused += refusal != 0;
	entry->refusal = refusal;
	if (message)
		tell(entry, true, "PolicyDenied", "Judge", "%s", message);
	else
		log_line(entry->controller->log, LOG_INFO, "the policies allow it again",
			LOG_OBJECT(entry->namespace, entry->name), NULL);
}

static bool refuse(struct error *problem, const char *message)
{
	error_set(problem, ERROR_REJECTED, "%s", message);
	error_reason(problem, "PolicyDenied");
	return false;
}

/* It keeps what it has. */
static void keep_machines(struct entry *entry)
{
	entry->granted = machines_of(entry);
}

static void join(struct entry *entry, const char *identity)
{
	project_join(entry, entry->project->own_name, identity);
}

enum grant grant_judge(struct entry *entry, const struct lb *lb, struct error *problem)
{
	struct policy_question question = {.lb = lb};
	struct policy_verdict verdict;
	struct lb_map labels;
	bool known = ask(entry, &labels, &question);

	if (problem->class || !known) {
		keep_machines(entry);
		if (question.policies)
			join(entry, policy_identity(question.policies, question.count, &labels));
		return problem->class ? GRANT_GIVEN : GRANT_PENDING;
	}
	if (some_policy_counts(question.policies, question.count))
		question.others = machines_of_others(entry);
	verdict = policy_judge(&question);
	join(entry, verdict.identity);
	if (verdict.allowed)
		grant_machines(entry, policy_machines(lb));
	else
		keep_machines(entry);
	if (entry->leaving)
		return GRANT_GIVEN;
	set_refusal(entry, verdict.message);
	if (!verdict.allowed)
		refuse(problem, verdict.message);
	return verdict.allowed ? GRANT_GIVEN : GRANT_REFUSED;
}

bool grant_holds(const struct entry *entry)
{
	return !entry->refusal || entry->leaving;
}

void grant_forget(struct entry *entry)
{
	entry->controller->refused -= entry->refusal != 0;
	entry->refusal = 0;
	wake_refused(entry);
}
