/* One controller of the simulated world, with a loop, surroundings and connections of its own, so that it can stand still, lose
 * its way to the API server, die, and be stopped, while the others go on. */
#pragma once

#include "fake/fake_env.h"
#include "fake/fake_http.h"
#include "reconcile/controller.h"

struct world;

struct replica {
	struct world *world;
	struct loop loop;                 /* driven by the world's */
	struct timer wake;                /* in the world's loop */
	int64_t due;                      /* of the loop; INT64_MAX: nothing */
	int64_t clock_us, clock_since_us; /* its own clock, and the world's time when that was set */
	int rate;                         /* so many times as fast as the world's time its clocks run */
	bool frozen;
	bool cut; /* its calls to the API server are lost */
	struct fake_env env;
	struct fake_http http;
	struct metrics *metrics;       /* of all its lives */
	struct controller *controller; /* NULL: not running */
	char identity[32];             /* new with every start */
	int64_t started_ms;            /* when it started last */
	unsigned starts;
	struct timer end;
	unsigned lost;        /* leases; each of them ended the process */
	int64_t renewed_sent; /* when its newest renewal that reached the server was sent; negative: none */
	int64_t stopped_at;   /* of its last clean stop */
};

void replica_init(struct replica *replica, struct world *world, uint64_t seed, fake_http_fn serve);
void replica_done(struct replica *replica);  /* not running any more */
void replica_start(struct replica *replica); /* nothing when it runs */
void replica_kill(struct replica *replica);
/* As SIGSTOP does, and SIGCONT: what it had sent and not been answered is on its way as long as it stands still. */
void replica_freeze(struct replica *replica);
void replica_thaw(struct replica *replica);
void replica_rate(struct replica *replica, int rate); /* of its clocks from now on, the monotonic one, too; 1: right */
void replica_cut(struct replica *replica, bool cut);  /* from the API server; its watches fall silent */
void replica_stop(struct replica *replica);           /* as SIGTERM does; it is gone when it is done */
bool replica_leads(const struct replica *replica);   /* by what the API server says; always when there is no election */
struct replica *replica_leader(struct world *world); /* the first that leads; NULL: none */
