/* List and watch of one collection, as its files see it: watch.c holds the states, streaming.c takes the first state from a
 * watch, list.c runs one whole list, watch_event.c reads the events of a watch, resume.c goes on with a watch. */
#pragma once

#include "kube/backoff.h"
#include "kube/stream.h"

/* What the events of a running watch said about it. */
enum verdict {
	VERDICT_NONE,
	VERDICT_EXPIRED,   /* too old: list again */
	VERDICT_THROTTLED, /* come again later, at the same version */
	VERDICT_BROKEN,    /* misunderstood or failed: list again */
};

struct listing {
	char *own_version;  /* of the first page: the snapshot that all pages share */
	char *own_continue; /* where the next page starts, NULL: at the beginning */
	bool whole;         /* a token had expired: no pages this time */
	size_t skipped;     /* objects that were too large */
	bool odd;           /* something that is no object stood among them */
};

struct watching {
	enum verdict verdict;
	struct error why; /* of the verdict; class NONE: nothing to tell */
	int64_t opened_at;
	bool initial;   /* the first state is still coming; there is no version yet */
	bool progress;  /* the version moved */
	bool news;      /* in the part of the stream that came last */
	size_t skipped; /* objects that were too large, as far as told */
	bool nameless;  /* one of them did not say who it is */
};

struct kube_watch {
	struct kube *kube;
	struct kube_watch_options options; /* its texts are own_path and own_list_kind */
	char *own_path, *own_list_kind;
	char *own_version; /* where to go on watching; NULL: list first */
	char *own_kind;    /* of one object, learnt from the list; NULL: not yet */
	struct stream stream;
	struct json_split split; /* of the stream's answer */
	struct timer timer, silence;
	struct backoff backoff;
	int cuts;          /* streams in a row that broke off as soon as they were open */
	int bookmarks;     /* seen so far; the server sends them when there were two */
	bool suspect;      /* the connection of the last stream may be dead */
	int waits;         /* refusals in a row that were waited for, as the server asked */
	int64_t listed_at; /* when the last list began */
	int64_t heard_us;  /* wall clock, of the last sign of life; 0: none yet */
	struct listing listing;
	struct watching watching;
	struct error told; /* the trouble the consumer knows of; class NONE: it knows that all is well */
	size_t too_large;  /* objects that the last list had to leave out */
};

/* list.c: one list of everything. Ends in watch_open or watch_failed. */
void list_start(struct kube_watch *watch);
void listing_done(struct listing *listing);

/* streaming.c: the first state by way of a watch. */
bool streaming_wanted(const struct kube_watch *watch);
void streaming_start(struct kube_watch *watch);
void streaming_opened(struct kube_watch *watch);
void streaming_heard(struct kube_watch *watch);
void streaming_complete(struct kube_watch *watch);                       /* the bookmark came, own_version is set */
void streaming_ended(struct kube_watch *watch, const struct error *err); /* before the bookmark */

/* watch.c */
void watch_start(void *arg); /* loop_fn: takes the first state, by whichever way */
/* Opens a watch; how stands in the query. */
void watch_run(struct kube_watch *watch, const char *how, bool initial);
void watch_stop(struct kube_watch *watch); /* the stream and its timers */
/* After a while: fn. Tells err, unless it is NULL or of class NONE. */
void watch_later(struct kube_watch *watch, const struct error *err, loop_fn fn);
void watch_open(struct kube_watch *watch); /* from own_version on */
/* A request to go on with a watch failed before it was answered with 2xx. */
void watch_refused(struct kube_watch *watch, const struct error *err);
/* Makes err, a 404, say what to do. */
void watch_not_installed(const struct kube_watch *watch, struct error *err);
void watch_failed(struct kube_watch *watch, const struct error *err); /* told, then listed again after a while */
void watch_tell(struct kube_watch *watch, const struct error *err);   /* once per change */
void watch_count(const struct kube_watch *watch, enum kube_measured what, const char *value); /* of its resource */
void watch_count_skipped(const struct kube_watch *watch, size_t objects);
/* When the server says how long to wait (429, 5xx): waits just so long before fn, a few times in a row. false: it does
 * not, or too often. */
bool watch_wait(struct kube_watch *watch, const struct error *err, loop_fn fn);
/* Starts the stream; what the splitter finds goes to fn. */
void watch_stream(struct kube_watch *watch, const struct stream_request *request, const struct stream_handler *handler,
	json_split_fn fn);

/* resume.c: loop_fn; opens a watch from own_version on, once the server has proven that it has got so far. */
void watch_resume(void *arg);

/* watch_event.c: json_split_fn; sets verdict, version and progress. */
void watch_event(void *arg, const char *text, size_t length);
