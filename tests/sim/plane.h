/* What serves must stay as it is: everything in the cloud that a load balancer is made of, but for descriptions and labels, is held
 * against how it stood in the beginning, after each call. */
#pragma once

#include "sim/world.h"

struct plane {
	struct world *world;
	struct map bodies; /* path -> own text */
};

void plane_watch(struct plane *plane, struct world *world); /* from now on; it is the world's witness */
void plane_done(struct plane *plane);
