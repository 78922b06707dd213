/* What the controller counts and measures of its own work, and of the objects as their status shows them. Names, labels and
 * what they mean: deploy/monitoring/series.md. */
#pragma once

#include "base/json.h"
#include "base/metrics.h"

enum measured {
	M_QUEUE_DEPTH,
	M_QUEUE_ADDS,
	M_QUEUE_RETRIES,
	M_QUEUE_SECONDS,
	M_QUEUE_LONGEST,
	M_WORK_SECONDS,
	M_RECONCILE,
	M_RECONCILE_ERRORS,
	M_RECONCILE_TERMINAL,
	M_RECONCILE_SECONDS,
	M_PROGRAMMED_SECONDS,
	M_OBJECTS,
	M_CONDITIONS,
	M_KNOWN,
	M_UNREADABLE,
	M_UNFOLDED,
	M_UNFOLDS,
	M_OBJECT_WRITES,
	M_OBJECT_READS,
	M_POLICIES,
	M_DRIFT_FOUND,
	M_DRIFT_CORRECTED,
	M_DRIFT_MEMBERS,
	M_ORPHANS,
	M_ORPHANS_DELETED,
	M_PROJECTS,
	M_SWEEP_AGE,
	M_SWEEPS,
	M_SWEEP_SECONDS,
	M_SWEEP_ITEMS,
	MEASURED,
};

enum { SHOWN_REASONS = 34, SHOWN_CONDITIONS = 5, SHOWN_STATES = 4 };

/* What one object's status shows. Zeroed memory is an object without status. */
struct shown {
	unsigned char reason;                       /* of Ready, its place in the closed list; 0: Pending */
	unsigned char conditions[SHOWN_CONDITIONS]; /* 0: not there */
};

/* How many objects show what. */
struct shown_sums {
	size_t reasons[SHOWN_REASONS];
	size_t conditions[SHOWN_CONDITIONS][SHOWN_STATES];
};

struct controller;
struct entry;
struct project;

extern const char MEASURED_NAME[]; /* of the queue, and of the controller */

void measure_init(struct controller *controller, struct metrics *metrics);

void measure_met(struct entry *entry);                             /* it is in the table from now on */
void measure_gone(struct entry *entry);                            /* no longer */
void measure_status(struct entry *entry, const cJSON *conditions); /* its status holds them; NULL: it has none */
bool measure_shows(const struct entry *entry);                     /* is it more than the object's existence? */
bool measure_shows_programmed(const struct entry *entry);          /* does it say Programmed? */
/* The wish for this generation is new. */
void measure_asked(struct entry *entry);
void measure_programmed(struct entry *entry);

void measure_queued(struct entry *entry);
void measure_work_begins(struct entry *entry);
void measure_work_ends(struct entry *entry);

void measure_sweep(struct project *project); /* it is over, own_error says how */
