/* deletionPolicy Abandon: everything keeps serving, our mark goes. Where the description is fixed the mark stays and the
 * resource is told apart by the label tflb-released on address and rule (design section 6, Orphans). */
#include "plan/internal.h"

static void set_labels(struct planner *planner, struct node *node, cJSON *labels)
{
	struct action *action = planner_add(planner, ACTION_VERB, node);

	action->method = "POST";
	action->path = arena_printf(json_arena(), "%s/setLabels", node_path(node));
	action->body = cJSON_CreateObject();
	json_set(action->body, "labels", labels);
	json_set_text(action->body, "labelFingerprint", json_text(node->seen, "labelFingerprint"));
	action->assumed = json_copy(node->seen);
	json_set(action->assumed, "labels", json_copy(labels));
	json_remove(action->assumed, "labelFingerprint");
	action->reason = "labels";
}

static bool release_by_label(struct planner *planner, struct node *node)
{
	cJSON *labels;

	if (mark_released(node->seen))
		return true;
	if (!node_is_free(node))
		return false;
	if (!json_text(node->seen, "labelFingerprint")) {
		planner_read(planner, node);
		return false;
	}
	labels = json_has(node->seen, "labels") ? json_copy(json_member(node->seen, "labels")) : cJSON_CreateObject();
	json_set_text(labels, "tflb-released", "true");
	set_labels(planner, node, labels);
	return false;
}

static bool release_by_description(struct planner *planner, struct node *node)
{
	struct action *action;

	if (!json_text_or(node->seen, "description", "")[0])
		return true;
	if (!node_is_free(node))
		return false;
	if (node->kind->fingerprint && !json_text(node->seen, "fingerprint")) {
		planner_read(planner, node);
		return false;
	}
	action = planner_add(planner, ACTION_PATCH, node);
	planner_address_patch(action);
	action->body = cJSON_CreateObject();
	json_set_text(action->body, "description", "");
	if (node->kind->fingerprint)
		json_set_text(action->body, "fingerprint", json_text(node->seen, "fingerprint"));
	action->assumed = json_copy(node->seen);
	json_set_text(action->assumed, "description", "");
	json_remove(action->assumed, "fingerprint");
	action->reason = "description";
	return false;
}

static cJSON *released_difference(struct diff *diff, const struct node *node)
{
	struct difference *item = arena_alloc(json_arena(), sizeof(*item));
	cJSON *labels = json_copy(json_member(node->seen, "labels"));

	*item = (struct difference){.path = "labels.tflb-released",
		.seen = json_member(json_member(node->seen, "labels"), "tflb-released")};
	*diff = (struct diff){.items = item, .count = 1, .path = item->path, .patched = item->path};
	json_remove(labels, "tflb-released");
	return labels;
}

/* What Abandon released is taken over again: the label goes, and the mark that is still there counts once more. */
struct verdict plan_reclaim(struct planner *planner, struct node *node)
{
	struct diff *diff = arena_alloc(json_arena(), sizeof(*diff));
	cJSON *labels = released_difference(diff, node);
	struct verdict verdict = {.state = STATE_UPDATING, .diff = diff};

	if (planner_resting(planner, node, &verdict)) {
		verdict.diff = diff;
	} else if (planner->input->mandate == MANDATE_NONE) {
		verdict.state = STATE_DRIFTED;
	} else if (planner_may_write(planner) && node_is_free(node)) {
		if (json_text(node->seen, "labelFingerprint"))
			set_labels(planner, node, labels);
		else
			planner_read(planner, node);
	}
	return verdict;
}

bool plan_release(struct planner *planner, struct node *node)
{
	struct verdict rest;

	if (node->adopted)
		return true; /* it does not bear our mark yet */

	if (planner_resting(planner, node, &rest))
		return false;
	if (node->kind->label_release)
		return release_by_label(planner, node);
	if (node->kind->description_fixed)
		return true;
	return release_by_description(planner, node);
}
