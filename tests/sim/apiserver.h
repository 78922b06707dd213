/* A small API server core for simulations: resource versions, generation, status apply of one manager, JSON patch with
 * test, finalizers, list in pages, watch with bookmarks and compaction. The same script of requests runs against it and
 * against the real one (tests/e2e), and both must answer alike. */
#pragma once

#include "base/json.h"
#include "base/map.h"
#include "fake/fake_http.h"
#include "fake/fake_loop.h"
#include "sim/shelf.h"

struct apiserver_event; /* one change, kept for watches */

struct apiserver {
	struct fake_loop *loop;
	struct map objects; /* "namespace/name" -> text */
	struct vec log;     /* struct apiserver_event, oldest first */
	struct vec watches; /* struct fake_call that are watches */
	struct vec silent;  /* those that fell silent, until their clients notice it */
	int64_t silent_since;
	struct shelf policies, namespaces;
	struct map secrets; /* path -> text, of those that may be read */
	uint64_t version;   /* newest resource version */
	uint64_t changes;   /* of objects so far; what is put back is one, too, and versions may come again */
	uint64_t compacted; /* watches from before this one get 410 */
	uint64_t next_uid;
	struct map saved; /* objects, as a copy of the storage has them */
	uint64_t saved_version;
	int64_t wall_us;
	struct timer bookmarks, flush;
	int watch_lag_ms; /* events reach watches so much later than answers of writes */
	uint64_t status_writes, finalizer_writes, events; /* accepted writes */
	struct vec event_notes;                           /* "Reason: note", own texts */
	bool installed;                                   /* false: the CRD is missing, 404 */
	int skip_events;                                  /* so many next events reach no watch that stands */
	const char *cluster;                              /* uid of kube-system */
};

void apiserver_init(struct apiserver *server, struct fake_loop *loop);
void apiserver_done(struct apiserver *server);

/* One request of the controller; answers through call. */
void apiserver_request(struct apiserver *server, struct fake_call *call);
/* The client is gone: its watches end. */
void apiserver_drop_watches(struct apiserver *server);
/* Forgets the history: a watch that resumes before now is too old. */
void apiserver_compact(struct apiserver *server);

/* Says this to every watch, be it an event or not. */
void apiserver_tell(struct apiserver *server, const char *text);
/* The newest event but `back` again. */
void apiserver_repeat(struct apiserver *server, size_t back);
void apiserver_break_watches(struct apiserver *server);   /* in the middle */
void apiserver_silence_watches(struct apiserver *server); /* nothing comes any more, and nobody says so */
/* Does a client still trust a watch that fell silent? It has ten and a half minutes to notice, and no more. */
bool apiserver_is_unheard(const struct apiserver *server);
/* Back to the state before the newest `events` events, as after a restore: versions go on higher than ever, watches are too old. */
void apiserver_restore(struct apiserver *server, size_t events);
/* Copies the storage, which is at rest then. */
void apiserver_save(struct apiserver *server);
/* Begins again with the copy: the history goes back to it, and on from there with numbers that were given before. */
void apiserver_rewind(struct apiserver *server);

/* What users do. apply creates or changes the spec (text: a whole object); edit merges a patch into the spec. */
void apiserver_apply(struct apiserver *server, const char *text);
void apiserver_edit(struct apiserver *server, const char *key, const char *spec_patch);
/* It gets an annotation of so many bytes (0: none), behind its name or before that. */
void apiserver_swell(struct apiserver *server, const char *key, size_t bytes, bool before_name);
void apiserver_delete(struct apiserver *server, const char *key);
void apiserver_annotate(struct apiserver *server, const char *key, const char *name, const char *value);
/* As if its finalizers were taken away by hand and it were deleted then: it is gone at once. */
void apiserver_strip(struct apiserver *server, const char *key);
/* What administrators do. spec: of the policy, as JSON; NULL: it goes. labels: of the namespace, as JSON; a namespace comes with its
 * first object, without labels. */
void apiserver_policy(struct apiserver *server, const char *name, const char *spec);
void apiserver_label(struct apiserver *server, const char *namespace, const char *labels);
/* A Secret, PEM; key NULL: it has none. Nobody may read others, be they there or not, but those that are allowed. */
void apiserver_secret(
	struct apiserver *server, const char *namespace, const char *name, const char *chain, const char *key);
/* Any other Secret; data: {"member":"text"}. */
void apiserver_opaque(struct apiserver *server, const char *namespace, const char *name, const char *data);
void apiserver_allow(struct apiserver *server, const char *namespace, const char *name);
/* The object as it stands, or NULL when gone; current arena. */
cJSON *apiserver_get(const struct apiserver *server, const char *key);
