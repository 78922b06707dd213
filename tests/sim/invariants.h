/* The sixteen invariants, asserted after every step by a judge that knows only the emulator's world, the API server's, and what
 * passes between them and the controllers; never the controllers' mind. It complains into the world. Each invariant is one
 * function of invariants.c, objects.c, acts.c or statements.c, with its sentence. */
#pragma once

#include "sim/world.h"

/* Of one process of a controller, from its start on. */
struct process_sight {
	char identity[32];
	struct map begun;  /* path of a list -> "": its first pages were read */
	struct map listed; /* path of a list -> "": read whole, with nothing unreachable */
	struct map lives;  /* key -> own struct live_read: the last one of the object */
};

/* An object beside the one that faults are aimed at. Somebody edits it, again and again. */
struct neighbour {
	const char *key, *part; /* of the names of its resources */
	bool other_project;
	/* The last edit, its call to the cloud, that call's operation; 0: not yet. */
	int64_t edited_at, written_at, ends_at;
	int64_t most_ms;       /* we took for an edit, beside the cloud's time, before anything struck */
	unsigned edits, calls; /* calls that changed its resources */
};

struct live_read {
	char uid[64];
	int64_t generation;
};

#define OTHER_PROJECT "other-project"
enum { NEIGHBOURS_MAX = 2 };

struct judge {
	struct world *world;
	struct neighbour neighbours[NEIGHBOURS_MAX];
	size_t neighbour_count;
	bool two_projects;
	bool struck;          /* faults may be there */
	uint64_t rested;      /* rests that the cloud had asked for before */
	struct map resources; /* path -> own struct sight: every resource of the kinds we make */
	struct map touched;   /* path -> own int64_t: when somebody else last acted on it */
	struct map objects;   /* key -> own struct object_sight */
	struct map births;    /* "uid generation path" -> "": inserted */
	struct map written;   /* path -> own struct last_write */
	struct process_sight processes[REPLICAS_MAX];
	struct timer tick;
	int64_t wild_until; /* until then the world is not what anybody can know: statements may be late */
	int64_t rules_read_at, groups_read_at; /* when lists of them were last asked for */
	struct map windows; /* quota of a process -> own struct window: what was asked of it lately */
	uint64_t calls;     /* to the cloud */
	size_t log_lines;
	bool several;              /* controllers at work at once */
	bool unforeseen;           /* somebody acts on the cloud */
	bool gap_allowed;          /* what serves may be gone */
	bool stripped;             /* a finalizer was taken away by hand, or an object is what it was before */
	const char *giver, *taker; /* keys: what the one has goes to the other; NULL: nothing moves */
	size_t most_in_flight, most_allocations;
};

void judge_init(struct judge *judge, struct world *world);
void judge_done(struct judge *judge);

/* At the end of a run, when all faults are over. */
void i1_no_leak(struct judge *judge);
void i3_convergence(struct judge *judge, int64_t bound_ms, bool at_rest);
void i4_stability(struct judge *judge);
void i6_deletion_ends(struct judge *judge, const char *key, int64_t bound_ms);

/* neighbours.c: names and keys are loans that stay. Edits them from then on, and learns how long that takes; from i11_begin on faults
 * may strike at another object; the end. */
void i11_watch(struct judge *judge, const char *key, const char *part, bool other_project);
void i11_edit(struct judge *judge); /* each that took in the edit before */
void i11_begin(struct judge *judge);
void i11_end(struct judge *judge);

/* Shared by the judge's files. */
enum { JUDGE_SWEEP_MS = 60000 };
struct sight {
	uint64_t id;
	unsigned revision, label_revision;
	bool ours, seen;
	bool shown;             /* to a controller, while it was foreign */
	unsigned read_revision; /* the last one that a controller was told of, and since when */
	int64_t read_at;
	int64_t foreign_since;
	char uid[64];
	char owner[160]; /* key of the object; a successor of the same key inherits */
};
struct object_sight {
	char uid[64];
	int64_t generation, generation_at;
	bool leaving, abandoned, finalizer, was_ready;
	int64_t dark_since; /* not Ready, and nothing said why; 0: it is said */
	bool seen;
	struct arena *own_arena; /* of text and tree: as it was looked at last */
	const char *text;
	const cJSON *tree;
};

int64_t judge_now(const struct judge *judge);
bool judge_touched(const struct judge *judge, const char *path); /* lately, by somebody else */
void judge_call(struct judge *judge, const struct replica *replica, const struct fake_call *call);          /* acts.c */
void judge_answer(struct judge *judge, const struct fake_call *call, const struct emulator_answer *answer); /* acts.c */
void judge_calls_done(struct judge *judge);
void i12_rate(struct judge *judge, const struct replica *replica, const struct fake_call *call); /* rates.c */
void i11_call(struct judge *judge, const struct fake_call *call);                                /* neighbours.c */
void i11_told(struct judge *judge, const char *key, const cJSON *object);
void i13_secrets(struct judge *judge, const char *where, const char *text);
void i14_bounds(const struct judge *judge);
/* Runs the world for ms. Returns how many pieces of memory are in use, logs aside, when the fewest are. */
long judge_fewest_pieces(struct judge *judge, int64_t ms);
/* before, after: the fewest pieces of two periods at rest, one after the other. If they grew, more periods are looked at. */
void i14_nothing_gathers(struct judge *judge, long before, long after, int64_t period_ms);
/* What stands in the cloud with the mark of the object of this key (NULL: of any), the first one's path; NULL: nothing. A loan. */
const char *judge_find_ours(const struct judge *judge, const char *key);
/* Is it that object's? Where a mark can't be rewritten it still names whoever had it before. */
bool judge_is_of(const struct judge *judge, const char *path, const struct sight *sight, const char *key);
/* objects.c: what stands at the API server. */
const cJSON *judge_condition(const cJSON *object, const char *type); /* NULL: none */
void judge_look_at_objects(struct judge *judge);
void judge_object_free(void *sight); /* a struct object_sight; NULL is fine */
/* I7: what a status that says Ready claims. */
void i7_status_never_lies(struct judge *judge, const char *key, const cJSON *object);
