/* The simulated world: one controller or two, an API server core and the emulator's core in one process on virtual time. Everything
 * follows from the seed and the script. A killed controller is simply freed; what it had in flight is lost with it, what the
 * servers accepted stays. */
#pragma once

#include "emulator/emulator.h"
#include "fake/fake_env.h"
#include "fake/fake_http.h"
#include "fake/fake_loop.h"
#include "schema_check.h"
#include "sim/apiserver.h"
#include "sim/journal.h"
#include "sim/leases.h"
#include "sim/replica.h"

enum { REPLICAS_MAX = 2, WORLD_LATENCY_MS = 20, WORLD_DEADLINE_MS = 10000 };

#define WORLD_LEASE "/apis/coordination.k8s.io/v1/namespaces/default/leases/tflb-controller"

/* Where in a call the controller dies. */
enum kill_point { KILL_BEFORE_SEND, KILL_AFTER_APPLIED, KILL_AFTER_ANSWER, KILL_POINTS };

/* Somebody who stands between the controller and the servers. Functions may be NULL. */
struct world_hooks {
	/* A call has reached the servers' side; true: it is dealt with. */
	bool (*call)(void *arg, struct replica *replica, struct fake_call *call);
	/* An answer leaves the cloud; it may be changed; true: it is dealt with. */
	bool (*answer)(void *arg, struct fake_call *call, struct emulator_answer *answer);
	void (*served)(void *arg, struct replica *replica, struct fake_call *call); /* a server has had the call */
	/* The cloud's answer is on its way to the controller, whole. */
	void (*answered)(void *arg, const struct fake_call *call, const struct emulator_answer *answer);
	void (*meddled)(void *arg, const char *path); /* somebody acts on the cloud from outside; path with its query */
	void *arg;
};
/* The cloud asked a process to rest with one sort of calls, each of which has a quota of its own. */
enum { RESTS_MAX = 16, WORLD_QUOTA_SIZE = 160 };
struct rest {
	const struct fake_http *http; /* of the process */
	unsigned start;               /* which of its lives */
	char quota[WORLD_QUOTA_SIZE];
	int64_t from, until;
};

/* Where in a call the other side falls silent, for good and without closing the connection. */
enum silent_point { SILENT_BEFORE_ARRIVAL, SILENT_AFTER_ARRIVAL, SILENT_AMID_ANSWER, SILENT_POINTS };

/* Resources that the judge expects beside those of the smallest front, over all objects. */
struct more {
	int addresses, url_maps, http_proxies, https_proxies, rules, certificates, ssl_policies;
};

struct world {
	struct fake_loop loop;
	struct replica replicas[REPLICAS_MAX];
	int replica_count; /* how many of them world_start starts */
	bool election;     /* one of them leads; else all work at once */
	bool delete_orphans;
	const char *orphan_project; /* NULL: none is configured */
	const char *namespace;      /* NULL: all are watched */
	const char *cluster_id;     /* NULL: the API server says it */
	struct leases leases;
	int64_t led_since; /* when the lease last came to another replica */
	struct apiserver api;
	struct emulator *emulator;
	struct journal journal; /* of the emulator */
	struct schema *schema;  /* every call of the controller must be one of the API's */
	struct kube_config config;
	const char *token_file; /* of the cloud's token, in the replicas' surroundings; NULL: none is sent */
	struct log log;
	bool shows_log; /* on standard error */
	uint64_t seed;
	int64_t born_ms; /* emulated time 0 */

	struct map calls; /* emulator request id as text -> struct fake_call */
	uint64_t next_id;
	struct timer emulator_timer;

	uint64_t call_count; /* calls of the controller seen, watches and events left out */
	uint64_t kill_at;    /* number of the call to die at; 0: never */
	enum kill_point kill_point;
	bool killed;
	uint64_t spoken;    /* calls of the controller seen, all of them */
	uint64_t silent_at; /* number of the one whose other side falls silent; 0: never */
	enum silent_point silent_point;
	/* At each call that can be the one to die at, or to fall silent at, before it is known whether it is; NULL: nobody is told. */
	void (*boundary)(void *arg, uint64_t number, bool silence);
	void *boundary_arg;
	struct timer restart;

	uint64_t looked_at; /* changes of objects when all were looked at last */
	bool complete;      /* all were ready then, with every machine */

	struct rest rests[RESTS_MAX]; /* the last ones */
	size_t rested;                /* how many there were */
	uint64_t cloud_writes;        /* mutations that the emulator was asked for */
	uint64_t cloud_begun;         /* of them, those that it did not refuse */
	bool at_rest;                 /* calls are not counted: a death is the same at each of them */
	int64_t mute_until;           /* so long the API server takes nothing from anybody */
	bool meddled;                 /* somebody deletes while the controller writes: refusals are nobody's fault */
	uint64_t refused;             /* answers 400..499 of the emulator but 404 on GET, and failed operations */
	bool (*spoil)(struct world *world, struct fake_call *call,
		struct emulator_answer *answer); /* changes or eats answers;
	                               * true: it has answered itself. NULL: none */
	int spoil_left;                          /* for spoil: how often still */
	const char *spoil_body;
	int spoil_status;
	struct world_hooks faults, witness;
	struct more more;
	struct vec complaints; /* what the judge found wrong so far, own texts */
	char *own_direct;      /* body of the last direct answer */
	int direct_status;
	uint64_t direct_id;
};

void world_init(struct world *world, uint64_t seed);
void world_done(struct world *world);

void world_start(struct world *world);   /* the controllers that don't run */
void world_kill(struct world *world);    /* all of them */
void world_restart(struct world *world); /* starts them a little later */
/* Serves the call, but all controllers die at that point of it. */
void world_die_in(struct world *world, struct replica *replica, struct fake_call *call, enum kill_point point);
void world_serve(struct world *world, struct replica *replica, struct fake_call *call); /* by whom it is for */

bool world_is_for_cloud(const struct fake_call *call);
/* Which quota a call to the cloud is charged to, and so may have to rest: "my-project global write". Sorts are finer than the
 * cloud's quotas, never coarser. */
void world_quota(const struct fake_call *call, char quota[WORLD_QUOTA_SIZE]);
struct replica *world_sender(struct world *world, const struct fake_call *call);
bool world_is_mutation(const struct fake_call *call); /* for the cloud's calls */

/* Lets virtual milliseconds pass. */
void world_run(struct world *world, int64_t ms);
/* Runs until the object's condition Ready is True for its generation; false after limit_ms. */
bool world_until_ready(struct world *world, const char *key, int64_t limit_ms);
bool world_until_gone(struct world *world, const char *key, int64_t limit_ms);
/* Runs until every object's last plan was settled and all are Ready with every machine healthy; false after limit_ms. */
bool world_until_settled(struct world *world, int64_t limit_ms);

/* A request to the emulator as somebody else would send it (gcloud, a colleague): body NULL: none. Runs time until its
 * operation is DONE. Returns the answer's body (loan until the next call); the status in direct_status. */
const char *world_cloud(struct world *world, const char *method, const char *path, const char *body);
/* The same for what must succeed; else it complains. */
void world_do(struct world *world, const char *method, const char *path, const char *body);
/* The same, without waiting for the operation. */
const char *world_cloud_begin(struct world *world, const char *method, const char *path, const char *body);
/* All resources of one collection, in the arena: path below projects/my-project/, such as "global/urlMaps". */
cJSON *world_list(struct world *world, const char *path);

void world_complain(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
