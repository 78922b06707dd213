/* The judge: knows only the emulator's world and the API server's, never the controller's mind. It complains into the
 * world; a run is good when nobody complained. */
#pragma once

#include "sim/world.h"

/* What must stand in project my-project: `objects` load balancers with `pools` pools altogether; nothing twice, nothing
 * beside it that bears our name. */
void judge_chain(struct world *world, int objects, int pools);
bool judge_has_front(const cJSON *spec); /* does it ask for one? Without, no pool serves anybody */
/* Do the machines of that pool serve for the backend; NULL: for any? */
bool judge_serves(const cJSON *pool, const char *backend);
/* Nothing of ours anywhere. */
void judge_nothing(struct world *world);
/* Ten sweeps at rest: no write to the cloud, none to the API server. */
void judge_quiet(struct world *world);
/* What gce-emulator --state would have kept is this world. */
void judge_journal(struct world *world);
/* No call was refused so far. */
void judge_nothing_refused(struct world *world);
/* Machines of a group that run, by instance list of the zone. */
void judge_machines(struct world *world, const char *zone, int count);
/* Of them, those whose text member ends with value. */
void judge_machines_have(struct world *world, const char *zone, const char *member, const char *value, int count);
