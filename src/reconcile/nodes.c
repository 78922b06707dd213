/* Nodes, and what is recorded of them. Reads are ordered by one counter: a read counts only for nodes whose last write was
 * final before the read began (design rule 6). */
#include <stdlib.h>
#include <string.h>

#include "kinds/families.h"
#include "reconcile/internal.h"

static void node_free(struct node *node)
{
	for (int i = 0; i < VIEWS; i++) {
		mem_free(node->views[i].own_text);
		mem_free(node->views[i].own_error);
	}
	mem_free(node->own_name);
	mem_free(node->own_location);
	mem_free(node->own_project);
	mem_free(node->own_role);
	mem_free(node->own_part);
	mem_free(node->own_seen);
	mem_free(node->own_error);
	mem_free(node);
}

void nodes_free(struct entry *entry)
{
	for (size_t i = 0; i < entry->nodes.count; i++)
		node_free(entry->nodes.items[i]);
	mem_free(entry->nodes.items);
	entry->nodes = (struct nodes){0};
}

struct node *nodes_by_id(const struct entry *entry, uint32_t id)
{
	for (size_t i = 0; i < entry->nodes.count; i++) {
		if (entry->nodes.items[i]->id == id)
			return entry->nodes.items[i];
	}
	return NULL;
}

struct node *nodes_find(const struct entry *entry, const struct kind *kind, const char *location, const char *name)
{
	for (size_t i = 0; i < entry->nodes.count; i++) {
		struct node *node = entry->nodes.items[i];

		if (node->kind == kind && text_equal(node->own_name, name) && text_equal(node->own_location, location))
			return node;
	}
	return NULL;
}

static bool is_same(const struct node *node, const char *text, size_t length)
{
	bool known = node->presence == NODE_PRESENT || (node->presence == NODE_FOREIGN && !node->external);

	return node->verified && known && strlen(node->own_seen) == length && memcmp(node->own_seen, text, length) == 0;
}

struct node *nodes_unchanged(const struct entry *entry, const struct kind *kind, const char *text, size_t length)
{
	for (size_t i = 0; i < entry->nodes.count; i++) {
		struct node *node = entry->nodes.items[i];

		if (node->kind == kind && is_same(node, text, length))
			return node;
	}
	return NULL;
}

struct node *nodes_add(struct entry *entry, const struct kind *kind, const char *location, const char *name)
{
	struct node *node = mem_alloc(sizeof(*node));

	entry->nodes.items = mem_resize(entry->nodes.items, (entry->nodes.count + 1) * sizeof(*entry->nodes.items));
	entry->nodes.items[entry->nodes.count++] = node;
	node->kind = kind;
	node->id = ++entry->next_node;
	node->own_name = mem_strdup(name);
	node->own_location = mem_strdup(location);
	node->own_project = mem_strdup(entry->project->own_name);
	node->own_role = mem_strdup("");
	node->own_part = mem_strdup("");
	/* Nothing was written to it since the last of its name: whatever was read later tells of it. */
	node->final = entry->gone_final;
	return node;
}

/* What is wanted only now: a complete list since we met its object would have shown it (and who is shown, but not ours, is
 * found when the insert is refused). */
static struct node *add_wanted(struct entry *entry, const struct want *want)
{
	struct node *node = nodes_add(entry, want->kind, want->location, want->name);
	uint64_t listed = entry->project->lists[want->kind->id].complete;

	if (want->kind->id == KIND_IMAGE) /* not all at once after a start */
		node->read_at = loop_now(entry->controller->loop) -
		                (int64_t)(hash_text(entry->own_key) % (uint64_t)FAMILY_AGE_MS);
	if (want->body && listed > entry->born) {
		node->presence = NODE_ABSENT;
		node->verified = true;
		node->read = listed;
	}
	return node;
}

/* What is external may have its namesake in another project. */
static struct node *find_wanted(const struct entry *entry, const struct want *want)
{
	for (size_t i = 0; i < entry->nodes.count; i++) {
		struct node *node = entry->nodes.items[i];

		if (node->kind == want->kind && text_equal(node->own_name, want->name) &&
			text_equal(node->own_location, want->location) && text_equal(node->own_project, want->project))
			return node;
	}
	return NULL;
}

/* What is wanted stands first, as kinds want it, in whichever order it was found: so a status looks the same after a restart. */
static void move_to(struct entry *entry, struct node *node, size_t place)
{
	struct node **items = entry->nodes.items;
	size_t at = 0;

	while (items[at] != node)
		at++;
	for (; at > place; at--)
		items[at] = items[at - 1];
	items[place] = node;
}

static void view_forget(struct view *view)
{
	view->present = false;
	view->read_at = 0;
	view->tree = NULL;
	mem_free(TAKE(view->own_text));
	mem_free(TAKE(view->own_error));
}

