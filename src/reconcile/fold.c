/* Folding: what a load balancer at rest keeps of its nodes and texts. They are packed into one block, and beside it stands
 * for each node what lists are compared with, so that a list that shows nothing new opens nothing (design section 7). What was
 * folded first gives the words in common for all others: they are alike. */
#include <assert.h>
#include <string.h>

#include "base/pack.h"
#include "reconcile/internal.h"

/* What changes, or is compared, without opening the pack. */
struct folded_node {
	uint64_t seen;   /* hash of the body's text; 0: not present */
	uint64_t read;   /* number of the read that was recorded last */
	uint64_t health; /* hash of the view's text; 0: not there, or it failed */
	int64_t health_read_at;
	uint32_t id;
	unsigned char kind;
	unsigned char busy; /* views whose read is in flight, one bit each */
};

struct folded {
	uint64_t hash; /* of what is packed */
	size_t length, packed;
	void *own_pack;
	size_t count;
	struct folded_node nodes[];
};

void folded_free(struct folded *folded)
{
	if (folded)
		mem_free(folded->own_pack);
	mem_free(folded);
}

size_t folded_size(const struct folded *folded)
{
	return sizeof(*folded) + folded->count * sizeof(folded->nodes[0]) + folded->packed;
}

/* --- writing and reading the packed form: the structs as they are, then their texts --- */

static void write_text(struct str *out, const char *text)
{
	bool there = text != NULL;

	str_add(out, (const char *)&there, 1);
	if (there)
		str_add(out, text, strlen(text) + 1);
}

static void write_error(struct str *out, const struct error *err)
{
	bool there = err != NULL;

	str_add(out, (const char *)&there, 1);
	if (there)
		str_add(out, (const char *)err, sizeof(*err));
}

/* Pointers mean nothing in a pack; moments that move by themselves stand beside it, or are forgotten. */
static struct node bare(const struct node *node)
{
	struct node copy;

	memcpy(&copy, node, sizeof(copy)); /* with what is between the members: equal nodes are equal bytes */
	copy.own_name = copy.own_location = copy.own_project = copy.own_role = copy.own_part = copy.own_seen = NULL;
	copy.own_error = NULL;
	copy.want = copy.seen = NULL;
	copy.read = 0;
	copy.read_at = 0;
	for (int i = 0; i < VIEWS; i++) {
		copy.views[i].own_text = NULL;
		copy.views[i].own_error = NULL;
		copy.views[i].tree = NULL;
		copy.views[i].read_at = 0;
		copy.views[i].busy = false;
	}
	return copy;
}

static void write_node(struct str *out, const struct node *node)
{
	struct node copy = bare(node);

	str_add(out, (const char *)&copy, sizeof(copy));
	write_text(out, node->own_name);
	write_text(out, node->own_location);
	write_text(out, node->own_project);
	write_text(out, node->own_role);
	write_text(out, node->own_part);
	write_text(out, node->own_seen);
	write_error(out, node->own_error);
	for (int i = 0; i < VIEWS; i++) {
		write_text(out, node->views[i].own_text);
		write_error(out, node->views[i].own_error);
	}
}

static const char *read_bytes(const char **from, size_t length)
{
	const char *bytes = *from;

	*from += length;
	return bytes;
}

static char *read_text(const char **from)
{
	const char *text;

	if (!*read_bytes(from, 1))
		return NULL;
	text = *from;
	return mem_strdup(read_bytes(from, strlen(text) + 1));
}

static struct error *read_error(const char **from)
{
	return *read_bytes(from, 1) ? mem_copy(read_bytes(from, sizeof(struct error)), sizeof(struct error)) : NULL;
}

static struct node *read_node(const char **from)
{
	struct node *node = mem_copy(read_bytes(from, sizeof(*node)), sizeof(*node));

	node->own_name = read_text(from);
	node->own_location = read_text(from);
	node->own_project = read_text(from);
	node->own_role = read_text(from);
	node->own_part = read_text(from);
	node->own_seen = read_text(from);
	node->own_error = read_error(from);
	for (int view = 0; view < VIEWS; view++) {
		node->views[view].own_text = read_text(from);
		node->views[view].own_error = read_error(from);
	}
	return node;
}

/* --- folding --- */

/* Who follows does nothing with any of them. */
static bool has_nothing_to_do(const struct entry *entry)
{
	return entry->settled || !may_write(entry->controller);
}

/* Looks at views may be on their way. */
static bool at_rest(const struct entry *entry)
{
	return has_nothing_to_do(entry) && !entry->dirty && carry_only_looks(entry) && !entry->status_call &&
	       !entry->finalizer_call && !entry->live_call;
}

