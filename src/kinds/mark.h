/* The ownership mark: a short JSON text in `description` of every resource we make (design section 4, Mark). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "model/model.h"

/* Bytes: what the cloud takes as a description, and what of it a note may have, whosever the mark is. */
enum { MARK_MAX = 2048, MARK_NOTE_MAX = 768 };

/* Whose resources: one object in one cluster. Texts are loans. */
struct identity {
	const char *cluster, *namespace, *name, *uid;
	char id[MODEL_ID_SIZE]; /* in the names of its resources */
	bool holds; /* it has what bears that id, although other objects of this cluster had it before (spec.moveFrom) */
};

enum mark_owner {
	MARK_NONE,        /* no mark of ours at all */
	MARK_OTHER,       /* a mark of ours, but of another object or cluster */
	MARK_PREDECESSOR, /* deleted and created again, restored, or another object that had it before */
	MARK_OURS,
};

struct mark {
	const char *cluster, *namespace, *name, *uid, *role;
	const cJSON *note; /* NULL: none */
};

/* {"manager":"tflb.dev","cluster":..,"namespace":..,"name":..,"uid":..,"role":..[,"note":..]}; text in the arena,
 * at most MARK_MAX bytes. Each text of who must be model_is_identity, role fit in a name (model_name), and note have at most
 * MARK_NOTE_MAX bytes as it is printed. */
char *mark_text(const struct identity *who, const char *role, const cJSON *note);
/* The same mark with this note instead (NULL: none). description is a mark. */
char *mark_with_note(const char *description, const cJSON *note);
/* false when description is not a mark. */
bool mark_parse(const char *description, struct mark *mark);
/* Does the resource bear the label that deletionPolicy Abandon leaves where the description is fixed? */
bool mark_released(const cJSON *body);
/* Whose is the resource of that name by its mark? mark NULL: MARK_NONE. */
enum mark_owner mark_compare(const struct mark *mark, const struct identity *who, const char *name);
