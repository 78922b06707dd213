/* Folding: what a load balancer that nobody works on keeps of its nodes and texts. They are packed into one block, and beside it
 * stands for each node what lists are compared with, so that a list that shows nothing new opens nothing (design section 7).
 * Who is at rest is folded at once. Who waits for something is left open, as long as few are: of more the one that was opened
 * longest ago is folded. Calls in flight know nodes by id, so nothing that is on its way keeps an entry open.
 *
 * What lists show of one whose nodes are not known yet is noted, packed too, and recorded when it is opened: at the start each
 * of thousands is opened once, not once for each of its resources. */
#include <assert.h>
#include <string.h>

#include "reconcile/internal.h"

enum { OPEN_MAX = 4, NOTES_ROOM = 256 };

/* What changes, or is compared, without opening the pack. */
struct folded_node {
	uint64_t seen; /* hash of the body's text; 0: what a list shows must be looked at */
	uint64_t read; /* number of the read that was recorded last */
	uint32_t id;
	unsigned char kind;
	uint16_t busy; /* views whose read is in flight, one bit each */
};

/* The same of a view of health, which few nodes have. */
struct folded_health {
	uint64_t text; /* hash; 0: the last read failed */
	int64_t read_at;
	uint32_t of; /* as in the view */
	unsigned char view;
	uint16_t node; /* its place */
};

/* Texts and nodes are packed apart: they come and change apart, and a pack that stays leaves no hole in the heap. */
struct part {
	uint64_t hash; /* of what is packed */
	struct pack *own_pack;
};

struct folded {
	struct part texts, nodes;
	struct folded_health *own_health;
	size_t health_count, count;
	struct folded_node seen[];
};

/* What a list showed. All notes of an entry are one block: it is let go at once, and has room for the pack that comes of them. */
struct note {
	uint64_t number;
	uint32_t size; /* with the pack behind it, of location, name and body */
	unsigned char kind;
};

static void folded_free(struct folded *folded)
{
	if (!folded)
		return;
	mem_free(folded->texts.own_pack);
	mem_free(folded->nodes.own_pack);
	mem_free(folded->own_health);
	mem_free(folded);
}