static struct folded *folded_make(struct controller *controller, const struct str *out, uint64_t hash, size_t count)
{
	struct folded *folded = mem_alloc(sizeof(*folded) + count * sizeof(folded->nodes[0]));

	if (!controller->words.length && count) /* what a follower folds has no nodes yet */
		str_add(&controller->words, str_text(out), out->length);
	folded->hash = hash;
	folded->length = out->length;
	folded->count = count;
	folded->own_pack = pack_make(controller->own_packer, str_text(out), out->length, str_text(&controller->words),
		controller->words.length, &folded->packed);
	return folded;
}

static void set_node(struct folded_node *folded, const struct node *node)
{
	const struct view *health = &node->views[VIEW_HEALTH];

	*folded = (struct folded_node){
		.seen = node->own_seen ? hash_text(node->own_seen) : 0,
		.read = node->read,
		.health = health->present && !health->own_error ? hash_text(health->own_text) : 0,
		.health_read_at = health->read_at,
		.id = node->id,
		.kind = (unsigned char)node->kind->id,
	};
	for (int i = 0; i < VIEWS; i++)
		folded->busy |= (unsigned char)(node->views[i].busy << i);
}

void entry_fold(struct entry *entry)
{
	AUTO_STR struct str out = {0};
	uint64_t hash;

	if (entry->folded || !at_rest(entry))
		return;
	write_text(&out, entry->own_text);
	write_text(&out, entry->own_status);
	for (size_t i = 0; i < entry->nodes.count; i++)
		write_node(&out, entry->nodes.items[i]);
	hash = hash_bytes(str_text(&out), out.length);
	if (!entry->own_folded || entry->own_folded->hash != hash || entry->own_folded->count != entry->nodes.count) {
		folded_free(entry->own_folded);
		entry->own_folded = folded_make(entry->controller, &out, hash, entry->nodes.count);
	}
	for (size_t i = 0; i < entry->nodes.count; i++)
		set_node(&entry->own_folded->nodes[i], entry->nodes.items[i]);
	nodes_free(entry);
	mem_free(TAKE(entry->own_text));
	mem_free(TAKE(entry->own_status));
	entry->folded = true;
	entry->controller->folded++;
}

void entry_unfold(struct entry *entry)
{
	const struct folded *folded = entry->own_folded;
	const struct str *words = &entry->controller->words;
	AUTO_FREE char *bytes = NULL;
	const char *from;

	if (!entry->folded)
		return;
	entry->folded = false;
	entry->controller->folded--;
	entry->controller->unfolds++;
	from = bytes = pack_open(entry->controller->own_packer, folded->own_pack, folded->packed, str_text(words),
		words->length, folded->length);
	entry->own_text = read_text(&from);
	entry->own_status = read_text(&from);
	entry->nodes =
		(struct nodes){.items = mem_alloc(folded->count * sizeof(*entry->nodes.items)), .count = folded->count};
	for (size_t i = 0; i < folded->count; i++) {
		struct node *node = entry->nodes.items[i] = read_node(&from);

		node->read = folded->nodes[i].read;
		node->views[VIEW_HEALTH].read_at = folded->nodes[i].health_read_at;
		for (int view = 0; view < VIEWS; view++)
			node->views[view].busy = folded->nodes[i].busy >> view & 1;
	}
	assert(from == bytes + folded->length);
}

/* --- what is seen of a folded one --- */

bool folded_looks(struct entry *entry, uint32_t node, const char *health, int64_t now)
{
	for (size_t i = 0; i < entry->own_folded->count; i++) {
		struct folded_node *folded = &entry->own_folded->nodes[i];

		if (folded->id != node || !folded->health || folded->health != hash_text(health))
			continue;
		folded->health_read_at = now;
		folded->busy &= (unsigned char)~(1 << VIEW_HEALTH);
		return true;
	}
	return false;
}

bool folded_shows(struct entry *entry, const struct kind *kind, uint64_t number, const char *text, size_t length)
{
	uint64_t seen = hash_bytes(text, length);

	for (size_t i = 0; i < entry->own_folded->count; i++) {
		struct folded_node *node = &entry->own_folded->nodes[i];

		if (node->kind != kind->id || node->seen != seen)
			continue;
		if (node->read < number)
			node->read = number;
		return true;
	}
	return false;
}

bool folded_lacks(const struct entry *entry, const struct kind *kind, uint64_t number)
{
	for (size_t i = 0; i < entry->own_folded->count; i++) {
		if (entry->own_folded->nodes[i].kind == kind->id && entry->own_folded->nodes[i].read < number)
			return true;
	}
	return false;
}
