/* What will happen by itself, ordered by time. An entry names its subject by a key and not by a pointer, so an entry
 * whose subject is gone meanwhile is harmless. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum emu_event {
	EVENT_OPERATION,   /* key: path of an operation whose time has come */
	EVENT_GROUP,       /* key: path of an instance group manager that has something to do */
	EVENT_CERTIFICATE, /* key: path of a managed certificate that is being obtained */
	EVENT_REPLY,       /* key: number of a reply to be sent now, ready or not */
	EVENT_AUTOSCALER,  /* key: path of an autoscaler that looks at its group */
};

struct emu_entry {
	int64_t due;
	uint64_t order; /* entries of the same time happen in the order they were added */
	enum emu_event event;
	char *own_key;
};

struct emu_agenda {
	struct emu_entry *own_heap;
	size_t count, capacity;
	uint64_t next_order;
};

void emu_agenda_add(struct emu_agenda *agenda, int64_t due, enum emu_event event, const char *key);
int64_t emu_agenda_next(const struct emu_agenda *agenda); /* INT64_MAX: empty */
/* Takes out the first entry that is due at now; false when there is none. The key becomes the caller's. */
bool emu_agenda_take(struct emu_agenda *agenda, int64_t now, struct emu_entry *out);
void emu_agenda_done(struct emu_agenda *agenda);
