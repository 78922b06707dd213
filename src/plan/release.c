/* deletionPolicy Abandon: everything keeps serving, our mark goes. Where the description is fixed the mark stays and the
 * resource is told apart by the label tflb-released on address and rule (design section 6, Orphans). */
#include "plan/internal.h"

static bool release_by_label(struct planner *planner, struct node *node)
{
	struct action *action;

	if (text_equal(json_text(json_member(node->seen, "labels"), "tflb-released"), "true"))
		return true;
	if (!node_is_free(node))
		return false;
	if (!json_text(node->seen, "labelFingerprint")) {
		planner_read(planner, node);
		return false;
	}
	action = planner_add(planner, ACTION_VERB, node);
	action->method = "POST";
	action->path = arena_printf(json_arena(), "%s/setLabels", node_path(node));
	action->body = cJSON_CreateObject();
	if (json_has(node->seen, "labels"))
		json_set(action->body, "labels", json_copy(json_member(node->seen, "labels")));
	else
		json_set_object(action->body, "labels");
	json_set_text(json_member(action->body, "labels"), "tflb-released", "true");
	json_set_text(action->body, "labelFingerprint", json_text(node->seen, "labelFingerprint"));
	action->assumed = json_copy(node->seen);
	json_set(action->assumed, "labels", json_copy(json_member(action->body, "labels")));
	json_remove(action->assumed, "labelFingerprint");
	action->reason = "labels";
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
	action->method = "PATCH";
	action->path = node_path(node);
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

bool plan_release(struct planner *planner, struct node *node)
{
	struct verdict rest;

	if (planner_resting(planner, node, &rest))
		return false;
	if (node->kind->label_release)
		return release_by_label(planner, node);
	if (node->kind->description_fixed)
		return true;
	return release_by_description(planner, node);
}