size_t folded_size(const struct folded *folded)
{
	return sizeof(*folded) + folded->count * sizeof(folded->seen[0]) +
	       folded->health_count * sizeof(folded->own_health[0]) + pack_size(folded->texts.own_pack) +
	       pack_size(folded->nodes.own_pack);
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

/* Pointers mean nothing in a pack; what moves while it is closed stands beside it. */
static struct node bare(const struct node *node)
{
	struct node copy;

	memcpy(&copy, node, sizeof(copy)); /* with what is between the members: equal nodes are equal bytes */
	copy.own_name = copy.own_location = copy.own_project = copy.own_role = copy.own_part = copy.own_seen = NULL;
	copy.own_error = NULL;
	copy.want = copy.seen = NULL;
	copy.terms = NULL;
	copy.migration = NULL;
	copy.fronts = NULL;
	copy.read = 0;
	for (int i = 0; i < VIEWS; i++) {
		if (view_is_health((enum view_id)i))
			copy.views[i].read_at = 0;
		copy.views[i].own_text = NULL;
		copy.views[i].own_error = NULL;
		copy.views[i].tree = NULL;
		copy.views[i].busy = false;
	}
	return copy;
}

/* read_at is written as it differs from that of the node before: they are read together, so that all objects look alike there. */
static void write_node(struct str *out, const struct node *node, int64_t before)
{
	struct node copy = bare(node);

	copy.read_at -= before;
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

static struct node *read_node(const char **from, int64_t before)
{
	struct node *node = mem_copy(read_bytes(from, sizeof(*node)), sizeof(*node));

	node->read_at += before;
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

/* A list that shows the same body tells nothing of this node. */
static bool is_plain(const struct node *node)
{
	return node->presence == NODE_PRESENT && node->verified && !node->unclear && !node->own_error && !node->busy &&
	       !node->running && node->read > node->final;
}

static struct folded_node node_seen(const struct node *node)
{
	struct folded_node seen = {
		.seen = is_plain(node) ? hash_long(node->own_seen, strlen(node->own_seen)) : 0,
		.read = node->read,
		.id = node->id,
		.kind = (unsigned char)node->kind->id,
	};

	for (int i = 0; i < VIEWS; i++)
		seen.busy |= (uint16_t)(node->views[i].busy << i);
	return seen;
}

static void add_health(struct folded *folded, const struct node *node, size_t place, enum view_id view)
{
	const struct view *health = &node->views[view];

	if (!health->present && !health->read_at)
		return;
	folded->own_health = mem_resize(folded->own_health, (folded->health_count + 1) * sizeof(*folded->own_health));
	folded->own_health[folded->health_count++] = (struct folded_health){
		.text = health->present && !health->own_error ? hash_text(health->own_text) : 0,
		.read_at = health->read_at,
		.of = health->of,
		.view = (unsigned char)view,
		.node = (uint16_t)place,
	};
}

/* Its texts and its resources' are full of them. They are what they were as long as it is folded. */
static struct pack_names names_of(const struct entry *entry)
{
	return (struct pack_names){{entry->own_uid, entry->id, entry->name, entry->namespace,
		entry->project ? entry->project->own_name : NULL}};
}

/* Packs anew only what has changed, be it a name or the sort. */
static void part_set(struct part *part, const struct entry *entry, enum packed sort, const struct str *bytes)
{
	struct pack_names names = names_of(entry);
	uint64_t hash = hash_long(str_text(bytes), bytes->length) + sort;

	for (int i = 0; i < PACK_NAMES; i++)
		hash = hash * 31 + (names.names[i] ? hash_text(names.names[i]) : 0);
	if (part->own_pack && part->hash == hash && pack_length(part->own_pack) == bytes->length)
		return;
	mem_free(part->own_pack);
	part->own_pack = pack_make(entry->controller->own_packer, (int)sort, &names, str_text(bytes), bytes->length);
	part->hash = hash;
}

static char *part_open(const struct part *part, const struct entry *entry)
{
	struct pack_names names = names_of(entry);

	return pack_open(entry->controller->own_packer, &names, part->own_pack);
}

static void pack_texts(struct entry *entry)
{
	AUTO_STR struct str out = {0};

	write_text(&out, entry->own_text);
	write_text(&out, entry->own_status);
	part_set(&entry->own_folded->texts, entry, PACKED_TEXTS, &out);
}

static void pack_nodes(struct entry *entry)
{
	struct folded *folded = entry->own_folded;
	AUTO_STR struct str out = {0};
	int64_t before = 0;

	folded->health_count = 0;
	for (size_t i = 0; i < entry->nodes.count; i++) {
		const struct node *node = entry->nodes.items[i];

		write_node(&out, node, before);
		before = node->read_at;
		folded->seen[i] = node_seen(node);
		for (size_t front = 0; front < FRONTS_MAX; front++)
			add_health(folded, node, i, view_of_front(front));
	}
	part_set(&folded->nodes, entry, entry->settled ? PACKED_NODES : PACKED_CHANGING, &out);
}

/* With room for so many nodes. */
static void folded_resize(struct entry *entry, size_t count)
{
	struct folded *folded = entry->own_folded;

	if (!folded)
		folded = mem_alloc(sizeof(*folded) + count * sizeof(folded->seen[0]));
	else if (folded->count != count)
		folded = mem_resize(folded, sizeof(*folded) + count * sizeof(folded->seen[0]));
	folded->count = count;
	entry->own_folded = folded;
}

void entry_fold(struct entry *entry)
{
	struct controller *controller = entry->controller;

	if (entry->folded)
		return;
	folded_resize(entry, entry->nodes.count);
	pack_texts(entry);
	pack_nodes(entry);
	nodes_free(entry);
	mem_free(TAKE(entry->own_text));
	mem_free(TAKE(entry->own_status));
	entry->folded = true;
	TAILQ_REMOVE(&controller->open, entry, in_open);
	controller->unfolded--;
}

/* Who follows does nothing with any of them. */
static bool has_nothing_to_do(const struct entry *entry)
{
	return entry_waits(entry) || !may_write(entry->controller) || (entry->settled && !entry->dirty);
}

void entry_rest(struct entry *entry)
{
	/* Looks at views may be on their way. */
	if (has_nothing_to_do(entry) && carry_only_looks(entry) && !entry->status_call && !entry->finalizer_call &&
		!entry->live_call)
		entry_fold(entry);
}

void fold_begin(struct entry *entry)
{
	struct controller *controller = entry->controller;

	TAILQ_INSERT_TAIL(&controller->open, entry, in_open);
	if (++controller->unfolded > OPEN_MAX)
		entry_fold(TAILQ_FIRST(&controller->open));
}

void fold_end(struct entry *entry)
{
	mem_free(entry->own_notes);
	folded_free(entry->own_folded);
	nodes_free(entry);
	mem_free(entry->own_text);
	mem_free(entry->own_status);
	if (entry->folded)
		return;
	TAILQ_REMOVE(&entry->controller->open, entry, in_open);
	entry->controller->unfolded--;
}

/* --- unfolding --- */

static void take_note(struct entry *entry, const struct note *note)
{
	const struct pack *pack = (const void *)(note + 1);
	const struct pack_names names = names_of(entry);
	AUTO_FREE char *bytes = pack_open(entry->controller->own_packer, &names, pack);
	const char *location = bytes, *name = location + strlen(location) + 1, *text = name + strlen(name) + 1;
	struct sight sight = {.kind = kind_at((enum kind_id)note->kind),
		.location = location,
		.name = name,
		.number = note->number,
		.text = text,
		.length = pack_length(pack) - (size_t)(text - bytes)};

	nodes_see(entry, &sight);
}

static void take_notes(struct entry *entry)
{
	AUTO_FREE char *notes = TAKE(entry->own_notes);

	for (size_t at = 0; at < entry->notes_length; at += ((const struct note *)(notes + at))->size)
		take_note(entry, (const struct note *)(notes + at));
	entry->notes_length = 0;
}

static void open_texts(struct entry *entry)
{
	AUTO_FREE char *bytes = part_open(&entry->own_folded->texts, entry);
	const char *from = bytes;

	entry->own_text = read_text(&from);
	entry->own_status = read_text(&from);
}

static void open_nodes(struct entry *entry)
{
	const struct folded *folded = entry->own_folded;
	AUTO_FREE char *bytes = part_open(&folded->nodes, entry);
	const char *from = bytes;
	int64_t before = 0;

	entry->nodes =
		(struct nodes){.items = mem_alloc(folded->count * sizeof(*entry->nodes.items)), .count = folded->count};
	for (size_t i = 0; i < folded->count; i++) {
		struct node *node = entry->nodes.items[i] = read_node(&from, before);

		before = node->read_at;
		node->read = folded->seen[i].read;
		for (int view = 0; view < VIEWS; view++)
			node->views[view].busy = folded->seen[i].busy >> view & 1;
	}
	for (size_t i = 0; i < folded->health_count; i++) {
		const struct folded_health *health = &folded->own_health[i];

		entry->nodes.items[health->node]->views[health->view].read_at = health->read_at;
	}
	assert(from == bytes + pack_length(folded->nodes.own_pack));
}

void entry_unfold(struct entry *entry)
{
	struct controller *controller = entry->controller;

	if (!entry->folded) { /* the oldest one is one that nobody looks at */
		TAILQ_REMOVE(&controller->open, entry, in_open);
		TAILQ_INSERT_TAIL(&controller->open, entry, in_open);
		return;
	}
	entry->folded = false;
	controller->unfolds++;
	open_texts(entry);
	open_nodes(entry);
	take_notes(entry);
	fold_begin(entry);
}

/* --- what is seen of a folded one --- */

/* What notes of so many bytes are kept in: few sizes, so that what one entry leaves another can have. */
static size_t notes_room(size_t length)
{
	size_t room = length ? NOTES_ROOM : 0;

	while (room < length)
		room *= 2;
	return room;
}

static void add_note(struct entry *entry, const struct sight *sight, const struct str *bytes)
{
	const struct pack_names names = names_of(entry);
	AUTO_FREE struct pack *pack =
		pack_make(entry->controller->own_packer, PACKED_NOTES, &names, str_text(bytes), bytes->length);
	struct note note = {.number = sight->number, .kind = (unsigned char)sight->kind->id};
	size_t size = sizeof(note) + pack_size(pack), before = entry->notes_length;

	size += -size % _Alignof(struct note);
	note.size = (uint32_t)size;
	if (notes_room(before + size) != notes_room(before))
		entry->own_notes = mem_resize(entry->own_notes, notes_room(before + size));
	memcpy(entry->own_notes + before, &note, sizeof(note));
	memcpy(entry->own_notes + before + sizeof(note), pack, pack_size(pack));
	entry->notes_length += size;
}

bool folded_notes(struct entry *entry, const struct sight *sight)
{
	AUTO_STR struct str out = {0};

	if (!entry->folded || entry->own_folded->count > 0)
		return false;
	str_add(&out, sight->location, strlen(sight->location) + 1);
	str_add(&out, sight->name, strlen(sight->name) + 1);
	str_add(&out, sight->text, sight->length);
	add_note(entry, sight, &out);
	return true;
}

bool folded_looks(struct entry *entry, const struct look *look, const char *health, int64_t now)
{
	struct folded *folded = entry->own_folded;

	for (size_t i = 0; i < folded->health_count; i++) {
		struct folded_health *last = &folded->own_health[i];
		struct folded_node *of = &folded->seen[last->node];

		if (of->id != look->node || last->view != look->view || last->of != look->of || !last->text ||
			last->text != hash_text(health))
			continue;
		last->read_at = now;
		of->busy &= (uint16_t) ~(1 << look->view);
		return true;
	}
	return false;
}

static struct folded_node *folded_node_of(const struct entry *entry, uint32_t id)
{
	for (size_t i = 0; i < entry->own_folded->count; i++) {
		if (entry->own_folded->seen[i].id == id)
			return &entry->own_folded->seen[i];
	}
	return NULL;
}

void folded_asks(struct entry *entry, const struct look *look)
{
	struct folded_node *folded = folded_node_of(entry, look->node);

	if (folded)
		folded->busy |= (uint16_t)(1 << look->view);
}

bool folded_asked(const struct entry *entry, const struct look *look)
{
	const struct folded_node *folded = folded_node_of(entry, look->node);

	return folded && folded->busy & 1 << look->view;
}

bool folded_shows(struct entry *entry, const struct kind *kind, uint64_t number, const char *text, size_t length)
{
	uint64_t seen = hash_long(text, length);

	for (size_t i = 0; i < entry->own_folded->count; i++) {
		struct folded_node *node = &entry->own_folded->seen[i];

		if (node->kind != kind->id || node->seen != seen)
			continue;
		if (node->read < number)
			node->read = number;
		return true;
	}
	return false;
}

void folded_kinds(const struct entry *entry, bool kinds[KINDS])
{
	for (size_t i = 0; i < entry->own_folded->count; i++)
		kinds[entry->own_folded->seen[i].kind] = true;
	for (int kind = 0; kind < KINDS && entry->own_notes; kind++)
		kinds[kind] = true;
}

bool folded_lacks(const struct entry *entry, const struct kind *kind, uint64_t number)
{
	for (size_t i = 0; i < entry->own_folded->count; i++) {
		if (entry->own_folded->seen[i].kind == kind->id && entry->own_folded->seen[i].read < number)
			return true;
	}
	return false;
}