/* What was said of another one tells nothing of this one. */
static void view_ask(struct view *view, uint32_t of)
{
	if (view->of != of)
		view_forget(view);
	view->of = of;
}

void view_begins(struct view *view, uint32_t of)
{
	view_ask(view, of);
	view->busy = true;
}

static void set_fronts(struct node *node, const char *const *fronts)
{
	size_t count = 0;

	node->fronts = fronts;
	while (fronts && fronts[count])
		count++;
	for (size_t front = 0; front < FRONTS_MAX; front++) {
		struct view *view = &node->views[view_of_front(front)];
		uint32_t of = front < count ? (uint32_t)hash_text(fronts[front]) : 0;

		view_ask(view, of);
	}
}

/* `before` nodes are wanted before it. Returns how many are so with it. */
static size_t node_want(struct entry *entry, const struct want *want, size_t before)
{
	struct node *node = find_wanted(entry, want);

	if (!node)
		node = add_wanted(entry, want);
	if (!node->wanted)
		move_to(entry, node, before++);
	node->wanted = true;
	if (node->own_seen &&
		node->external != (want->body == NULL)) { /* an edit: whose it is is another question now */
		node->presence = want->body ? NODE_FOREIGN : NODE_PRESENT;
		entry_dirty(entry);
	}
	node->external = want->body == NULL;
	node->want = want->body;
	node->secrets = want->secrets;
	node->least_healthy = want->least_healthy;
	node->cards = want->cards;
	node->terms = want->terms;
	node->migration = want->migration;
	set_fronts(node, want->fronts);
	text_set(&node->own_role, want->role);
	text_set(&node->own_part, want->part);
	text_set(&node->own_project, want->project);
	return before;
}

/* A node that nobody wants, that is not there and on which nothing runs is no longer a node. */
static bool is_over(const struct node *node)
{
	if (node->wanted || node->busy || node->running)
		return false;
	/* Somebody else's under a name of ours may hold what is ours. */
	return node->presence == NODE_ABSENT || (node->presence == NODE_FOREIGN && !node->own_seen) || node->external ||
	       (node->presence == NODE_UNKNOWN && !node->unclear);
}

static void drop_what_is_over(struct entry *entry)
{
	size_t kept = 0;

	for (size_t i = 0; i < entry->nodes.count; i++) {
		struct node *node = entry->nodes.items[i];

		if (!is_over(node)) {
			entry->nodes.items[kept++] = node;
			continue;
		}
		if (node->final > entry->gone_final)
			entry->gone_final = node->final;
		node_free(node);
	}
	entry->nodes.count = kept;
}

static int by_place(const void *a, const void *b)
{
	const struct node *one = *(struct node *const *)a, *other = *(struct node *const *)b;
	int order = (int)one->kind->id - (int)other->kind->id;

	if (!order)
		order = strcmp(one->own_location, other->own_location);
	return order ? order : strcmp(one->own_name, other->own_name);
}

static enum presence whose(const struct entry *entry, struct node *node, const cJSON *body);

/* Whom the mark says it belongs to; what a former spec took over is forgotten. */
static void recognise(const struct entry *entry, struct node *node)
{
	if (!node->seen || (node->presence != NODE_FOREIGN && !node->adopted))
		return;
	node->adopted = false;
	node->presence = whose(entry, node, node->seen);
}

void nodes_parse(struct entry *entry)
{
	for (size_t i = 0; i < entry->nodes.count; i++) {
		struct node *node = entry->nodes.items[i];

		node->seen = node->own_seen ? json_parse_text(node->own_seen) : NULL;
		for (int view = 0; view < VIEWS; view++) {
			struct view *at = &node->views[view];
			at->tree = at->own_text ? json_parse_text(at->own_text) : NULL;
		}
		recognise(entry, node);
	}
}

void nodes_sync(struct entry *entry, const struct wants *wants)
{
	size_t wanted = 0;

	for (size_t i = 0; i < entry->nodes.count; i++) {
		entry->nodes.items[i]->wanted = false;
		entry->nodes.items[i]->want = NULL;
		entry->nodes.items[i]->terms = NULL;
		entry->nodes.items[i]->migration = NULL;
		entry->nodes.items[i]->fronts = NULL;
	}
	for (size_t i = 0; i < wants->count; i++)
		wanted = node_want(entry, &wants->items[i], wanted);
	drop_what_is_over(entry);
	/* Whoever knows the same says the same, whatever it met first. */
	if (entry->nodes.count > wanted)
		qsort(entry->nodes.items + wanted, entry->nodes.count - wanted, sizeof(*entry->nodes.items), by_place);
}

void nodes_forget_trees(struct entry *entry)
{
	for (size_t i = 0; i < entry->nodes.count; i++) {
		struct node *node = entry->nodes.items[i];

		node->want = node->seen = NULL;
		node->terms = NULL;
		node->migration = NULL;
		node->fronts = NULL;
		node->why_foreign = NULL;
		for (int view = 0; view < VIEWS; view++)
			node->views[view].tree = NULL;
	}
}

