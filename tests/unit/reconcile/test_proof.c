/* What lists and operations prove of what is, or may be, on its way. Nobody answers the controller here. */
#include "nodes_rig.h"

static void absence_is_proven_by_lists_and_operations(void **state)
{
	struct rig *rig = *state;
	struct project *project = rig->entry->project;
	uint64_t since = 100;

	project->lists[KINDS].complete = since + 1; /* operations first */
	for (int kind = 0; kind < KINDS; kind++)
		project->lists[kind].complete = since + 2;
	assert_true(proof_of_absence(rig->entry, since));
	assert_false(proof_of_absence(rig->entry, since + 1));
	for (int kind = 0; kind < KINDS; kind++) {
		project->lists[kind].complete = since + 1; /* no newer than that of operations */
		assert_int_equal(proof_of_absence(rig->entry, since), !kind_at(kind)->list_path);
		project->lists[kind].complete = since + 2;
	}
	vec_add(&project->unfinished, mem_strdup("somebody-elses"));
	assert_true(proof_of_absence(rig->entry, since));
	vec_add(&project->unfinished, mem_printf("tflb-%s-tf-url-map", rig->entry->id));
	assert_false(proof_of_absence(rig->entry, since));
}

static void list_all(struct project *project, uint64_t operations)
{
	project->lists[KINDS].complete = operations;
	for (int kind = 0; kind < KINDS; kind++)
		project->lists[kind].complete = operations + 1;
}

/* What whoever ran before us began may be in no list yet. */
static void the_past_is_known_when_what_runs_is_there(void **state)
{
	struct rig *rig = *state;
	struct project *project = rig->entry->project;
	uint64_t born = rig->entry->born;
	AUTO_FREE char *name = mem_printf("tflb-%s-tf-url-map", rig->entry->id);

	list_all(project, born);
	assert_false(proof_of_past(rig->entry));
	list_all(project, born + 1);
	vec_add(&project->unfinished, mem_strdup(name));
	rig->controller->reads = born + 5;
	assert_false(proof_of_past(rig->entry));
	list_all(project, born + 4); /* from before it was asked for again */
	nodes_add(rig->entry, kind_at(KIND_URL_MAP), "", name);
	assert_false(proof_of_past(rig->entry));
	list_all(project, born + 6);
	assert_true(proof_of_past(rig->entry));
	rig->entry->nodes.items[rig->entry->nodes.count - 1]->presence = NODE_ABSENT;
	list_all(project, born + 8); /* what runs now is followed */
	assert_true(proof_of_past(rig->entry));
}

/* Lists lag: for a minute what was made may be in none, and nothing runs on it any more. */
static void absence_is_proven_when_what_was_made_would_show(void **state)
{
	struct rig *rig = *state;
	struct entry *entry = rig->entry;
	struct node *node = rig->node;
	uint64_t born = entry->born;

	list_all(entry->project, born + 1);
	entry->project->complete_at = loop_now(rig->controller->loop);
	entry->unfollowed = 0;
	assert_true(proof_of_absence(entry, born));
	node->presence = NODE_PRESENT; /* made, and never read */
	assert_true(node_record_absent(entry, node, born + 100));
	assert_false(proof_of_absence(entry, born));
	fake_loop_run_for(&rig->loop, 59000);
	entry->project->complete_at = loop_now(rig->controller->loop);
	assert_false(proof_of_absence(entry, born));
	fake_loop_run_for(&rig->loop, 1000);
	assert_false(proof_of_absence(entry, born));
	entry->project->complete_at = loop_now(rig->controller->loop);
	assert_true(proof_of_absence(entry, born));

	node->presence = NODE_PRESENT; /* what was read and goes is gone */
	node->verified = true;
	assert_true(node_record_absent(entry, node, born + 101));
	assert_true(proof_of_absence(entry, born));
}

/* Whose status says that all was read and is as wanted has nothing that is not shown. */
static void a_past_that_was_read_leaves_no_doubt(void **state)
{
	struct rig *rig = *state;
	struct entry *entry = rig->entry;

	for (int i = 0; i < 4; i++) {
		JSON_WORK(work);

		measure_status(entry, json_parse_text(i & 1 ? "[{\"type\":\"Programmed\",\"status\":\"True\"}]"
							    : "[{\"type\":\"Programmed\",\"status\":\"False\"}]"));
		entry->observed = i & 2;
		entry->unshown_until = 0;
		entry->unfollowed = entry->born;
		list_all(entry->project, entry->born + 1);
		assert_true(proof_of_past(entry));
		assert_int_equal(entry->unshown_until == 0, i == 3);
	}
}

static void operations_are_listed_while_something_may_run(void **state)
{
	struct rig *rig = *state;
	struct project *project = rig->entry->project;

	assert_false(proof_wants_operations(project)); /* without our finalizer nothing was begun */
	rig->entry->held = true;
	assert_true(proof_wants_operations(project));
	list_all(project, rig->entry->born + 1);
	assert_false(proof_wants_operations(project));
	rig->entry->leaving = true;
	assert_true(proof_wants_operations(project));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RIG(absence_is_proven_by_lists_and_operations),
		WITH_RIG(the_past_is_known_when_what_runs_is_there),
		WITH_RIG(operations_are_listed_while_something_may_run),
		WITH_RIG(absence_is_proven_when_what_was_made_would_show),
		WITH_RIG(a_past_that_was_read_leaves_no_doubt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
