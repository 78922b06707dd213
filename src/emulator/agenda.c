/* A binary heap of entries. */
#include "emulator/agenda.h"

#include "base/alloc.h"

static bool earlier(const struct emu_entry *a, const struct emu_entry *b)
{
	return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void swap(struct emu_entry *a, struct emu_entry *b)
{
	struct emu_entry held = *a;

	*a = *b;
	*b = held;
}

static void sift_up(struct emu_agenda *agenda, size_t at)
{
	while (at > 0 && earlier(&agenda->own_heap[at], &agenda->own_heap[(at - 1) / 2])) {
		swap(&agenda->own_heap[at], &agenda->own_heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

static void sift_down(struct emu_agenda *agenda, size_t at)
{
	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= agenda->count)
			return;
		if (child + 1 < agenda->count && earlier(&agenda->own_heap[child + 1], &agenda->own_heap[child]))
			child++;
		if (!earlier(&agenda->own_heap[child], &agenda->own_heap[at]))
			return;
		swap(&agenda->own_heap[child], &agenda->own_heap[at]);
		at = child;
	}
}

void emu_agenda_add(struct emu_agenda *agenda, int64_t due, enum emu_event event, const char *key)
{
	if (agenda->count == agenda->capacity) {
		agenda->capacity = agenda->capacity ? agenda->capacity * 2 : 64;
		agenda->own_heap = mem_resize(agenda->own_heap, agenda->capacity * sizeof(*agenda->own_heap));
	}
	agenda->own_heap[agenda->count] = (struct emu_entry){
		.due = due, .order = agenda->next_order++, .event = event, .own_key = mem_strdup(key)};
	sift_up(agenda, agenda->count++);
}

int64_t emu_agenda_next(const struct emu_agenda *agenda)
{
	return agenda->count ? agenda->own_heap[0].due : INT64_MAX;
}

bool emu_agenda_take(struct emu_agenda *agenda, int64_t now, struct emu_entry *out)
{
	if (emu_agenda_next(agenda) > now || !agenda->count)
		return false;
	*out = agenda->own_heap[0];
	agenda->own_heap[0] = agenda->own_heap[--agenda->count];
	sift_down(agenda, 0);
	return true;
}

void emu_agenda_done(struct emu_agenda *agenda)
{
	for (size_t i = 0; i < agenda->count; i++)
		mem_free(agenda->own_heap[i].own_key);
	mem_free(agenda->own_heap);
	*agenda = (struct emu_agenda){0};
}