void node_ask_health(struct node *node)
{
	for (size_t front = 0; front < FRONTS_MAX; front++)
		node->views[view_of_front(front)].read_at = 0;
}

void node_error(struct node *node, const struct error *err, enum node_change failed)
{
	mem_free(node->own_error);
	node->own_error = err ? mem_copy(err, sizeof(*err)) : NULL;
	node->failed = failed;
}

static bool record_allowed(const struct node *node, uint64_t number)
{
	bool writing = (node->busy || node->running) && node->change != CHANGE_NONE;

	return !writing && number > node->final && number > node->read;
}

static void recorded(struct entry *entry, struct node *node, uint64_t number)
{
	node->read = number;
	node->read_at = loop_now(entry->controller->loop);
	node->unclear = node->stale = false;
	if (node->own_error && node->failed == CHANGE_NONE) {
		node_error(node, NULL, CHANGE_NONE);
		node->not_before = 0;
	}
}

bool node_is_about(const struct node *node, const char *text, size_t length)
{
	JSON_WORK(work);
	const cJSON *body = json_parse(text, length, (struct json_limits){0}, NULL);
	/* A family's answer is the image that it stands for. */
	const char *name = json_text(body, node->kind->id == KIND_IMAGE ? "family" : "name");

	return json_text(body, "name") && text_equal(name, node->own_name);
}

/* Whose is it? The mark in the description decides; external ones are nobody's. */
static enum presence whose(const struct entry *entry, struct node *node, const cJSON *body)
{
	struct identity who = entry_identity(entry);
	enum mark_owner owner;
	struct mark mark;

	node->inherited = false;
	if (node->external)
		return NODE_PRESENT;
	if (!mark_parse(json_text(body, "description"), &mark))
		return NODE_FOREIGN;
	owner = mark_compare(&mark, &who, node->own_name);
	if (owner == MARK_OTHER && who.holds && move_is_former(entry, &mark))
		owner = MARK_PREDECESSOR; /* under a name that the user gave */
	node->inherited = owner == MARK_PREDECESSOR;
	if (owner == MARK_OTHER || (node->inherited && mark_released(body)))
		return NODE_FOREIGN;
	if (!node->own_role[0] && mark.role) {
		text_set(&node->own_role, mark.role);
		text_set(&node->own_part, strchr(mark.role, '-') ? strchr(mark.role, '-') + 1 : "");
	}
	return NODE_PRESENT;
}

static enum presence whose_text(const struct entry *entry, struct node *node, const char *text, size_t length)
{
	JSON_WORK(work);

	return whose(entry, node, json_parse(text, length, (struct json_limits){0}, NULL));
}

bool node_record(struct entry *entry, struct node *node, uint64_t number, const char *text, size_t length)
{
	bool same;

	if (!record_allowed(node, number))
		return false;
	same = is_same(node, text, length);
	recorded(entry, node, number);
	if (same)
		return false;
	node->presence = whose_text(entry, node, text, length);
	mem_free(node->own_seen);
	node->adopted = false;
	node->own_seen = mem_strndup(text, length);
	node->verified = true;
	node_ask_health(node); /* a group that changed is probed anew */
	return true;
}

bool nodes_see(struct entry *entry, const struct sight *sight)
{
	struct node *node = nodes_find(entry, sight->kind, sight->location, sight->name);

	if (!node && entry->gone_final >= sight->number)
		return false; /* the list may be older than the end of what it shows */
	if (!node) {
		node = nodes_add(entry, sight->kind, sight->location, sight->name);
		node->final = 0; /* no write of ours can be newer than a list that shows an unknown resource */
	}
	return node_record(entry, node, sight->number, sight->text, sight->length);
}

bool node_record_absent(struct entry *entry, struct node *node, uint64_t number)
{
	bool changed = node->presence != NODE_ABSENT;

	if (!record_allowed(node, number))
		return false;
	if (node->presence == NODE_PRESENT && !node->verified &&
		!node->external) /* it was never read since it was made */
		proof_doubt(entry);
	recorded(entry, node, number);
	node->presence = NODE_ABSENT;
	node->verified = true;
	node->inherited = node->adopted = false;
	node->read = number;
	mem_free(TAKE(node->own_seen));
	for (int view = 0; view < VIEWS; view++) {
		if (node->kind->id != KIND_URL_MAP || view != VIEW_TRIAL) /* which is of what it is to be */
			view_forget(&node->views[view]);
	}
	return changed;
}

bool project_listed_since(const struct project *project, uint64_t since)
{
	for (int kind = 0; kind < KINDS; kind++) {
		if (kind_at(kind)->list_path && project->lists[kind].complete <= since)
			return false;
	}
	return true;
}

bool nodes_census(const struct entry *entry)
{
	return entry->project && project_listed_since(entry->project, entry->born);
}
