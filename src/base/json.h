/* JSON: cJSON trees that live in the arena of one unit of work, bounded parsing, comparing, merge patches and a
 * splitter for streams. Invariants: nobody calls cJSON_Delete; no tree outlives its arena; look-ups are
 * case-sensitive; what lives longer is text. cJSON.h is included here and nowhere else but through this header. */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

/* Makes arena the one that cJSON allocates from; returns the one before (to be given back at the end of the scope).
 * This is the project's only mutable static. Parsing or building without an arena is a programming error. */
struct arena *json_use(struct arena *arena);

/* A unit of work: opens an arena and makes it current until the scope ends. JSON_WORK(work); ... */
struct json_work {
	struct arena *own_arena, *before;
};
struct json_work json_work_begin(void);
void json_work_end(struct json_work *work);
#define JSON_WORK(name) __attribute__((cleanup(json_work_end), unused)) struct json_work name = json_work_begin()
struct arena *json_arena(void); /* the current one */

struct json_limits {
	size_t bytes; /* 0: 16 MiB */
	int depth;    /* 0: 64 */
};

/* Parses outside text: bounded bytes and depth, no duplicate names in one object (refused), integers beyond 2^53 become
 * strings, trailing garbage refused. text need not be NUL-terminated. NULL and err (class TRANSIENT) on failure. */
cJSON *json_parse(const char *text, size_t length, struct json_limits limits, struct error *err);
cJSON *json_parse_text(const char *text); /* own text that is known to be good; asserts */

/* Prints compactly into the current arena. json_print_owned gives heap text. */
char *json_print(const cJSON *tree);
char *json_print_owned(const cJSON *tree);
/* Prints with members sorted by name at every depth: the same content gives the same text. */
char *json_print_canonical(const cJSON *tree);

/* Look-ups. path: "a.b[0].c"; NULL when any step is missing or of another type. All accept NULL trees. */
cJSON *json_at(const cJSON *tree, const char *path);
const char *json_text(const cJSON *tree, const char *path); /* NULL unless a string */
const char *json_text_or(const cJSON *tree, const char *path, const char *otherwise);
int64_t json_int(const cJSON *tree, const char *path, int64_t otherwise); /* numbers and strings of digits */
bool json_bool(const cJSON *tree, const char *path, bool otherwise);
bool json_has(const cJSON *tree, const char *path);
cJSON *json_member(const cJSON *object, const char *name); /* one case-sensitive step; the name may hold dots */

/* Building. json_object("{...}") forms are built with these; all return the thing added. */
cJSON *json_set(cJSON *object, const char *name,
	cJSON *value); /* replaces a member of that name; value may be NULL: nothing happens */
cJSON *json_set_text(cJSON *object, const char *name, const char *text); /* text NULL: nothing happens */
cJSON *json_setf(cJSON *object, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
cJSON *json_set_int(cJSON *object, const char *name, int64_t number);
cJSON *json_set_bool(cJSON *object, const char *name, bool value);
cJSON *json_set_object(cJSON *object, const char *name); /* an empty object, added */
cJSON *json_set_array(cJSON *object, const char *name);
cJSON *json_add(cJSON *array, cJSON *value);
cJSON *json_add_text(cJSON *array, const char *text);
cJSON *json_add_object(cJSON *array);
cJSON *json_copy(const cJSON *tree);
void json_remove(cJSON *object, const char *name);

/* Equal content; order of object members does not matter, order of arrays does; numbers by value. Linear in size times
 * members per object, bounded by json_parse's limits. */
bool json_equal(const cJSON *a, const cJSON *b);

/* RFC 7396: changes target as patch says and returns it (a new tree when target is not an object). */
cJSON *json_merge(cJSON *target, const cJSON *patch);

/* Values found in text, without a tree and without memory, for what comes often and seldom matters. */
struct json_pick {
	const char *path; /* "object.metadata.uid": of members of objects; names as they stand in the text */
	const char *text; /* the value's bytes; NULL: it is not there */
	size_t length;
};
/* Fills the picks (at most 31) from the text of one object. False when it can't be read, or one of the values stands twice. What
 * is not on a path is passed over, and whether it is good JSON is not seen. */
bool json_pick(const char *text, size_t length, struct json_pick *picks, size_t count);
/* The string that was found; false when it is none, needs more than size, or holds escapes. */
bool json_pick_text(const struct json_pick *pick, char *to, size_t size);

/* Splits a stream into the JSON values it consists of, byte by byte, each byte looked at once. Two forms:
 * SEQUENCE: value after value (a watch).
 * MEMBER:   the elements of one array member of a top-level object ("items" of a list), or of an object of objects that
 *           each hold such an array (aggregated lists: member "items", inner "instanceGroupManagers"); what surrounds
 *           them (metadata, nextPageToken, ...) is kept as the rest. */
enum json_split_form { JSON_SPLIT_SEQUENCE, JSON_SPLIT_MEMBER };

typedef void (*json_split_fn)(void *arg, const char *text, size_t length);

struct json_split {
	enum json_split_form form;
	const char *member; /* MEMBER: name of the array, loan for the splitter's life */
	const char *inner;  /* MEMBER: name of the inner arrays of an aggregated list, or NULL */
	size_t maximum; /* bytes of one value; a larger one is skipped and counted in skipped, or fails (SEQUENCE without skip) */
	bool skip; /* SEQUENCE: values that are too large are skipped, too */
	json_split_fn fn;
	json_split_fn too_large; /* told the first `maximum` bytes of what is skipped; NULL: nobody is */
	void *arg;
	size_t skipped;
	struct json_split_state *own_state;
};

void json_split_init(struct json_split *split); /* after the fields above were set */
/* Feeds bytes; false (err set) when this cannot be JSON any more or a limit was passed. fn may be called many times. */
bool json_split_feed(struct json_split *split, const char *bytes, size_t length, struct error *err);
/* End of stream: false when it ends inside a value. rest, when not NULL, receives a loan of the text around the elements
 * (MEMBER: a valid object, with the elements left out), valid until done. */
bool json_split_end(struct json_split *split, const char **rest, struct error *err);
void json_split_done(struct json_split *split);
