/* A refusal in the words of whoever wrote the spec. */
#include <string.h>

#include "reconcile/internal.h"

/* "zones/z/instanceGroupManagers/x: " says what the node says already. */
static const char *without_subject(const struct node *node, const char *message)
{
	const char *name = strstr(message, node->own_name), *colon = strstr(message, ": ");

	if (!colon || !name || name > colon || strcspn(message, " ") < (size_t)(colon - message))
		return message;
	return colon + 2;
}

const cJSON *explain_spec(const struct entry *entry)
{
	return entry->own_text ? json_member(json_parse_text(entry->own_text), "spec") : NULL;
}

void explain_refusal(const struct entry *entry, const struct node *node, struct error *err)
{
	JSON_WORK(work);
	char *message =
		kind_in_spec(node->kind, node->own_part, explain_spec(entry), without_subject(node, err->message));

	text_copy(err->message, sizeof(err->message), message);
}
